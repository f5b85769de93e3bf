#include "store/database/local_snapshot.hpp"

#include "file/durable_file.hpp"
#include "file/read_file.hpp"
#include "rule/decision_json.hpp"
#include "rule/rule_state_json.hpp"
#include "store/state_table.hpp"

#include <rulehost/json_text.hpp>
#include <rulehost/rule_store.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

namespace rulehost {

namespace json = boost::json;

namespace {

constexpr std::int64_t format = 1;
constexpr duration max_ahead = std::chrono::hours{24 * 365 * 100};

json::value optional_time(std::optional<time_point> at) {
    return at ? json::value(format_time(*at)) : json::value();
}

std::string text_at(json::object const& object, std::string_view name) {
    return std::string(object.at(name).as_string());
}

std::optional<time_point> time_at(json::object const& object, std::string_view name) {
    auto const& value = object.at(name);
    return value.is_null() ? std::nullopt : std::optional(parse_time(std::string_view(value.as_string())).value());
}

rule_state state_at(json::object const& object) {
    auto state = rule_state_from_json(object);
    if (auto const why = why_invalid(state); !why.empty())
        throw std::runtime_error(why);
    return state;
}

std::string to_text(local_snapshot const& snapshot) {
    json::array rules;
    for (auto const& [rule_id, definition] : snapshot.live) {
        json::object rule;
        rule["rule_id"] = rule_id;
        rule["text"] = definition->text;
        rules.push_back(std::move(rule));
    }
    json::array states;
    for (auto const& [rule_id, state] : snapshot.states.stored()) {
        json::object entry;
        entry["rule_id"] = rule_id;
        entry["state"] = to_string(state.status);
        entry["confidence_max"] = exact_number(state.confidence_max);
        entry["expires_at"] = optional_time(state.expires_at);
        entry["reason"] = state.reason;
        entry["set_by"] = state.set_by;
        entry["set_at"] = optional_time(state.set_at);
        entry["revision"] = state.revision;
        states.push_back(std::move(entry));
    }
    json::array decisions;
    for (auto const& [id, made] : snapshot.states.decisions())
        decisions.push_back(to_exact_json(made));
    json::object lists;
    for (auto const& [name, list] : snapshot.lists)
        lists[name] = list.values;
    json::object root;
    root["rulehost_snapshot"] = format;
    root["database_id"] = snapshot.position.database_id;
    root["revision"] = snapshot.position.revision;
    root["saved_at"] = format_time(snapshot.saved_at);
    root["clock_ahead_us"] = snapshot.clock_ahead.count();
    root["lists"] = std::move(lists);
    root["rules"] = std::move(rules);
    root["states"] = std::move(states);
    root["decisions"] = std::move(decisions);
    return json_text(root) + '\n';
}

/// Calls `take` with the row; skips and records an unreadable row.
template <class Take>
void take_row(local_snapshot& into, json::value const& row, std::string const& what, Take take) {
    std::string rule_id = "a rule";
    try {
        rule_id = text_at(row.as_object(), "rule_id");
        take(rule_id, row.as_object());
    } catch (std::exception const& problem) {
        into.left_out.push_back(what + " of " + rule_id + ": " + problem.what());
    }
}

void take_decision(local_snapshot& into, json::value const& row) {
    try {
        auto made = decision_from(row.as_object());
        require_storable(made);
        into.states.put(std::move(made));
    } catch (std::exception const& problem) {
        into.left_out.push_back(std::string("a decision: ") + problem.what());
    }
}

local_snapshot from_text(std::string_view text) {
    auto const parsed = json::parse(text);
    auto const& root = parsed.as_object();
    if (root.at("rulehost_snapshot").to_number<std::int64_t>() != format)
        throw std::runtime_error("its format is of another version");
    local_snapshot snapshot;
    snapshot.position.database_id = text_at(root, "database_id");
    snapshot.position.revision = root.at("revision").to_number<revision>();
    snapshot.saved_at = time_at(root, "saved_at").value();
    if (auto const* const ahead = root.if_contains("clock_ahead_us")) { // older snapshots lack it
        snapshot.clock_ahead = duration(ahead->to_number<duration::rep>());
        if (snapshot.clock_ahead > max_ahead || snapshot.clock_ahead < -max_ahead)
            throw std::runtime_error("clock_ahead_us is out of range");
    }
    if (auto const* const lists = root.if_contains("lists")) { // older snapshots lack it
        std::map<std::string, std::string> rows;
        for (auto const& [name, values] : lists->as_object())
            rows.emplace(name, json_text(values));
        database_lists read;
        read.replace(rows);
        snapshot.lists = *read.live();
        for (auto const& each : read.findings())
            snapshot.left_out.push_back(each.path + ": " + each.message);
    }
    for (auto const& each : root.at("rules").as_array()) {
        take_row(snapshot, each, "the text", [&](std::string const& rule_id, json::object const& rule) {
            // It may have been valid for the version that saved it.
            auto read = read_row(rule_id, text_at(rule, "text"), 0, snapshot.lists);
            if (!read.definition)
                throw std::runtime_error("it is invalid in this version");
            snapshot.live[rule_id] = std::move(read.definition);
        });
    }
    for (auto const& each : root.at("states").as_array()) {
        take_row(snapshot, each, "the state", [&](std::string const& rule_id, json::object const& state) {
            snapshot.states.put(rule_id, state_at(state));
        });
    }
    if (auto const* const decisions = root.if_contains("decisions")) // older snapshots lack it
        for (auto const& each : decisions->as_array())
            take_decision(snapshot, each);
    return snapshot;
}

} // namespace

void save(local_snapshot const& snapshot, std::filesystem::path const& file) {
    if (file.has_parent_path())
        std::filesystem::create_directories(file.parent_path());
    replace_file(file, to_text(snapshot), "cannot write " + file.string());
}

std::optional<local_snapshot> load_local_snapshot(std::filesystem::path const& file) {
    remove_abandoned_replacements(file);
    std::string text;
    try {
        text = read_file(file);
    } catch (std::system_error const& problem) {
        if (problem.code() == std::errc::no_such_file_or_directory)
            return std::nullopt;
        throw std::runtime_error("the snapshot " + file.string() + " cannot be read: " + problem.code().message());
    }
    try {
        return from_text(text);
    } catch (std::exception const& problem) {
        throw std::runtime_error("the snapshot " + file.string() + " is damaged: " + problem.what());
    }
}

} // namespace rulehost
