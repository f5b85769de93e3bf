#include "engine/explain/explain_commands.hpp"

#include "match/value/field_values.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

namespace {

using boost::json::array;
using boost::json::object;

constexpr std::size_t max_commands = 64;
constexpr std::size_t max_nearest = 3;
constexpr std::size_t max_values_shown = 6;
constexpr std::size_t max_quote = 200;

std::string quote(std::string_view text) {
    return to_valid_utf8(whole_characters(text, max_quote));
}

object describe(shell::command const& of) {
    return {{"text", quote(of.text)}, {"reading", to_string(of.from)}};
}

/// A command that fails a map.
struct miss {
    shell::command const* of;
    shell::reading* in;
    command_test const* asked;
    double share; ///< of the keys that hold
};

object account_of(miss const& near, command_memory& memory) {
    auto account = describe(*near.of);
    account["line"] = near.asked->source().line;
    account["nearness"] = near.share;
    auto& failed = account["failed"].emplace_array();
    for (auto const& part : near.asked->parts()) {
        if (near.asked->holds(part, *near.of, *near.in, memory) == truth::yes)
            continue;
        object key{{"key", to_string(part.source->of)}, {"line", part.source->line}};
        if (part.value) {
            auto& has = key["has"].emplace_array();
            for (auto const& each : elements_of(part.source->of, *near.of, *near.in, memory))
                if (has.size() < max_values_shown)
                    has.emplace_back(quote(each.has_value ? std::string(each.text) + "=" + std::string(each.value)
                                                          : std::string(each.text)));
        }
        failed.push_back(std::move(key));
    }
    return account;
}

/// Calls `visit` with each command, and its reading, of the lines in the field of `asked`.
template <typename Visit>
void for_each_command(predicate const& asked, subject& on, Visit&& visit) {
    visit_elements(on.observed().payload, asked.field().keys, [&](boost::json::value const& value) {
        if (auto const* const line = value.if_string()) {
            auto& commands = on.commands_of(*line);
            commands.pieces();
            on.memory_of_commands().truncated = commands.is_truncated();
            for (std::size_t i = 0; i != commands.pieces(); ++i)
                for (auto const& of : commands.piece(i).commands)
                    visit(of, commands.piece(i));
        }
        return false;
    });
}

void explain_maps(std::vector<command_test> const& maps, predicate const& asked, subject& on, object& out) {
    auto& memory = on.memory_of_commands();
    std::vector<miss> nearest;
    shell::command const* met = nullptr;
    std::size_t line = 0;
    for_each_command(asked, on, [&](shell::command const& of, shell::reading& in) {
        for (auto const& map : maps) {
            if (met != nullptr)
                return;
            if (map.holds(of, in, memory) == truth::yes) {
                met = &of;
                line = map.source().line;
                return;
            }
            auto const held = std::ranges::count_if(
                map.parts(), [&](auto const& part) { return map.holds(part, of, in, memory) == truth::yes; });
            auto const share = static_cast<double>(held) / static_cast<double>(map.parts().size());
            if (share == 0 || share == 1) // a wrapper may satisfy every key of a map that excludes wrappers
                continue;
            auto const place = std::ranges::upper_bound(nearest, share, std::ranges::greater{}, &miss::share);
            nearest.insert(place, {&of, &in, &map, share});
            if (nearest.size() > max_nearest)
                nearest.pop_back();
        }
    });
    if (met != nullptr) {
        out["matched"] = quote(met->text);
        out["reading"] = to_string(met->from);
        out["matched_line"] = line;
        return;
    }
    if (nearest.empty())
        return;
    auto& list = out["nearest"].emplace_array();
    for (auto const& each : nearest)
        list.push_back(account_of(each, memory));
}

} // namespace

void explain_commands(predicate const& asked, subject& on, object& out) {
    if (!on.is_command_line(asked.field()))
        return;
    on.begin_rule();
    if (asked.source().kind == condition::node::command) {
        explain_maps(asked.commands().front(), asked, on, out);
        return;
    }
    if (asked.source().same_file)
        out["same"] = "file";
    auto& steps = out["of"].emplace_array();
    for (auto const& step : asked.commands()) {
        object account{{"kind", "command"}, {"line", step.front().source().line}};
        explain_maps(step, asked, on, account);
        account["holds"] = account.contains("matched");
        steps.push_back(std::move(account));
    }
}

array list_commands(line_commands& commands) {
    array all;
    for (std::size_t i = 0; i != commands.pieces(); ++i)
        for (auto const& of : commands.piece(i).commands)
            if (all.size() < max_commands)
                all.push_back(describe(of));
    return all;
}

} // namespace rulehost
