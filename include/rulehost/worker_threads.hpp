#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <thread>
#include <vector>

namespace rulehost {

/// Threads that run posted work. Unlike `asio::thread_pool`, whose constructor hangs when a thread cannot be started,
/// it throws.
class worker_threads {
public:
    using executor_type = boost::asio::io_context::executor_type;

    /// Throws std::system_error that names the limit of threads; then none is left behind.
    explicit worker_threads(std::size_t count);
    worker_threads(worker_threads const&) = delete;
    worker_threads& operator=(worker_threads const&) = delete;
    /// Waits for running work; drops work that has not begun.
    ~worker_threads();

    executor_type get_executor() { return context_.get_executor(); }

    /// Waits until all posted work is done; runs nothing afterwards.
    void join();

private:
    boost::asio::io_context context_;
    boost::asio::executor_work_guard<executor_type> idle_;
    std::vector<std::thread> threads_;
};

} // namespace rulehost
