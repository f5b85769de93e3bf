#pragma once

#include "nats/nats_connection.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace rulehost {

/// In `nats_source_options::subject`: stands for the number of a partition.
inline constexpr std::string_view partition_placeholder = "{partition}";

struct nats_source_options {
    std::string stream;
    std::string durable = "rulehost";           ///< all workers that name it share the work
    std::string subject;                        ///< empty: the whole stream; `{partition}` is the number of a partition
    std::size_t partitions = 0;                 ///< 0: any worker takes any message; else see `nats_source`
    std::chrono::milliseconds ack_wait{30'000}; ///< until the messages of a lost worker go to another
    std::size_t fetch = 1000;                   ///< messages per pull, and at most per batch
    std::size_t max_unacknowledged = 20'000;    ///< messages that this process has taken; of a partition at most 4096
    std::chrono::milliseconds lease{6000};      ///< until a partition of a lost worker is free
    std::function<void(std::string const&)> log; ///< called with one line when reading stops and resumes
};

/// The contradiction between the options, as the end of a sentence; empty: none.
std::string why_invalid(nats_source_options const& options);

/// A stream and how to read it, of `nats://[user:password@]host[:port][,host...]/STREAM[?option=value&...]` with the
/// options `durable`, `subject`, `partitions`, `ack_wait`, `lease` (a duration such as `6s`, or seconds), `fetch`,
/// `unacknowledged`, and the files `credentials`, `ca`, `certificate`, `key`. The error is the end of a sentence and
/// never holds the password.
struct nats_url {
    nats_options connection; ///< the servers
    nats_source_options source;
};
boost::system::result<nats_url, std::string> parse_nats_url(std::string_view url);

} // namespace rulehost
