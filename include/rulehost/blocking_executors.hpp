#pragma once

#include <rulehost/worker_threads.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <concepts>

namespace rulehost {

/// Executors for a host's blocking calls, separated so that a call that hangs delays no other kind. Fewer threads than
/// recommended work too; one kind then waits for another.
class blocking_executors {
public:
    /// Uses one executor for all kinds.
    template <class Executor>
    requires std::convertible_to<Executor, boost::asio::any_io_executor> blocking_executors(Executor const& all)
        : rules(all), tags(all), files(all), compilation(all) {}

    boost::asio::any_io_executor rules;       ///< the database's rules and states, and the snapshot file: 1 thread
    boost::asio::any_io_executor tags;        ///< the database's tags and outbox: 4 threads
    boost::asio::any_io_executor files;       ///< the spool and the dead letters: 1 thread
    boost::asio::any_io_executor compilation; ///< compiles rules, and the index of all of them: 2 threads
};

/// Owns the threads of a `blocking_executors`. The destructor joins them. Outlives the host, and ends before the host's
/// loop: a thread's last post may still be waking that loop.
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
    worker_threads compilation_{2};
};

} // namespace rulehost
