#pragma once

#include "async/backoff.hpp"
#include "time/steady_time.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

namespace rulehost {

/// Decides the next step of a consumer of a JetStream stream: acknowledge, extend the ack wait of messages, pull more,
/// check the consumer again, wait. Pure; the caller executes the steps and reports the results.
class pull_loop {
public:
    struct options {
        std::size_t fetch = 1000;                ///< messages per pull
        std::size_t max_unacknowledged = 20'000; ///< messages held at once
        std::function<double()> random; ///< of [0, 1), spreads the pauses between attempts; empty: the system's
    };

    /// Current state of the consumer.
    struct view {
        std::uint64_t link = 0; ///< of the connection; 0: there is none
        bool reading = true;    ///< false: it is to stop
        std::size_t held = 0;   ///< messages that are not acknowledged
        std::size_t done = 0;   ///< acknowledgements to send
        std::size_t buffered = 0;
        std::size_t buffered_bytes = 0;
    };

    enum class action {
        finish,      ///< only the last acknowledgements remain to be sent
        stop,        ///< at once: without a link nothing can be acknowledged
        acknowledge, ///< send the acknowledgements
        keep,        ///< report the held messages as in progress to the server
        pull,        ///< ask for `batch` messages, then `pulled`
        prepare,     ///< check or create the consumer, then `prepared` or `failed`
        wait         ///< until `until` (forever, if empty), or for a change
    };
    struct step {
        action what = action::wait;
        std::size_t batch = 0;
        std::optional<steady_point> until;

        friend bool operator==(step const&, step const&) = default;
    };

    /// An open request for messages.
    struct open_pull {
        std::uint64_t number = 0;
        std::size_t left = 0;
        std::size_t came = 0;
        steady_point deadline; ///< after which its end counts as lost
    };

    /// How long the server collects messages for a pull: short, so that a stop need not interrupt it with messages in
    /// flight.
    static constexpr auto pull_time = std::chrono::seconds{1};
    /// Maximum of buffered messages, beyond which nothing is pulled.
    static constexpr std::size_t max_buffered_bytes = std::size_t{8} << 20;

    explicit pull_loop(options given);

    step next(view const&, steady_point now);

    /// Whether it is time to report the `held` messages as in progress; true at most once per interval.
    bool must_keep(std::size_t held, steady_point now);

    /// Number of the next pull.
    std::uint64_t next_number() const { return last_pull_ + 1; }
    void pulled(std::size_t batch, steady_point now);
    /// Records a message of the open pull. Returns whether it was the last one.
    bool came();
    void end_pull() { pull_.reset(); }
    std::optional<open_pull> const& pull() const { return pull_; }
    /// Records that the end of the open pull was lost.
    bool is_overdue(steady_point now) const { return pull_ && now >= pull_->deadline; }

    void prepared(std::uint64_t link);
    /// The consumer must be prepared again, after a pause.
    void failed(steady_point now);
    /// The link changed: the consumer must be prepared again, at once.
    void link_changed();
    /// How long the server waits for an acknowledgement.
    void set_ack_wait(std::chrono::milliseconds length) { ack_wait_ = length; }

private:
    options options_;
    backoff pauses_;
    std::chrono::milliseconds ack_wait_{30'000};
    std::uint64_t ready_link_ = 0; ///< the link on which the consumer was checked
    steady_point retry_at_{};
    steady_point progress_at_{};
    std::optional<open_pull> pull_;
    std::uint64_t last_pull_ = 0;
};

} // namespace rulehost
