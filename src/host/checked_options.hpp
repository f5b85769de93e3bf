#pragma once

#include "nats/nats_url.hpp"

#include <rulehost/host.hpp>

#include <cstddef>
#include <string>

namespace rulehost {

inline constexpr std::size_t max_worker_name = 64; ///< bytes

/// Options with the name of the worker and `engine_options::keep_withheld` filled in. Throws std::invalid_argument for
/// invalid options.
host_options checked(host_options options);

/// Reads the URL of a NATS input. Throws std::invalid_argument.
nats_url read_nats_url(std::string const& url);

/// Whether no position is stored under the name of the worker: every input is standard input or ends by itself.
bool keeps_no_position(host_options const& options);

} // namespace rulehost
