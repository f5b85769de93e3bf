#include "shell/programs/options.hpp"
#include "shell/text/letters.hpp"
#include "shell/text/paths.hpp"
#include "shell/walk/walker.hpp"

#include <algorithm>
#include <span>

namespace rulehost::shell {

namespace {

bool sets_variables(std::string_view program) {
    return same(program, "export") || same(program, "declare") || same(program, "typeset") ||
        same(program, "readonly") || same(program, "local") || same(program, "env") || same(program, "sudo") ||
        same(program, "doas");
}

} // namespace

/// Adds the variables that the words of the command set to its assignments.
void walker::add_own_sets(command& listed) {
    auto const before = listed.sets;
    listed.sets.first = static_cast<index>(out_->sets.size());
    for (index i = 0; i < before.count; ++i)
        out_->sets.push_back(out_->sets[before.first + i]);
    for (auto const each : out_->operands(listed)) {
        auto const sign = each.find('=');
        if (sign == std::string_view::npos && listed.wrapper)
            break; // here the command that it runs begins
        if (sign == std::string_view::npos || !starts_name(each.front()))
            continue;
        auto const appends = each[sign - 1] == '+';
        out_->sets.push_back({each.substr(0, appends ? sign - 1 : sign), each.substr(sign + 1)});
    }
    listed.sets.count = static_cast<index>(out_->sets.size()) - listed.sets.first;
}

/// Adds the command to the list, with its options, operands and effects.
index walker::list_command(call const& made, context const& around, program_entry const* entry, bool wrapper) {
    auto const place = static_cast<index>(out_->commands.size());
    auto& listed = out_->commands.emplace_back();
    if (made.words.count != 0) {
        auto const typed = word(made, 0);
        listed.program = typed.starts_with('$') || typed.starts_with('`') ? typed : base_name(typed);
        if (listed.program.size() != typed.size()) {
            listed.path = typed;
            if (listed.program.empty())
                listed.program = typed;
        }
        listed.family = entry != nullptr ? std::string_view(entry->name) : listed.program;
        listed.arguments = {made.words.first + 1, made.words.count - 1};
    }
    listed.via = around.via;
    listed.redirects = made.redirects;
    listed.sets = made.sets;
    listed.place = around.place;
    listed.stage = around.stage;
    listed.directory = directory_;
    listed.begin = begin_;
    listed.end = end_;
    listed.from = around.decodings > 0 ? source::decoded : made.from;
    listed.wrapper = wrapper;
    listed.fed = around.in->fed || around.in->known;
    if (listed.stage != none && !listed.fed)
        for (auto at = listed.stage; at != none; at = out_->stages[at].outer)
            listed.fed = listed.fed || out_->stages[at].number > 0;
    if (around.in->known)
        listed.input = around.in->text;
    add_options(listed, entry != nullptr ? entry : &unknown_program());
    if (made.text.data() != nullptr)
        listed.text = made.text;
    else
        describe(listed, made);
    if (entry != nullptr && sets_variables(listed.program))
        add_own_sets(listed);
    listed.effects.first = static_cast<index>(out_->effects.size());
    if (listed.redirects.count != 0)
        add_redirect_effects(listed);
    if (listed.arguments.count != 0 || listed.path.size() != 0)
        add_effects(listed, entry);
    listed.effects.count = static_cast<index>(out_->effects.size()) - listed.effects.first;
    return place;
}

void walker::add_options(command& listed, program_entry const* entry) {
    listed.options.first = static_cast<index>(out_->options.size());
    listed.operands.first = static_cast<index>(out_->words.size());
    auto const count = listed.arguments.count;
    // Appending operands may move the pool that holds the arguments.
    auto const first = listed.arguments.first;
    bool options = true;
    bool all_operands = true;
    for (index i = 0; i < count;) {
        auto const text = out_->words[first + i];
        if (!options || text.size() < 2 || text.front() != '-') {
            if (entry->bundled && i == 0 && !text.empty() && text.front() != '-') {
                for (auto const c : text)
                    out_->options.push_back({short_option(c), {}, {}, false});
                all_operands = false;
                ++i;
                // The values follow in the order of their letters: `tar xfC a.tar /`.
                for (auto at = out_->options.size() - text.size(); at < out_->options.size() && i < count; ++at) {
                    auto& it = out_->options[at];
                    auto const* const rule = entry->find(it.name);
                    if (rule != nullptr)
                        it.twin = rule->twin;
                    if (rule != nullptr && rule->takes) {
                        it.value = out_->words[first + i++];
                        it.has_value = true;
                    }
                }
                continue;
            }
            if (entry->options_first)
                options = false;
            out_->words.push_back(text);
            ++i;
            continue;
        }
        all_operands = false;
        if (text == "--") {
            options = false;
            ++i;
            continue;
        }
        std::span<std::string_view const> const words{out_->words.data() + first, count};
        i += static_cast<index>(read_option(*entry, words, i, &out_->options));
    }
    listed.options.count = static_cast<index>(out_->options.size()) - listed.options.first;
    listed.operands.count = static_cast<index>(out_->words.size()) - listed.operands.first;
    if (all_operands) { // shares the range of the arguments
        out_->words.shrink(listed.operands.first);
        listed.operands = listed.arguments;
    }
}

/// Builds the text of the command.
void walker::describe(command& listed, call const& made) {
    auto const sets = out_->sets_of(listed);
    auto const redirects = out_->redirects_of(listed);
    std::span<std::string_view const> const words{out_->words.data() + made.words.first, made.words.count};
    std::size_t size = 0;
    for (auto const& each : sets)
        size += each.name.size() + each.value.size() + 2;
    for (auto const each : words)
        size += each.size() + 1;
    for (auto const& each : redirects)
        size += each.sign.size() + each.target.size() + 2;
    auto* const start = arena_->take(size);
    auto* at = start;
    auto const put = [&at](std::string_view text) { at += text.copy(at, text.size()); };
    auto const blank = [&] {
        if (at != start)
            *at++ = ' ';
    };
    for (auto const& each : sets) {
        blank();
        put(each.name);
        *at++ = '=';
        put(each.value);
    }
    for (auto const each : words) {
        blank();
        put(each);
    }
    for (auto const& each : redirects) {
        blank();
        if (each.descriptor >= 0)
            *at++ = static_cast<char>('0' + each.descriptor % 10);
        put(each.sign);
        put(each.target);
    }
    listed.text = {start, static_cast<std::size_t>(at - start)};
}

} // namespace rulehost::shell
