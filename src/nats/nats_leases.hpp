#pragma once

#include "nats/nats_connection.hpp"
#include "time/steady_time.hpp"

#include <rulehost/time_source.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace rulehost {

struct nats_lease_options {
    std::string bucket;         ///< of NATS's key-value store; made where it is missing
    std::string group;          ///< its keys stand below it: `GROUP.partition.N`, `GROUP.worker.ID`
    std::string worker;         ///< one token, of this process only
    std::string former_stream;  ///< where workers of 0.2 and before keep theirs
    std::string former_subject; ///< they stand below it
    std::size_t partitions = 1;
    std::chrono::milliseconds duration{6000}; ///< until the server takes a lease from a worker that is silent
};

/// Shares numbered partitions out among workers, so that each belongs to one worker at a time and all have about as
/// many. A lease is a key of a bucket whose keys expire, taken and renewed by compare-and-set of its revision: `nats kv
/// ls` shows who is there. While workers of the former layout, who do not see these keys, hold leases, nothing is held
/// here.
///
/// Used on the executor of the connection, which outlives it, as does the time source.
class nats_leases {
public:
    nats_leases(nats_connection& connection, time_source& time, nats_lease_options options);

    /// How long to wait between two rounds.
    std::chrono::milliseconds interval() const { return options_.duration / 3; }

    enum class taking { share, nothing };
    /// One round: renews what is held, and takes partitions that are free up to this worker's share. Throws nats_error;
    /// look at what is held then, too.
    boost::asio::awaitable<void> refresh(taking more);

    /// The partitions that nobody else has now.
    std::vector<std::size_t> held() const;
    /// How many partitions are this worker's share, of the last round.
    std::size_t share() const { return share_; }

    /// Lets somebody else have it. Throws nats_error; then it expires by itself.
    boost::asio::awaitable<void> release(std::size_t partition);
    /// Takes this worker off the list, so that the others' shares grow.
    boost::asio::awaitable<void> leave();

private:
    struct lease {
        std::uint64_t sequence;
        steady_point renewed; ///< when that was asked for
    };

    std::string subject_of(std::string const& key) const;
    std::string subject_of(std::size_t partition) const;
    boost::asio::awaitable<void> require_no_former_workers();
    boost::asio::awaitable<std::uint64_t> put(std::string subject, std::uint64_t const* expected);
    boost::asio::awaitable<void> remove(std::uint64_t sequence);

    nats_connection& connection_;
    steady_time time_;
    nats_lease_options const options_;
    std::map<std::size_t, lease> leases_;
    std::uint64_t presence_ = 0; ///< sequence of this worker's own message
    std::size_t share_ = 0;
    std::uint64_t ready_link_ = 0;
};

} // namespace rulehost
