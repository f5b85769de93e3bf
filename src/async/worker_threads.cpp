#include <rulehost/worker_threads.hpp>

#include "async/started_thread.hpp"

namespace rulehost {

worker_threads::worker_threads(std::size_t count) : context_(static_cast<int>(count)), idle_(context_.get_executor()) {
    threads_.reserve(count);
    try {
        while (threads_.size() < count)
            threads_.push_back(started_thread([this] { context_.run(); }));
    } catch (...) {
        context_.stop();
        join();
        throw;
    }
}

worker_threads::~worker_threads() {
    context_.stop();
    join();
}

void worker_threads::join() {
    idle_.reset();
    for (auto& each : threads_)
        each.join();
    threads_.clear();
}

} // namespace rulehost
