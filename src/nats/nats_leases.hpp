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
    std::string bucket;         ///< of NATS's key-value store; created if missing
    std::string group;          ///< prefix of its keys: `GROUP.partition.N`, `GROUP.worker.ID`
    std::string worker;         ///< one token, of this process only
    std::string former_stream;  ///< where workers of 0.2 and before keep theirs
    std::string former_subject; ///< prefix of those
    std::size_t partitions = 1;
    std::chrono::milliseconds duration{6000}; ///< until the server expires the lease of a lost worker
};

/// Assigns numbered partitions to workers, so that each belongs to one worker at a time and all have about as many. A
/// lease is a key of a bucket whose keys expire, taken and renewed by compare-and-set of its revision: `nats kv ls`
/// lists the workers. While workers of the former layout, which do not see these keys, hold leases, none is taken here.
///
/// Used on the executor of the connection, which outlives it, as does the time source.
class nats_leases {
public:
    nats_leases(nats_connection& connection, time_source& time, nats_lease_options options);

    /// Pause between two rounds.
    std::chrono::milliseconds interval() const { return options_.duration / 3; }

    enum class taking { share, nothing };
    /// Runs one round: renews the held partitions and takes free ones up to this worker's share. Throws nats_error;
    /// `held` may have changed then, too.
    boost::asio::awaitable<void> refresh(taking more);

    /// The partitions that this worker holds for certain.
    std::vector<std::size_t> held() const;
    /// This worker's share of partitions, as of the last round.
    std::size_t share() const { return share_; }

    /// Releases a partition. Throws nats_error; then it expires.
    boost::asio::awaitable<void> release(std::size_t partition);
    /// Removes this worker from the list, so that the others' shares grow.
    boost::asio::awaitable<void> leave();

private:
    struct lease {
        std::uint64_t sequence;
        steady_point renewed; ///< time of the request
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
