#pragma once

#include <rulehost/worker_threads.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <concepts>

namespace rulehost {

/// Where a host makes calls that block, so that one which does not come back holds up no other kind. Fewer threads than
/// named work too, one kind then waits for another.
class blocking_executors {
public:
    /// All on one.
    template <class Executor>
    requires std::convertible_to<Executor, boost::asio::any_io_executor> blocking_executors(Executor const& all)
        : rules(all), tags(all), files(all), compilation(all) {}

    boost::asio::any_io_executor rules;       ///< the database's rules and states, and the snapshot file: 1 thread
    boost::asio::any_io_executor tags;        ///< the database's tags and outbox: 4 threads
    boost::asio::any_io_executor files;       ///< the spool and the dead letters: 1 thread
    boost::asio::any_io_executor compilation; ///< of many patterns, which takes seconds: 1 thread
};

/// The threads for that. Joined by the destructor, so that it outlives the host.
class blocking_threads {
public:
    blocking_executors executors() {
        blocking_executors all(rules_.get_executor());
        all.tags = tags_.get_executor();
        all.files = files_.get_executor();
        all.compilation = compilation_.get_executor();
        return all;
    }

private:
    worker_threads rules_{1};
    worker_threads tags_{4};
    worker_threads files_{1};
    worker_threads compilation_{1};
};

} // namespace rulehost
