#include "match/command/command_test.hpp"
#include "match/command/line_commands.hpp"
#include "shell/text/paths.hpp"

#include <algorithm>
#include <array>

namespace rulehost {

namespace {

using key = command_condition::key;
using shell::effect_kind;

class collection {
public:
    collection(shell::command const& of, shell::reading& in, command_memory& memory, std::vector<value_element>& to)
        : of_(of), in_(in), memory_(memory), to_(to) {}

    void add(std::string_view text) { to_.push_back({text}); }

    void add_all(std::span<std::string_view const> texts) {
        for (auto const text : texts)
            add(text);
    }

    /// A path as typed, and without `//`, `/./` and `/../`.
    void add_words(std::span<std::string_view const> words) {
        for (auto const word : words) {
            add(word);
            if (word.find('/') == std::string_view::npos || word.find("://") != std::string_view::npos)
                continue;
            if (auto const normal = shell::normal_path(word, in_.arena); normal != word)
                add(normal);
        }
    }

    void add_places() {
        if (of_.place == shell::none)
            add("line");
        for (auto at = of_.place; at != shell::none; at = in_.places[at].outer)
            add(name_of(in_.places[at]));
    }

    void add_options() {
        for (auto const& each : in_.options_of(of_))
            to_.push_back({each.name, each.twin, each.value, each.has_value});
    }

    /// Variables assigned before it, and those set by itself or its wrappers.
    void add_variables() {
        add_variables_of(of_);
        if (of_.via.count == 0)
            return;
        auto at = static_cast<std::size_t>(&of_ - in_.commands.data());
        for (; at != 0 && in_.commands[at - 1].wrapper && in_.commands[at - 1].begin == of_.begin; --at)
            add_variables_of(in_.commands[at - 1]);
    }

    void add_effects(std::initializer_list<effect_kind> kinds) {
        for (auto const& each : in_.effects_of(of_))
            if (std::ranges::find(kinds, each.kind) != kinds.end() && !(memory_.own_effects && is_of_next(each)))
                add(each.target);
    }

    /// The text without the line break at its end, and each of its lines.
    void add_text_and_lines(std::string_view text) {
        while (text.ends_with('\n'))
            text.remove_suffix(1);
        if (text.empty())
            return;
        add(text);
        if (text.find('\n') == std::string_view::npos)
            return;
        for (std::size_t at = 0; at <= text.size();) {
            auto const end = std::min(text.find('\n', at), text.size());
            if (end != at)
                add(text.substr(at, end - at));
            at = end + 1;
        }
    }

    void add_data() {
        auto const before = to_.size();
        add_text_and_lines(of_.input);
        add_text_and_lines(of_.output);
        if (to_.size() == before && of_.fed)
            add({});
    }

    void add_text() {
        add(of_.text);
        if (auto const typed = typed_text(of_, in_, memory_.line); !typed.empty())
            add(typed);
        for (auto const& each : in_.redirects_of(of_))
            if (each.sign.starts_with("<<"))
                add(each.target);
    }

    void add_files() {
        memory_.paths.clear();
        in_.add_named_paths(of_, memory_.paths);
        add_all(memory_.paths);
    }

private:
    bool is_of_next(shell::effect const& effect) const {
        auto const next = static_cast<std::size_t>(&of_ - in_.commands.data()) + 1;
        return next < in_.commands.size() &&
            std::ranges::any_of(in_.effects_of(in_.commands[next]), [&](auto const& each) {
                   return each.kind == effect.kind && each.target == effect.target;
               });
    }

    void add_variables_of(shell::command const& command) {
        for (auto const& each : in_.sets_of(command))
            to_.push_back({each.name, {}, each.value, true});
    }

    shell::command const& of_;
    shell::reading& in_;
    command_memory& memory_;
    std::vector<value_element>& to_;
};

} // namespace

std::string_view name_of(shell::place const& of) {
    switch (of.what) {
    case shell::place::kind::loop:
        return "loop";
    case shell::place::kind::function:
        return "function";
    case shell::place::kind::hook:
        return "hook";
    case shell::place::kind::decoded:
        return "decoded";
    case shell::place::kind::substitution:
        break;
    }
    return of.program.empty() ? "assignment" : of.program;
}

namespace {

void collect(key wanted, shell::command const& of, shell::reading const& in, command_memory const& memory,
             collection& values) {
    switch (wanted) {
    case key::program:
        if (of.program.empty())
            return;
        values.add(of.program);
        if (of.family != of.program)
            values.add(of.family);
        return;
    case key::via:
        return values.add_all(in.via(of));
    case key::place:
        return values.add_places();
    case key::reading:
        values.add(to_string(of.from));
        if (in.truncated || memory.truncated)
            values.add("truncated");
        return;
    case key::subcommand:
    case key::operands:
        return values.add_all(in.operands(of));
    case key::arguments:
        return values.add_all(in.arguments(of));
    case key::option:
        return values.add_options();
    case key::sets:
        return values.add_variables();
    case key::reads:
        return values.add_effects({effect_kind::reads});
    case key::writes:
        return values.add_effects({effect_kind::writes, effect_kind::appends, effect_kind::empties});
    case key::appends:
        return values.add_effects({effect_kind::appends});
    case key::empties:
        return values.add_effects({effect_kind::empties});
    case key::deletes:
        return values.add_effects({effect_kind::deletes});
    case key::makes_executable:
        return values.add_effects({effect_kind::makes_executable});
    case key::runs:
        return values.add_effects({effect_kind::runs});
    case key::fetches:
        return values.add_effects({effect_kind::fetches});
    case key::sends:
        return values.add_effects({effect_kind::sends});
    case key::connects:
        return values.add_effects({effect_kind::connects});
    case key::operand:
        return values.add_words(in.operands(of));
    case key::argument:
        return values.add_words(in.arguments(of));
    case key::file:
        return values.add_files();
    case key::data:
        return values.add_data();
    case key::text:
        return values.add_text();
    case key::piped_to:
    case key::piped_from:
        break;
    }
}

} // namespace

std::span<value_element const> elements_of(key wanted, shell::command const& of, shell::reading& in,
                                           command_memory& memory) {
    return memory.elements.of(wanted, of, memory.own_effects, in, [&](std::vector<value_element>& to) {
        collection values(of, in, memory, to);
        collect(wanted, of, in, memory, values);
    });
}

} // namespace rulehost
