#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <thread>
#include <vector>

namespace rulehost {

/// Threads that run what is posted to them. `asio::thread_pool` is the same, but its constructor never returns when
/// there are not enough threads to be had.
class worker_threads {
public:
    using executor_type = boost::asio::io_context::executor_type;

    /// Throws std::system_error that says what limits threads; then none is left behind.
    explicit worker_threads(std::size_t count);
    worker_threads(worker_threads const&) = delete;
    worker_threads& operator=(worker_threads const&) = delete;
    /// Waits for what is being run; what was not begun is dropped.
    ~worker_threads();

    executor_type get_executor() { return context_.get_executor(); }

    /// Waits until everything that was posted is done; nothing is run afterwards.
    void join();

private:
    boost::asio::io_context context_;
    boost::asio::executor_work_guard<executor_type> idle_;
    std::vector<std::thread> threads_;
};

} // namespace rulehost
