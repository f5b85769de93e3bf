#pragma once

#include "async/backoff.hpp"
#include "async/notification.hpp"
#include "bus/message_publisher.hpp"
#include "text/failure_log.hpp"

#include <rulehost/bus.hpp>
#include <rulehost/engine.hpp>
#include <rulehost/rule_change.hpp>
#include <rulehost/time_source.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// `ttp.rule.reloaded.{rule_id}`, `ttp.rule.state.{rule_id}` or `ttp.rule.decision.{id}`. Every worker that follows the
/// same store, whose id is `store`, makes the same id.
outgoing_message message_about(rule_change const&, std::string_view store);

/// Publishes messages about rules: changes, and hits that were withheld. Listeners of this process get them at once, a
/// broker on a best-effort basis: while it is away or slow the oldest messages are dropped, and nothing waits for it.
///
/// Owned by the host; used on its executor.
class rule_announcer {
public:
    static constexpr std::size_t max_waiting = 1024;                        ///< messages for the broker
    static constexpr duration withheld_interval = std::chrono::seconds{10}; ///< between two messages about one rule

    /// `publisher` is the broker, for exclusive use; null: none. `store` gives the id of the store. `log` is called when
    /// the broker goes away, comes back, or rejects messages. `random` gives numbers of [0, 1) for the pauses between
    /// attempts; empty: the system's.
    rule_announcer(time_source& time, bus& listeners, message_publisher* publisher, std::function<std::string()> store,
                   std::function<void(std::string const&)> log, std::function<double()> random = {});

    void changed(rule_change const& change);

    /// Reports a rule that matched and gave no tags. Publishes at most one `ttp.rule.suppressed` per rule and interval,
    /// with the number of hits since the previous one.
    void withheld(evaluation::withheld_hit const& hit);

    /// Sends what waits to the broker until it is cancelled.
    boost::asio::awaitable<void> run();

    std::uint64_t dropped() const { return dropped_; }
    std::size_t waiting() const { return waiting_.size(); }

private:
    struct quiet {
        duration until{}; ///< of `time_source::elapsed`
        std::uint64_t unreported = 0;
    };

    void count_withheld(evaluation::withheld_hit const& hit);
    void announce(outgoing_message message);
    std::vector<outgoing_message> take_round();
    void drop(std::vector<refused_message> const& refused);
    void log(std::string const& line) const;

    time_source& time_;
    bus& listeners_;
    message_publisher* publisher_;
    std::function<std::string()> store_;
    std::function<void(std::string const&)> log_;
    backoff pause_;
    failure_log failures_{
        {.before = "messages about rules are not published: ", .works = "messages about rules are published again"}};
    std::string refusal_; ///< that was logged
    std::string worker_;  ///< random
    std::uint64_t reports_ = 0;
    notification arrived_;
    std::deque<outgoing_message> waiting_;
    std::map<std::string, quiet, std::less<>> quiet_; ///< by rule
    std::uint64_t dropped_ = 0;
};

} // namespace rulehost
