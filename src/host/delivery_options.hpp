#pragma once

#include "delivery/rule_hours.hpp"
#include "delivery/step_writer.hpp"
#include "delivery/tag_database.hpp"
#include "delivery/tag_writer.hpp"
#include "host/host_outputs.hpp"

#include <rulehost/blocking_executors.hpp>
#include <rulehost/engine.hpp>
#include <rulehost/host.hpp>
#include <rulehost/host_statistics.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <string>

namespace rulehost {

/// Options of the tag writer from those of a host. `calls` ends calls that the database does not answer; `process` has the
/// worker's name.
tag_writer_options delivery_of(host_options const& options, blocking_executors const& blocking,
                               std::shared_ptr<call_watch> calls, std::string const& process);

/// Records in `all` what the tag writer and the outputs counted.
void note(tag_writer::statistics const& written, host_outputs const& outputs, host_statistics& all);

/// Counts the hits and tags of `rules` per hour; null without a database. Every reference outlives it.
std::unique_ptr<rule_hours> make_rule_hours(host_options const& options, engine const& rules,
                                            blocking_executors const& blocking, time_source& time,
                                            std::shared_ptr<call_watch> calls,
                                            std::function<void(std::string const&)> log);

/// Whether the texts of events of sessions are kept.
bool keeps_steps(host_options const& options);

/// Null where they are not kept.
std::unique_ptr<step_writer> make_step_writer(host_options const& options, blocking_executors const& blocking,
                                              time_source& time, std::shared_ptr<call_watch> calls,
                                              std::function<void(std::string const&)> log);

/// Until it is cancelled; then ends calls to servers that do not answer, `last` later, so that they hold up no task's end.
boost::asio::awaitable<void> limit_calls_at_the_end(std::shared_ptr<call_watch> calls, duration last);

} // namespace rulehost
