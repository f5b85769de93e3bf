#pragma once

#include <system_error>
#include <thread>
#include <utility>

namespace rulehost {

/// Starts a thread that runs `work`. Throws std::system_error that names the limit of threads.
template <class Work>
std::thread started_thread(Work&& work) {
    try {
        return std::thread(std::forward<Work>(work));
    } catch (std::system_error const& error) {
        throw std::system_error(error.code(), "no thread can be started (limits: ulimit -u, ulimit -v, TasksMax)");
    }
}

} // namespace rulehost
