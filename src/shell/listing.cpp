#include "shell/options.hpp"
#include "shell/paths.hpp"
#include "shell/walker.hpp"

#include <algorithm>

namespace rulehost::shell {

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
    describe(listed, made);
    listed.effects.first = static_cast<index>(out_->effects.size());
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
    // Operands are added to the pool that the arguments are read from.
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
    if (all_operands) { // then the arguments serve
        out_->words.resize(listed.operands.first);
        listed.operands = listed.arguments;
    }
}

/// The text of the command: as it stands in the line, or put together.
void walker::describe(command& listed, call const& made) {
    if (made.text.data() != nullptr) {
        listed.text = made.text;
        return;
    }
    auto const start = build_.size();
    auto const blank = [&] {
        if (build_.size() != start)
            build_ += ' ';
    };
    for (auto const& each : out_->sets_of(listed)) {
        blank();
        build_ += each.name;
        build_ += '=';
        build_ += each.value;
    }
    for (index i = 0; i < made.words.count; ++i) {
        blank();
        build_ += word(made, i);
    }
    for (auto const& each : out_->redirects_of(listed)) {
        blank();
        if (each.descriptor >= 0)
            build_ += static_cast<char>('0' + each.descriptor % 10);
        build_ += each.sign;
        build_ += each.target;
    }
    listed.text = arena_->copy(std::string_view(build_).substr(start));
    build_.resize(start);
}

} // namespace rulehost::shell
