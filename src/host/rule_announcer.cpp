#include "host/rule_announcer.hpp"

#include "bus/topics.hpp"

#include <rulehost/json_text.hpp>
#include <rulehost/topic.hpp>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace rulehost {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_of_a_round = 64;

} // namespace

outgoing_message message_about(rule_change const& change) {
    outgoing_message message;
    json::object payload;
    payload["rule_id"] = change.rule_id;
    payload["revision"] = change.revision;
    auto const number = std::to_string(change.revision) + "-" + topic_token(change.rule_id);
    if (change.what() == rule_change::kind::definition) {
        message.id = "reloaded-" + number;
        message.topic = rule_reloaded_topic(change.rule_id);
        auto const& definition = change.definition();
        payload["deleted"] = !definition;
        payload["rule_version"] = definition ? json::value(definition->rule_version) : json::value();
        payload["content_hash"] = definition ? json::value(definition->content_hash) : json::value();
    } else {
        message.id = "state-" + number;
        message.topic = rule_state_topic(change.rule_id);
        auto state = to_json(change.state());
        state.erase("revision");
        payload["state"] = std::move(state);
        payload["auto_revert"] = change.cause == rule_change::origin::expiry;
    }
    message.payload = json_text(payload);
    return message;
}

rule_announcer::rule_announcer(asio::any_io_executor executor, time_source& time, bus& listeners, message_publisher* publisher,
                               std::function<void(std::string const&)> log, std::function<double()> random)
    : time_(time), listeners_(listeners), publisher_(publisher), log_(std::move(log)), pause_(100ms, 10s, std::move(random)),
      worker_(to_string(boost::uuids::random_generator()())), arrived_(std::move(executor)) {}

void rule_announcer::changed(rule_change const& change) {
    announce(message_about(change));
}

void rule_announcer::suppressed(evaluation::suppressed_hit const& hit) {
    auto const& definition = hit.rule->definition();
    auto const now = time_.elapsed();
    auto found = quiet_.find(definition.rule_id);
    if (found == quiet_.end())
        found = quiet_.emplace(definition.rule_id, quiet()).first;
    auto& rule = found->second;
    ++rule.unspoken;
    if (now < rule.until)
        return;
    json::object payload;
    payload["rule_id"] = definition.rule_id;
    payload["rule_version"] = definition.rule_version;
    payload["why"] = hit.why == evaluation::suppression::disabled ? "disabled" : "below_floor";
    payload["hits"] = rule.unspoken;
    payload["at"] = format_time(time_.now());
    rule = {now + suppressed_interval, 0};
    outgoing_message message;
    message.id = "suppressed-" + worker_ + "-" + std::to_string(++told_); // each worker tells of its own hits
    message.topic = rule_suppressed_topic;
    message.payload = json_text(payload);
    announce(std::move(message));
    if (quiet_.size() > 4 * most_waiting) // rules that are gone
        std::erase_if(quiet_, [&](auto const& each) { return each.second.until <= now && each.second.unspoken == 0; });
}

void rule_announcer::announce(outgoing_message message) {
    listeners_.publish(message.topic, message.payload);
    if (!publisher_)
        return;
    if (waiting_.size() >= most_waiting) {
        waiting_.pop_front();
        ++dropped_;
    }
    waiting_.push_back(std::move(message));
    arrived_.notify();
}

asio::awaitable<void> rule_announcer::run() {
    bool failing = false;
    for (;;) {
        while (waiting_.empty())
            co_await arrived_.wait();
        auto const count = std::min(waiting_.size(), most_of_a_round);
        auto const end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
        std::vector<outgoing_message> round(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
        waiting_.erase(waiting_.begin(), end);
        auto const outcome = co_await try_publish(*publisher_, round);
        if (std::exchange(failing, !outcome.problem.empty()) != failing)
            log(failing ? "messages about rules are not published: " + outcome.problem
                        : "messages about rules are published again");
        if (!failing) {
            pause_.reset();
            drop(outcome.refused);
            continue;
        }
        // What there is still room for is tried again.
        auto const room = most_waiting - std::min(most_waiting, waiting_.size());
        auto const kept = std::min(room, round.size());
        dropped_ += round.size() - kept;
        waiting_.insert(waiting_.begin(), std::make_move_iterator(round.end() - static_cast<std::ptrdiff_t>(kept)),
                        std::make_move_iterator(round.end()));
        co_await time_.pause(pause_.next());
    }
}

/// Each reason is told once.
void rule_announcer::drop(std::vector<refused_message> const& refused) {
    dropped_ += refused.size();
    if (!refused.empty() && std::exchange(refusal_, refused.front().reason) != refused.front().reason)
        log("messages about rules are refused and dropped: " + refusal_);
}

void rule_announcer::log(std::string const& line) const {
    if (log_)
        log_(line);
}

} // namespace rulehost
