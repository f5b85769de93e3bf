#pragma once

#include "bus/message_publisher.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rulehost {

/// Decides about one publication of numbered messages: which are sent, which are refused, and whether it failed as a
/// whole. Pure; the caller sends, and says what was answered.
class publish_flight {
public:
    /// Whose fault it is that a message is not stored.
    enum class fault {
        of_the_message, ///< it is refused
        doubtful        ///< perhaps the broker's: refused only if others were stored
    };
    enum class action {
        send, ///< the messages from `first` to before `last`, then `next`
        wait, ///< for an answer, or until none came in time: `silent`
        end,  ///< everything is stored or refused
        fail  ///< `why`
    };
    struct step {
        action what = action::wait;
        std::size_t first = 0;
        std::size_t last = 0;

        friend bool operator==(step const&, step const&) = default;
    };

    publish_flight(std::size_t messages, std::size_t max_in_flight);

    step next();

    /// Whether an answer about the message is waited for.
    bool is_open(std::size_t index) const { return index < next_ && !settled_[index]; }
    void stored(std::size_t index);
    void refused(std::size_t index, fault whose, std::string reason);
    /// Nothing was answered in time: a server says nothing to whoever may not publish on a subject.
    void silent();
    /// The whole publication failed; the first reason counts.
    void fail(std::string why);

    std::string const& why() const { return failure_; }
    /// The message whose refusal it is that nothing was stored; empty: the failure is of none alone.
    std::optional<std::size_t> culprit() const { return culprit_; }
    /// After the end: the messages that are not stored, in order.
    std::vector<refused_message> take_refused() { return std::move(refused_); }

private:
    void settle(std::size_t index);

    std::vector<bool> settled_; ///< stored or refused
    std::size_t const max_in_flight_;
    std::size_t next_ = 0;
    std::size_t in_flight_ = 0;
    std::size_t stored_ = 0;
    std::vector<refused_message> refused_;
    std::vector<refused_message> doubtful_;
    std::string failure_;
    std::optional<std::size_t> culprit_;
};

} // namespace rulehost
