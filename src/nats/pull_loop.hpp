#pragma once

#include "async/backoff.hpp"
#include "time/steady_time.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

namespace rulehost {

/// Decides what a consumer of a JetStream stream does next: acknowledge, keep messages from others, pull more, look at
/// the consumer again, wait. Pure; the caller carries the steps out and says what came of them.
class pull_loop {
public:
    struct options {
        std::size_t fetch = 1000;                ///< messages to a pull
        std::size_t max_unacknowledged = 20'000; ///< messages that are held at once
        std::function<double()> random; ///< of [0, 1), spreads the pauses between attempts; empty: the system's
    };

    /// The consumer at this moment.
    struct view {
        std::uint64_t link = 0; ///< of the connection; 0: there is none
        bool reading = true;    ///< false: it was told to stop
        std::size_t held = 0;   ///< messages that are not acknowledged
        std::size_t done = 0;   ///< acknowledgements to send
        std::size_t buffered = 0;
        std::size_t buffered_bytes = 0;
    };

    enum class action {
        finish,      ///< nothing is left to do but to send the last acknowledgements
        stop,        ///< at once: without a link nothing can be acknowledged
        acknowledge, ///< send the acknowledgements
        keep,        ///< tell the server that the held messages are worked on
        pull,        ///< ask for `batch` messages, then `pulled`
        prepare,     ///< see to the consumer, then `prepared` or `failed`
        wait         ///< until `until` (for ever, if empty), or for a change
    };
    struct step {
        action what = action::wait;
        std::size_t batch = 0;
        std::optional<steady_point> until;

        friend bool operator==(step const&, step const&) = default;
    };

    /// A request for messages that the server has not ended.
    struct open_pull {
        std::uint64_t number = 0;
        std::size_t left = 0;
        std::size_t came = 0;
        steady_point deadline; ///< after which its end counts as lost
    };

    /// How long the server collects messages for a pull: short, so that a stop need not cut it off with messages on
    /// their way.
    static constexpr auto pull_time = std::chrono::seconds{1};
    /// Limit of the buffered messages, beyond which nothing is pulled.
    static constexpr std::size_t max_buffered_bytes = std::size_t{8} << 20;

    explicit pull_loop(options given);

    step next(view const&, steady_point now);

    /// Whether it is time to tell the server that `held` messages are worked on; true at most once in a while.
    bool must_keep(std::size_t held, steady_point now);

    /// The number that the next pull has.
    std::uint64_t next_number() const { return last_pull_ + 1; }
    void pulled(std::size_t batch, steady_point now);
    /// A message of the open pull arrived. Whether it was the last one.
    bool came();
    void end_pull() { pull_.reset(); }
    std::optional<open_pull> const& pull() const { return pull_; }
    /// The end of the open pull was lost.
    bool is_overdue(steady_point now) const { return pull_ && now >= pull_->deadline; }

    void prepared(std::uint64_t link);
    /// It has to be prepared again, after a pause.
    void failed(steady_point now);
    /// Another connection, or none: it has to be prepared again, at once.
    void link_changed();
    /// How long the server waits for an acknowledgement.
    void set_ack_wait(std::chrono::milliseconds length) { ack_wait_ = length; }

private:
    options options_;
    backoff pauses_;
    std::chrono::milliseconds ack_wait_{30'000};
    std::uint64_t ready_link_ = 0; ///< the link on which the consumer was seen to be there
    steady_point retry_at_{};
    steady_point progress_at_{};
    std::optional<open_pull> pull_;
    std::uint64_t last_pull_ = 0;
};

} // namespace rulehost
