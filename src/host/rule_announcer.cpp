#include "host/rule_announcer.hpp"

#include "async/memory_wait.hpp"
#include "bus/topics.hpp"

#include <rulehost/json_text.hpp>
#include <rulehost/topic.hpp>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <iterator>
#include <new>
#include <utility>
#include <vector>

namespace rulehost {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_round_size = 64;

/// One line that no other rule shares: JSON of what is no token of a topic, since a damaged store may hold any text.
std::string header_text(std::string const& rule_id) {
    bool const is_plain = topic_token(rule_id) == rule_id && !rule_id.starts_with('"');
    return is_plain ? rule_id : json_text(json::value(rule_id));
}

} // namespace

outgoing_message message_about(rule_change const& change, std::string_view store) {
    outgoing_message message;
    json::object payload;
    if (change.what() == rule_change::kind::decision) {
        auto const& [id, made] = change.decided();
        message.id = store_message_id("decision", store, std::to_string(change.revision));
        message.topic = rule_decision_topic(std::to_string(id));
        payload["id"] = id;
        payload["revision"] = change.revision;
        payload["decision"] = made ? json::value(to_json(*made)) : json::value();
        payload["auto_revert"] = change.cause == rule_change::origin::expiry;
        message.payload = json_text(payload);
        return message;
    }
    payload["rule_id"] = change.rule_id;
    payload["revision"] = change.revision;
    auto const number = std::to_string(change.revision) + "-" + header_text(change.rule_id);
    if (change.what() == rule_change::kind::definition) {
        message.id = store_message_id("reloaded", store, number);
        message.topic = rule_reloaded_topic(change.rule_id);
        auto const& definition = change.definition();
        payload["deleted"] = !definition;
        payload["rule_version"] = definition ? json::value(definition->rule_version) : json::value();
        payload["content_hash"] = definition ? json::value(definition->content_hash) : json::value();
        if (definition && !definition->lists_hash.empty())
            payload["lists_hash"] = definition->lists_hash;
    } else {
        message.id = store_message_id("state", store, number);
        message.topic = rule_state_topic(change.rule_id);
        auto state = to_json(change.state());
        state.erase("revision");
        payload["state"] = std::move(state);
        payload["auto_revert"] = change.cause == rule_change::origin::expiry;
    }
    message.payload = json_text(payload);
    return message;
}

rule_announcer::rule_announcer(time_source& time, bus& listeners, message_publisher* publisher,
                               std::function<std::string()> store, std::function<void(std::string const&)> log,
                               std::function<double()> random)
    : time_(time),
      listeners_(listeners),
      publisher_(publisher),
      store_(std::move(store)),
      log_(std::move(log)),
      pause_(100ms, 10s, std::move(random)),
      worker_(to_string(boost::uuids::random_generator()())) {}

void rule_announcer::changed(rule_change const& change) {
    try {
        if (change.what() != rule_change::kind::lists)
            return announce(message_about(change, store_()));
        for (auto const& definition : change.lists().definitions)
            announce(message_about(rule_change(change.revision, definition->rule_id, definition), store_()));
    } catch (std::bad_alloc const&) {
        ++dropped_;
    }
}

void rule_announcer::withheld(evaluation::withheld_hit const& hit) {
    try {
        count_withheld(hit);
    } catch (std::bad_alloc const&) {
        ++dropped_;
    }
}

void rule_announcer::count_withheld(evaluation::withheld_hit const& hit) {
    auto const& definition = hit.rule->definition();
    auto const now = time_.elapsed();
    auto found = quiet_.find(definition.rule_id);
    if (found == quiet_.end())
        found = quiet_.emplace(definition.rule_id, quiet()).first;
    auto& rule = found->second;
    ++rule.unreported;
    if (now < rule.until)
        return;
    json::object payload;
    payload["rule_id"] = definition.rule_id;
    payload["rule_version"] = definition.rule_version;
    payload["why"] = hit.why == evaluation::withheld_hit::cause::disabled ? "disabled" : "below_floor";
    payload["hits"] = rule.unreported;
    payload["at"] = format_time(time_.now());
    outgoing_message message;
    message.id = "suppressed-" + worker_ + "-" + std::to_string(++reports_); // each worker reports its own hits
    message.topic = rule_withheld_topic;
    message.payload = json_text(payload);
    announce(std::move(message));
    rule = {now + withheld_interval, 0}; // last: a hit that could not be reported stays counted
    if (quiet_.size() > 4 * max_waiting) // drops deleted rules
        std::erase_if(quiet_,
                      [&](auto const& each) { return each.second.until <= now && each.second.unreported == 0; });
}

void rule_announcer::announce(outgoing_message message) {
    listeners_.publish(message.topic, message.payload);
    if (!publisher_)
        return;
    if (waiting_.size() >= max_waiting) {
        waiting_.pop_front();
        ++dropped_;
    }
    waiting_.push_back(std::move(message));
    arrived_.notify();
}

asio::awaitable<void> rule_announcer::run() {
    for (;;) {
        while (waiting_.empty())
            co_await arrived_.wait();
        std::vector<outgoing_message> round;
        auto take = [&] { round = take_round(); };
        co_await until_there_is_memory(time_, take);
        auto const outcome = co_await try_publish(*publisher_, round);
        auto note = [&] { failures_.note(outcome.problem, log_); };
        co_await until_there_is_memory(time_, note);
        if (!failures_.fails()) {
            pause_.reset();
            auto drop_refused = [&] { drop(outcome.refused); };
            co_await until_there_is_memory(time_, drop_refused);
            continue;
        }
        // Retry as many as there is room for, keeping the newest.
        auto put_back = [&] {
            for (; !round.empty() && waiting_.size() < max_waiting; round.pop_back())
                waiting_.push_front(std::move(round.back()));
        };
        co_await until_there_is_memory(time_, put_back);
        dropped_ += round.size();
        co_await time_.pause(pause_.next());
    }
}

std::vector<outgoing_message> rule_announcer::take_round() {
    auto const count = std::min(waiting_.size(), max_round_size);
    std::vector<outgoing_message> round;
    round.reserve(count);
    auto const end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
    std::move(waiting_.begin(), end, std::back_inserter(round));
    waiting_.erase(waiting_.begin(), end);
    return round;
}

/// Each reason is logged once.
void rule_announcer::drop(std::vector<refused_message> const& refused) {
    if (!refused.empty() && refusal_ != refused.front().reason) {
        log("messages about rules are rejected and dropped: " + refused.front().reason);
        refusal_ = refused.front().reason;
    }
    dropped_ += refused.size();
}

void rule_announcer::log(std::string const& line) const {
    if (log_)
        log_(line);
}

} // namespace rulehost
