#pragma once

#include "delivery/tag_database.hpp"

#include <rulehost/blocking_executors.hpp>
#include <rulehost/host.hpp>

#include <memory>

namespace rulehost {

/// Returns how tags are stored, as the options of a host say. `calls` ends those that the database does not answer.
tag_writer_options delivery_of(host_options const& options, blocking_executors const& blocking,
                               std::shared_ptr<call_watch> calls);

} // namespace rulehost
