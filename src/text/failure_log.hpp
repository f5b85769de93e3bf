#pragma once

#include <functional>
#include <string>
#include <utility>

namespace rulehost {

/// Logs one line when something begins to fail, and one when it works again.
class failure_log {
public:
    using sink = std::function<void(std::string const&)>;

    struct wording {
        std::string before; ///< the problem, in the first line
        std::string after;  ///< the problem
        std::string works;  ///< the second line
    };

    explicit failure_log(wording lines) : lines_(std::move(lines)) {}

    /// Records an outcome, a problem or an empty string for success, and calls `log` (may be empty) if it is a change.
    /// Where `log` throws, the outcome is not recorded.
    void note(std::string const& problem, sink const& log) {
        bool const fails = !problem.empty();
        if (fails == fails_)
            return;
        if (log)
            log(fails ? lines_.before + problem + lines_.after : lines_.works);
        fails_ = fails;
    }

    /// Whether the last outcome was a problem.
    bool fails() const { return fails_; }

private:
    wording lines_;
    bool fails_ = false;
};

} // namespace rulehost
