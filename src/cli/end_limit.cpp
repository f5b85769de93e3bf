#include "cli/end_limit.hpp"

#include "cli/commands.hpp"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace rulehost::cli {

end_limit::~end_limit() {
    {
        std::lock_guard const lock(mutex_);
        ended_ = true;
        changed_.notify_all();
    }
    if (thread_.joinable())
        thread_.join();
}

void end_limit::start(std::chrono::microseconds length) {
    if (thread_.joinable())
        return;
    thread_ = std::thread([this, end = std::chrono::steady_clock::now() + length] {
        std::unique_lock lock(mutex_);
        if (changed_.wait_until(lock, end, [this] { return ended_; }))
            return;
        constexpr std::string_view line = "rulehost: a call does not come back, and is not waited for any longer; what "
                                          "was not stored was not acknowledged\n";
        [[maybe_unused]] auto const written = ::write(STDERR_FILENO, line.data(), line.size());
        std::_Exit(static_cast<int>(exit_code::environment)); // a destructor could wait for the hung call
    });
}

} // namespace rulehost::cli
