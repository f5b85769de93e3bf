#pragma once

#include "bus/message_publisher.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rulehost {

/// Decides about one publication of numbered messages: which are sent, which are rejected, and whether it failed as a
/// whole. Pure; the caller sends, and reports the answers.
class publish_flight {
public:
    /// Cause of a message that was not stored.
    enum class fault {
        of_the_message, ///< the message is rejected
        doubtful        ///< perhaps the broker: the message is rejected only if others were stored
    };
    enum class action {
        send, ///< the messages from `first` to before `last`, then `next`
        wait, ///< for an answer, or until none came in time: `silent`
        end,  ///< everything is stored or rejected
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

    /// Whether an answer about the message is pending.
    bool is_open(std::size_t index) const { return index < next_ && !settled_[index]; }
    void stored(std::size_t index);
    void refused(std::size_t index, fault whose, std::string reason);
    /// No answer came in time: a server does not answer a client that may not publish on a subject.
    void silent();
    /// The whole publication failed; the first reason counts.
    void fail(std::string why);

    std::string const& why() const { return failure_; }
    /// The message whose rejection is the reason of the failure; empty: no single message is.
    std::optional<std::size_t> culprit() const { return culprit_; }
    /// After the end: the messages not stored, in order.
    std::vector<refused_message> take_refused() { return std::move(refused_); }

private:
    void settle(std::size_t index);

    std::vector<bool> settled_; ///< stored or rejected
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
