#include "simulation/oracle.hpp"

#include <rulehost/rule_reader.hpp>

#include <boost/json/parse.hpp>

#include <charconv>

namespace rulehost::simulation {

namespace {

std::string shown_state(std::string const& rule_id, rule_state const& state, rule_change::origin cause) {
    if (state == rule_state())
        return rule_id + (cause == rule_change::origin::expiry ? " expired" : " cleared");
    auto text = rule_id + " " + std::string(to_string(state.status)) + " by " + state.set_by + " " + state.reason;
    if (state.confidence_max)
        text += " at most " + std::to_string(*state.confidence_max);
    if (state.expires_at)
        text += " until " + format_time(*state.expires_at);
    return text;
}

std::string shown_rule(std::string const& rule_id, std::shared_ptr<rule_definition const> const& definition) {
    return rule_id +
        (definition ? " is " + definition->content_hash.substr(0, 8) + definition->lists_hash.substr(0, 8)
                    : " deleted");
}

std::string shown_list(std::string const& name) {
    return "$" + name;
}

} // namespace

std::string shown(rule_change const& change) {
    if (change.what() == rule_change::kind::decision)
        return shown(change.decided().id, change.decided().made, change.cause);
    if (change.what() == rule_change::kind::lists) {
        std::string text;
        for (auto const& name : change.lists().names)
            text += shown_list(name);
        for (auto const& definition : change.lists().definitions)
            text += ", " + shown_rule(definition->rule_id, definition);
        return text;
    }
    return change.what() == rule_change::kind::definition ? shown_rule(change.rule_id, change.definition())
                                                          : shown_state(change.rule_id, change.state(), change.cause);
}

oracle::oracle(world& in) : in_(in), sql_(parse_database_url(in.url)) {}

std::shared_ptr<rule_definition const> oracle::read(std::string const& text, std::string const& rule_id) {
    auto const known = read_.find(text);
    if (known != read_.end())
        return known->second;
    auto const documents = read_rules(text, rule_id, lists_);
    auto const good =
        documents.size() == 1 && documents.front().definition && documents.front().definition->rule_id == rule_id;
    return read_[text] = good ? documents.front().definition : nullptr;
}

std::size_t oracle::look() {
    auto const rows =
        sql_.query("SELECT revision, rule_id, kind, changed_by, detail FROM ttp_rule_change WHERE revision > :1 "
                   "ORDER BY revision",
                   5, {static_cast<std::int64_t>(last_)});
    for (auto const& cells : rows) {
        row next{0, cells[1].value_or(""), cells[2].value_or(""), cells[3].value_or(""), cells[4]};
        auto const& number = cells[0].value_or("");
        std::from_chars(number.data(), number.data() + number.size(), next.number);
        take(next);
    }
    return rows.size();
}

void oracle::take(row const& next) {
    if (next.number != last_ + 1)
        in_.blame("the history goes from " + std::to_string(last_) + " to " + std::to_string(next.number));
    last_ = next.number;
    entry made;
    made.rule_id = next.rule_id;
    if (next.kind == "definition" || next.kind == "deletion")
        take_rule(next, made);
    else if (next.kind == "list")
        take_list(next, made);
    else if (next.kind == "decision" || next.kind == "decision_expiry")
        take_decision(next, made);
    else
        take_state(next, made);
    in_.log.note("revision " + std::to_string(next.number) + " " + made.what +
                 (made.visible ? "" : " (nobody is told)"));
    entries_.resize(next.number);
    entries_.back() = std::move(made);
}

void oracle::take_rule(row const& next, entry& made) {
    auto const place = "ttp_rule:" + next.rule_id;
    if (next.kind == "deletion") {
        texts_.erase(next.rule_id);
        quarantined_.erase(place);
        made.visible = live_.erase(next.rule_id) != 0;
        made.what = shown_rule(next.rule_id, nullptr);
        return;
    }
    auto const detail = boost::json::parse(next.detail.value());
    std::string const text(detail.at("yaml_content").as_string());
    texts_[next.rule_id] = text;
    auto const definition = read(text, next.rule_id);
    if (!definition) {
        quarantined_.insert(place);
        made.visible = false;
        made.what = next.rule_id + " garbage";
        return;
    }
    quarantined_.erase(place);
    auto& live = live_[next.rule_id];
    made.visible = !live || live->text != text;
    live = definition;
    made.definition = definition;
    made.what = shown_rule(next.rule_id, definition);
}

void oracle::take_list(row const& next, entry& made) {
    auto const detail = boost::json::parse(next.detail.value());
    auto& list = lists_[next.rule_id];
    list.name = next.rule_id;
    list.values = boost::json::parse(detail.at("list_values").as_string()).as_array();
    read_.clear();
    made.what = shown_list(next.rule_id);
    for (auto& [rule_id, definition] : live_) {
        if (!definition->lists.empty() && !quarantined_.contains("ttp_rule:" + rule_id)) {
            definition = read(definition->text, rule_id);
            made.what += ", " + shown_rule(rule_id, definition);
        }
    }
}

/// The state in a row of the history; empty: it is malformed.
std::optional<rule_state> oracle::state_of(row const& next) {
    auto const detail = boost::json::parse(next.detail.value());
    auto const text = [&](char const* name) -> std::optional<std::string> {
        auto const& value = detail.at(name);
        return value.is_null() ? std::nullopt : std::optional(std::string(value.as_string()));
    };
    auto const status = rule_status_from(text("state").value_or(""));
    if (!status)
        return {};
    rule_state state(*status);
    if (auto const limit = text("confidence_max"))
        state.confidence_max = std::stod(*limit);
    if (auto const at = text("expires_at"))
        state.expires_at = parse_time(*at).value();
    state.reason = text("reason").value_or("");
    state.set_by = text("set_by").value_or("");
    state.revision = next.number;
    return state;
}

void oracle::credit(row const& next, std::string const& by) {
    auto const made = requests_.find(by);
    if (made == requests_.end())
        return;
    auto& which = *made->second;
    which.rows.push_back(next.number);
    if (which.decided)
        judge_decided(next, which);
    else if (which.ending)
        judge_ended(next, which);
    else if (which.rule_id != next.rule_id)
        in_.blame(by + " decided about " + next.rule_id);
    if (which.expected && *which.expected != standing(next.rule_id)) {
        in_.blame(by + " expected revision " + std::to_string(*which.expected) + " and replaced " +
                  std::to_string(standing(next.rule_id)));
    }
    if (which.result == request::outcome::refused || which.result == request::outcome::not_done)
        in_.blame(by + " was done although it was said that it was not");
}

void oracle::take_state(row const& next, entry& made) {
    auto const place = "ttp_rule_state:" + next.rule_id;
    if (next.kind == "expiry") {
        auto const standing = states_.find(next.rule_id);
        if (standing == states_.end()) {
            in_.blame("revision " + std::to_string(next.number) + " reverts " + next.rule_id + " where nothing stands");
        } else if (!standing->second.expires_at || in_.time.now() < *standing->second.expires_at) {
            in_.blame("revision " + std::to_string(next.number) + " reverts a decision that has not expired: " +
                      shown_state(next.rule_id, standing->second, rule_change::origin::decision));
        }
        made.what = shown_state(next.rule_id, rule_state(), rule_change::origin::expiry);
    } else if (!next.detail) {
        credit(next, next.by);
        made.what = shown_state(next.rule_id, rule_state(), rule_change::origin::decision);
    } else {
        auto const state = state_of(next);
        if (!state) {
            quarantined_.insert(place);
            made.visible = false;
            made.what = next.rule_id + " garbage state";
            return;
        }
        credit(next, state->set_by);
        quarantined_.erase(place);
        states_[next.rule_id] = *state;
        made.what = shown_state(next.rule_id, *state, rule_change::origin::decision);
        return;
    }
    states_.erase(next.rule_id);
    quarantined_.erase(place);
}

revision oracle::standing(std::string const& rule_id) const {
    auto const found = states_.find(rule_id);
    if (found == states_.end() || quarantined_.contains("ttp_rule_state:" + rule_id))
        return 0;
    return effective(found->second, in_.time.now()).revision;
}

bool oracle::has_expiry(std::string const& rule_id) const {
    auto const found = states_.find(rule_id);
    return found != states_.end() && found->second.expires_at;
}

std::optional<time_point> oracle::next_expiry(time_point after) const {
    std::optional<time_point> next;
    for (auto const& [rule_id, state] : states_)
        if (state.expires_at && *state.expires_at > after && (!next || *state.expires_at < *next))
            next = state.expires_at;
    for (auto const& [id, made] : decisions_) {
        for (auto const& at : {made.starts_at, made.ends_at})
            if (at && *at > after && (!next || *at < *next))
                next = at;
    }
    return next;
}

rule_snapshot oracle::expected() const {
    rule_snapshot all;
    all.revision = last_;
    all.states.insert(states_.begin(), states_.end());
    all.decisions = decisions_;
    for (auto const& [rule_id, definition] : live_) {
        auto const state = all.states.find(rule_id);
        all.rules.push_back(std::make_shared<compiled_rule const>(
            definition, state == all.states.end() ? rule_state() : state->second));
    }
    return all;
}

void oracle::judge_requests() {
    for (auto const& [by, made] : requests_) {
        auto const rows = made->rows.size();
        if (rows > 1) {
            in_.blame(by + " was done " + std::to_string(rows) + " times, last in revision " +
                      std::to_string(made->rows.back()));
        }
        switch (made->result) {
        case request::outcome::pending:
            in_.blame(by + " never came back");
            break;
        case request::outcome::done:
            if (made->ending) {
                if (made->acknowledged != 0 ? rows != 1 : rows != 0 && !in_.trimmed) {
                    in_.blame(by + " ended " + std::to_string(made->acknowledged) + " and left " +
                              std::to_string(rows) + " rows");
                }
            } else if ((made->wanted || made->decided) && (rows != 1 || made->rows.front() != made->acknowledged)) {
                in_.blame(by + " was acknowledged as revision " + std::to_string(made->acknowledged) +
                          " and is not there");
            }
            break;
        case request::outcome::refused:
        case request::outcome::not_done:
            // Without the history of the last seconds a commit in doubt cannot be resolved.
            if (rows != 0 && !in_.trimmed)
                in_.blame(by + " was done although it was said that it was not");
            break;
        case request::outcome::unknown:
            break;
        }
    }
}

void oracle::judge_expiries() {
    for (auto const& [rule_id, state] : states_)
        if (state.expires_at && *state.expires_at < in_.time.now() - std::chrono::seconds{5})
            in_.blame(rule_id + " was never reverted: " + shown_state(rule_id, state, rule_change::origin::decision));
    for (auto const& [id, made] : decisions_)
        if (made.ends_at && *made.ends_at < in_.time.now() - std::chrono::seconds{5})
            in_.blame("never ended: " + shown(id, made, rule_change::origin::decision));
}

} // namespace rulehost::simulation
