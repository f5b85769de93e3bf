#include "engine/explain/explain.hpp"

#include "engine/claim.hpp"
#include "engine/explain/explain_commands.hpp"
#include "engine/rule_index.hpp"
#include "match/predicate.hpp"
#include "match/value/field_values.hpp"
#include "regex/regex.hpp"
#include "text/utf8.hpp"

#include <rulehost/json_text.hpp>

#include <boost/json/array.hpp>

#include <algorithm>
#include <string>

namespace rulehost {

namespace {

constexpr std::size_t max_quote_length = 400;
constexpr std::size_t max_list = 8;

std::string_view name_of(comparison compare) {
    switch (compare) {
    case comparison::pattern:
        return "pattern";
    case comparison::contains:
        return "contains";
    case comparison::starts_with:
        return "starts_with";
    case comparison::ends_with:
        return "ends_with";
    case comparison::equals:
        return "equals";
    case comparison::one_of:
        return "one_of";
    case comparison::cidr:
        return "cidr";
    case comparison::exists:
        return "exists";
    case comparison::greater_than:
        return "greater_than";
    case comparison::at_least:
        return "at_least";
    case comparison::less_than:
        return "less_than";
    case comparison::at_most:
        return "at_most";
    case comparison::equals_field:
        return "equals_field";
    case comparison::differs_from_field:
        return "differs_from_field";
    }
    return "";
}

std::string_view name_of(condition::node kind) {
    switch (kind) {
    case condition::node::test:
        return "test";
    case condition::node::all_of:
        return "all_of";
    case condition::node::any_of:
        return "any_of";
    case condition::node::none_of:
        return "not";
    case condition::node::window:
        return "window";
    case condition::node::never:
        return "never";
    case condition::node::some:
        return "some";
    case condition::node::command:
        return "command";
    case condition::node::commands_in_order:
        return "commands_in_order";
    }
    return "";
}

boost::json::value name_of(truth outcome) {
    if (outcome == truth::unknown)
        return "limit hit";
    return outcome == truth::yes;
}

/// The beginning of `text`, with U+FFFD for what is not UTF-8.
std::string beginning_of(std::string_view text) {
    return to_valid_utf8(whole_characters(text, max_quote_length));
}

boost::json::value operand_of(condition const& c) {
    if (c.compare == comparison::pattern)
        return boost::json::value(c.expression->expression());
    if (!c.other.keys.empty())
        return boost::json::value(c.other.text());
    boost::json::array all(c.operands.begin(), c.operands.end());
    return all.size() == 1 ? all.front() : boost::json::value(std::move(all));
}

/// The event's value at `path`, cut to the length of a quote; null when there is none.
boost::json::value value_at(subject const& on, field_path const& path) {
    boost::json::value seen;
    if (names_anchor(path)) {
        if (auto const& text = *anchor(on.observed(), path.keys.front()); !text.empty())
            seen = text;
    } else if (!path.keys.empty()) {
        visit_values(on.payload(), path.keys, [&](boost::json::value const& value) {
            seen = value;
            return true;
        });
    }
    if (auto const* const text = seen.if_string()) {
        seen = boost::json::value(beginning_of(*text));
    } else if (auto const whole = json_text(seen); whole.size() > max_quote_length) {
        seen = boost::json::value(beginning_of(whole));
    }
    return seen;
}

bool asks_for_commands(condition const& c) {
    return !c.commands.empty() ||
        std::ranges::any_of(c.children, [](condition const& child) { return asks_for_commands(child); });
}

bool asks_for_commands(rule_definition const& definition) {
    return asks_for_commands(definition.match) || std::ranges::any_of(definition.windows, [](correlation const& by) {
               return std::ranges::any_of(by.steps, [](condition const& step) { return asks_for_commands(step); });
           });
}

boost::json::object explain_condition(predicate const& asked, subject& on) {
    auto const& c = asked.source();
    match_detail found;
    found.wanted = match_detail::depth::text;
    boost::json::object out{{"kind", name_of(c.kind)}, {"line", c.line}};
    if (c.kind == condition::node::window) {
        out["window"] = c.window_index;
        return out;
    }
    on.begin_rule();
    out["holds"] = name_of(asked.test(on, found));
    if (!c.commands.empty()) {
        explain_commands(asked, on, out);
        if (found.truncated)
            out["truncated"] = true;
        return out;
    }
    if (c.kind == condition::node::some) {
        out["field"] = asked.field().text();
        auto& elements = out["of"].emplace_array();
        visit_elements(on.payload(), asked.field().keys, [&](boost::json::value const& element) {
            if (auto const* const object = element.if_object()) {
                subject::scope const inside(on, *object);
                elements.push_back(explain_condition(asked.children().front(), on));
            }
            return elements.size() == max_list;
        });
        return out;
    }
    if (c.kind != condition::node::test) {
        auto& children = out["of"].emplace_array();
        for (auto const& child : asked.children())
            children.push_back(explain_condition(child, on));
        return out;
    }
    out["field"] = asked.field().text();
    out["compare"] = name_of(c.compare);
    if (c.measured == condition::measure::length)
        out["measure"] = "length";
    if (c.quantifier == condition::elements::all)
        out["elements"] = "all";
    if (c.matching == condition::letter_case::ignored)
        out["ignore_case"] = true;
    out["operand"] = operand_of(c);
    if (!found.text.empty())
        out["matched"] = beginning_of(found.text);
    if (found.form)
        out["matched_on"] = to_string(*found.form);
    if (found.truncated)
        out["truncated"] = true;
    if (found.text.empty() && c.compare != comparison::exists) {
        if (auto seen = value_at(on, asked.field()); seen.is_null())
            out["missing"] = true;
        else
            out["value"] = std::move(seen);
    }
    return out;
}

std::string_view name_of(correlation::node kind) {
    switch (kind) {
    case correlation::node::count:
        return "count";
    case correlation::node::distinct_count:
        return "distinct_count";
    case correlation::node::sequence:
        break;
    }
    return "sequence";
}

struct window_account {
    boost::json::object text;
    bool fires = false;
    bool is_unknown = false; ///< whether the event counts is unknown, since a limit was hit
};

window_account explain_window(correlation const& by, std::vector<predicate> const& steps, window const& of, subject& on,
                              time_point now) {
    window_account account;
    auto& out = account.text;
    out = {{"kind", name_of(by.kind)}, {"within", format_duration(by.within)}};
    auto& conditions = out["of"].emplace_array();
    for (auto const& step : steps)
        conditions.push_back(explain_condition(step, on));
    match_detail found;
    auto outcome = truth::no;
    auto const groups = satisfied_groups(by, steps, on, found, outcome);
    auto const key = group_key(by, on.observed());
    account.is_unknown = outcome == truth::unknown;
    if (groups.empty()) {
        out["why"] = outcome == truth::unknown ? "an expression hit its limit" : "the event does not count";
    } else if (!key) {
        std::string lacking;
        for (auto const& path : by.group_by)
            if (value_at(on, path).is_null())
                lacking += (lacking.empty() ? "" : ", ") + path.text();
        out["why"] = "the event lacks what it is grouped by: " + lacking;
    } else {
        window::outcome would;
        std::string_view file;
        for (auto const& [satisfied, about] : groups) {
            auto const one =
                of.would(*group_key(by, on.observed(), about), entry_of(by, satisfied, on.observed(), now));
            if (one.fires || one.reached > would.reached || &about == &groups.front().file) {
                would = one;
                file = about;
            }
            if (one.fires)
                break;
        }
        account.fires = would.fires;
        auto& group = out["group"].emplace_object();
        for (auto const& path : by.group_by)
            group[path.text()] = value_at(on, path);
        if (!file.empty())
            group["file"] = to_valid_utf8(file);
        out["reached"] = would.reached;
        out["needed"] = would.needed;
        if (would.fired_at)
            out["fired_at"] = format_time(*would.fired_at);
        if (would.fires)
            out["why"] = "complete";
        else if (would.reached < would.needed)
            out["why"] = "the window is not full";
        else
            out["why"] = "it has already fired for this group within its length, or this event adds nothing";
    }
    out["fires"] = account.fires;
    return account;
}

/// Whether the event has a word that the rule requires, by the same index as for live rules.
bool is_triggered(live_rule const& live, subject& on) {
    auto const index = std::make_shared<rule_index const>(std::vector{live.program});
    rule_index::memory memory;
    memory.make_ready_for(index);
    return std::ranges::any_of(index->candidates(on, memory), [](rule_index::candidate const& each) {
        return is_triggered(*each.variant, each.open);
    });
}

boost::json::object explain_state(rule_state const& stored, rule_state const& in_effect) {
    auto out = to_json(in_effect);
    if (stored != in_effect)
        out["expired"] = to_json(stored);
    return out;
}

} // namespace

boost::json::object explain_rule(live_rule const& live, subject& on, tagging_terms const& terms) {
    auto const& definition = live.definition();
    auto const state = effective(live.rule->state(), terms.decided.now);
    boost::json::object out{{"rule_id", definition.rule_id},
                            {"rule_version", definition.rule_version},
                            {"live", true},
                            {"state", explain_state(live.rule->state(), state)}};
    auto const* const asked = live.program->variant_for(on.observed().source_kind);
    if (!asked) {
        out["verdict"] = "no tag: the rule does not apply to source_kind " + on.observed().source_kind;
        return out;
    }
    if (on.observed().source_kind == "command")
        if (auto const* const line = on.observed().payload.if_contains("command_text"); line && line->is_string())
            if (auto const normalised = on.texts_of(line->get_string()).normalised(); !normalised.empty())
                out["normalised"] = beginning_of(normalised);

    if (on.observed().source_kind == "command")
        if (auto const* const line = on.observed().payload.if_contains("command_text"); line && line->is_string()) {
            auto& commands = on.commands_of(line->get_string());
            commands.pieces();
            if (commands.has_more())
                out["more_commands"] = true;
            if (asks_for_commands(definition))
                out["commands"] = list_commands(commands);
        }

    match_detail found;
    on.begin_rule();
    auto const outcome = asked->match.test(on, found);
    bool matched = outcome == truth::yes;
    bool is_unknown = outcome == truth::unknown;
    out["condition"] = explain_condition(asked->match, on);
    if (!asked->windows.empty()) {
        auto& windows = out["windows"].emplace_array();
        for (std::size_t i = 0; i != asked->windows.size(); ++i) {
            auto account = explain_window(definition.windows[i], asked->windows[i], *live.windows[i], on, terms.now);
            matched = matched || account.fires;
            is_unknown = is_unknown || account.is_unknown;
            windows.push_back(std::move(account.text));
        }
    }
    out["matched"] = matched;
    bool const is_undecided = !matched && is_unknown && is_triggered(live, on);
    if (is_undecided)
        out["undecided"] = true;

    std::size_t emitted = 0;
    auto& emissions = out["emissions"].emplace_array();
    std::size_t withheld = 0;
    for (auto const& claimed : claims_of(definition, state, terms.decided, on.observed())) {
        withheld += claimed.decided.disabled;
        bool const above = claimed.confidence >= terms.confidence_floor;
        emitted += above && !claimed.decided.disabled;
        auto const& sub = claimed.what->sub_technique_id;
        emissions.push_back({{"technique_id", claimed.what->technique_id},
                             {"sub_technique_id", sub.empty() ? boost::json::value() : boost::json::value(sub)},
                             {"confidence_in_rule", claimed.what->confidence},
                             {"after_scaling", claimed.scaled},
                             {"after_clip", claimed.confidence},
                             {"floor", terms.confidence_floor},
                             {"above_floor", above},
                             {"decided_by", claimed.decided.by == 0 ? boost::json::value() : claimed.decided.by},
                             {"disabled", claimed.decided.disabled},
                             {"observed", claimed.decided.observed}});
    }
    if (!matched && !is_undecided)
        out["verdict"] = is_unknown  ? "no tag: an expression hit its limit, and no word occurs that the rule asks for"
            : asked->windows.empty() ? "no tag: the condition does not hold"
                                     : "no tag: no condition holds and no window is full";
    else if (state.status == rule_status::disabled)
        out["verdict"] = "no tag: the rule is disabled" + (state.reason.empty() ? "" : ", " + state.reason);
    else if (emissions.empty())
        out["verdict"] = "no tag: no technique for the values";
    else if (withheld == emissions.size())
        out["verdict"] = "no tag: a decision disables it";
    else if (emitted == 0)
        out["verdict"] = "no tag: every confidence is below the floor";
    else
        out["verdict"] =
            is_undecided ? "tags undecided, with half the confidence: an expression hit its limit" : "tags";
    return out;
}

} // namespace rulehost
