#include "shell/text/glob.hpp"
#include "shell/text/letters.hpp"
#include "shell/text/limits.hpp"
#include "shell/text/marked_text.hpp"
#include "shell/text/paths.hpp"
#include "shell/walk/sink_holder.hpp"
#include "shell/walk/walker.hpp"

#include <algorithm>

namespace rulehost::shell {

void walker::assign(raw_word const& it, bool lasts, context const& around) {
    auto const name = it.typed.substr(0, it.name_size);
    std::string_view value;
    if (it.plain) {
        value = it.typed.substr(it.name_size + (it.appends ? 2U : 1U));
    } else {
        building made;
        made.how = building::mode::assignment;
        made.start = build_.size();
        expand_parts(it.parts, made, around);
        // The name precedes the value as typed, unless a subscript was resolved.
        auto const all = std::string_view(build_).substr(made.start);
        auto skip = static_cast<std::size_t>(it.name_size) + (it.appends ? 2U : 1U);
        if (name.ends_with(']')) {
            auto const end = all.find("]=");
            skip = end == std::string_view::npos ? all.size() : end + 2;
        }
        value = copied(all.substr(std::min(skip, all.size())));
        build_.resize(made.start);
    }
    assigned_.push_back({name, value});
    if (!lasts)
        return;
    auto const bracket = name.find('[');
    if (bracket != std::string_view::npos)
        return;
    if (it.appends) {
        if (auto const* const known = variables_.find(name); known != nullptr && known->is_set) {
            auto const before = known->value;
            if (before.size() + value.size() > limits::max_text || !budget_.spend_copy(before.size()))
                return;
            auto const is_array = known->is_array;
            value = arena_->join(is_array ? arena_->join(before, "\x1f") : before, value);
            variables_.set(name, value, is_array);
            return;
        }
    }
    variables_.set(name, value, value.find(variables::separator) != std::string_view::npos);
}

bool walker::expand_alias(node const& it, context const& around) {
    auto const first = tree_.words[it.words];
    if (!first.plain || first.name_size != 0)
        return false;
    for (auto i = aliases_.size(); i-- > 0;) {
        auto const known = aliases_[i];
        if (known.name != first.typed)
            continue;
        // The alias applies from the next line on.
        auto const* const here = first.typed.data();
        auto const in_source = [this](char const* at) {
            return at >= source_.data() && at < source_.data() + source_.size();
        };
        if (in_source(here) && in_source(known.where) && known.where < here &&
            std::find(known.where, here, '\n') == here)
            return false;
        auto rest = it.after.data() == nullptr ? std::string_view() : it.after;
        if (!budget_.spend(known.value.size() + rest.size()))
            return false;
        auto text = arena_->join(known.value, rest.empty() || known.value.ends_with(' ') ? "" : " ");
        while (known.value.ends_with(' ') && (rest.starts_with(' ') || rest.starts_with('\t')))
            rest.remove_prefix(1);
        if (known.value.ends_with(' ')) { // the next word may be an alias too
            auto const end = std::min(rest.find_first_of(" \t"), rest.size());
            for (auto const& other : aliases_) {
                if (other.name == rest.substr(0, end)) {
                    rest = arena_->join(other.value, rest.substr(end));
                    break;
                }
            }
        }
        text = arena_->join(text, rest);
        auto const kept = aliases_[i];
        std::rotate(aliases_.begin() + i, aliases_.begin() + i + 1, aliases_.end());
        aliases_.pop_back(); // an alias does not expand to itself
        walk_text(text, around);
        aliases_.push_back(kept);
        return true;
    }
    return false;
}

void walker::read_redirects(index first, context& inner, redirected& made) {
    made.in = *inner.in;
    made.first_target = targets_.size();
    for (auto at = first; at != none; at = tree_.redirects[at].next) {
        auto const it = tree_.redirects[at];
        redirect target{it.sign, {}, it.descriptor};
        if (it.here && it.body.data() >= line_.data() && it.body.data() <= line_.data() + line_.size())
            budget_.reach(static_cast<std::size_t>(it.body.data() - line_.data()) + it.body.size());
        if (it.here)
            target.target = it.parts == none ? it.body : parts_text(it.parts, building::mode::text, inner);
        else if (it.word != none)
            target.target = expand_text(it.word, building::mode::text, inner);
        if (targets_.size() - made.first_target < limits::max_inherited * 4)
            targets_.push_back(target);
        auto const plain = plain_text(target.target, false, *arena_);
        auto const sign = it.sign;
        if (sign.front() == '<' && it.descriptor <= 0) {
            made.in.fed = true;
            if (it.here || same(sign, "<<<")) {
                made.in.known = true;
                made.in.text = same(sign, "<<<") ? arena_->join(plain, "\n") : plain;
                inner.in = &made.in;
            } else if (!same(sign, "<&")) {
                auto const* const known = find_file(joined_path(directory_, plain, *arena_));
                made.in.known = known != nullptr && known->known;
                made.in.text = made.in.known ? known->text : std::string_view();
                inner.in = &made.in;
            }
        } else if (sign.front() != '<' && (it.descriptor == -1 || it.descriptor == 1)) {
            if (plain == "/dev/stdout" || plain == "/dev/fd/1" || (same(sign, ">&") && (plain == "1")))
                continue;
            made.path = same(sign, ">&") && (plain == "2" || plain == "-") ? "/dev/null"
                                                                           : joined_path(directory_, plain, *arena_);
            made.appends = same(sign, ">>") || same(sign, "&>>");
            if (made.out == nullptr)
                made.out = &take_sink();
            inner.out = made.out;
        }
    }
    inner.redirects = redirects_from(made.first_target, inner.redirects, false);
    // The other reading of the command lists them again.
}

void walker::finish_redirects(redirected& made) {
    targets_.shrink(made.first_target);
    if (made.out == nullptr)
        return;
    if (!made.path.empty())
        keep_file(made.path, arena_->copy(made.out->text), made.out->known, made.appends);
    --sinks_used_;
}

/// Released in reverse order. Their memory is kept for the next use.
walker::sink& walker::take_sink() {
    if (sinks_used_ == sinks_.size())
        sinks_.emplace_back();
    auto& it = sinks_[sinks_used_++];
    it.text.clear();
    it.known = true;
    return it;
}

void walker::run_deferred(std::size_t from, context const& around) {
    while (deferred_.size() > from) {
        auto const it = deferred_.back();
        deferred_.pop_back();
        if (it.node == none)
            continue;
        auto inner = around;
        stream input{true, false, {}};
        if (auto const* const known = find_file(it.name)) {
            input.known = known->known;
            input.text = known->text;
        }
        inner.in = &input;
        inner.redirects = {};
        walk(it.node, inner);
    }
}

/// Steps of comparing a pattern with the known programs.
constexpr std::size_t glob_steps = 512;

/// The files that match a pattern are unknown; if exactly one known path matches, the operand has that path as
/// another reading.
void walker::find_known_path(field& it, bool is_first) {
    if (is_first || !it.glob || it.quoted || it.marked || !it.text.starts_with('/') || !budget_.spend(glob_steps))
        return;
    it.known = known_path(it.text);
}

range walker::render(std::size_t first_field, bool kept) {
    range made{static_cast<index>(out_->words.size()), 0};
    for (auto i = first_field; i < fields_.size(); ++i) {
        auto const& it = fields_[i];
        auto text = it.text;
        if (it.marked) {
            text = plain_text(text, kept, *arena_);
            if (text.empty() && !it.quoted)
                continue;
        }
        if (made.count == 0 && it.glob && !it.quoted && budget_.spend(glob_steps)) {
            if (auto const known = known_program(text); !known.empty())
                text = known;
        } else if (!kept && !it.known.empty()) {
            text = it.known;
        }
        out_->words.push_back(text);
        ++made.count;
    }
    return made;
}

range walker::sets_from(std::size_t first, bool kept) {
    range made{static_cast<index>(out_->sets.size()), static_cast<index>(assigned_.size() - first)};
    for (auto i = first; i < assigned_.size(); ++i)
        out_->sets.push_back({assigned_[i].name, plain_text(assigned_[i].value, kept, *arena_)});
    return made;
}

range walker::redirects_from(std::size_t first, range inherited, bool kept) {
    if (first == targets_.size())
        return inherited;
    range made{static_cast<index>(out_->redirects.size()), 0};
    inherited.count = std::min<index>(inherited.count, limits::max_inherited);
    for (index i = 0; i < inherited.count; ++i)
        out_->redirects.push_back(out_->redirects[inherited.first + i]);
    for (auto i = first; i < targets_.size(); ++i) {
        auto it = targets_[i];
        it.target = plain_text(it.target, kept, *arena_);
        out_->redirects.push_back(it);
    }
    made.count = static_cast<index>(out_->redirects.size()) - made.first;
    return made;
}

void walker::walk_simple(index which, context const& outer) {
    auto const& node = tree_.nodes[which];
    if (again_ != 0 && !(budget_.spend_command() && budget_.spend_copy(node.text.size())))
        return;
    if (node.text.data() >= line_.data() && node.text.data() <= line_.data() + line_.size() && outer.depth == 0) {
        begin_ = place_in_line(node.text.data());
        end_ = node.text.empty() ? begin_ : place_in_line(node.text.data() + node.text.size() - 1) + 1;
        budget_.reach(static_cast<std::size_t>(node.text.data() - line_.data()) + node.text.size());
    }
    if (!aliases_.empty() && node.words != none && expand_alias(shell::node(node), outer))
        return;
    if (node.plain) {
        call made;
        made.words.first = static_cast<index>(out_->words.size());
        for (auto at = node.words; at != none; at = tree_.words[at].next)
            out_->words.push_back(tree_.words[at].typed);
        made.words.count = static_cast<index>(out_->words.size()) - made.words.first;
        made.redirects = outer.redirects;
        made.from = outer.decodings > 0 ? source::decoded : source::typed;
        made.text = node.text;
        made.end = node.text.data() + node.text.size();
        run(made, outer);
        return;
    }
    auto const it = node; // a copy: nested texts make the tree grow
    auto const first_field = fields_.size();
    auto const first_assigned = assigned_.size();
    auto const first_substitution = substitutions_.size();
    auto const first_deferred = deferred_.size();
    auto const begin = begin_;
    auto const end = end_;

    bool has_program = false;
    for (auto at = it.words; at != none && !has_program; at = tree_.words[at].next)
        has_program = tree_.words[at].name_size == 0;
    bool as_typed = true;
    bool two_readings = false;
    for (auto at = it.words; at != none; at = tree_.words[at].next) {
        if (tree_.words[at].name_size != 0) {
            as_typed = as_typed && tree_.words[at].plain;
            assign(raw_word(tree_.words[at]), !has_program, outer);
            two_readings = two_readings || has_two_readings(assigned_.back().value);
        } else {
            expand(at, building::mode::words, outer);
        }
    }
    bool unknown = false;
    for (auto i = first_field; i < fields_.size(); ++i) {
        find_known_path(fields_[i], i == first_field);
        two_readings = two_readings || !fields_[i].known.empty();
        unknown = unknown || (fields_[i].marked && fields_[i].text.find('\1') != std::string_view::npos);
        as_typed = as_typed && fields_[i].as_typed;
        two_readings = two_readings || (fields_[i].marked && has_two_readings(fields_[i].text));
    }
    auto around = outer;
    redirected streams;
    streams.first_target = targets_.size();
    if (it.redirects != none) {
        read_redirects(it.redirects, around, streams);
        for (auto i = streams.first_target; i < targets_.size(); ++i) {
            auto const& target = targets_[i];
            as_typed = as_typed && !same(target.sign, "<<") && !same(target.sign, "<<-") && !is_marked(target.target);
            two_readings = two_readings || has_two_readings(target.target);
        }
    }
    begin_ = begin;
    end_ = end;
    call made;
    made.unknown = unknown;
    made.sets = sets_from(first_assigned, false);
    made.redirects = around.redirects;
    if (two_readings) {
        auto kept = made;
        kept.sets = sets_from(first_assigned, true);
        kept.redirects = redirects_from(streams.first_target, outer.redirects, true);
        kept.words = render(first_field, true);
        kept.from = source::kept;
        kept.shallow = true;
        auto silent = around;
        silent.out = nullptr;
        run(kept, silent);
    }
    made.words = render(first_field, false);
    made.from = outer.decodings > 0 ? source::decoded : as_typed ? source::typed : source::unfolded;
    if (as_typed) {
        made.text = it.text;
        made.end = it.text.data() + it.text.size();
    }
    auto const first_command = out_->commands.size();
    run(made, around);

    if (substitutions_.size() != first_substitution) {
        // The words of a wrapper belong to the command that it runs, except for text, as of eval.
        std::string_view program;
        for (auto i = first_command; i < out_->commands.size() && program.empty(); ++i) {
            auto const& words = out_->commands[i].arguments;
            auto const runs_words = i + 1 < out_->commands.size() && words.count != 0 &&
                out_->commands[i + 1].arguments.first > words.first &&
                out_->commands[i + 1].arguments.first <= words.first + words.count;
            if (!out_->commands[i].wrapper || !runs_words)
                program = out_->commands[i].program;
        }
        for (auto i = first_substitution; i < substitutions_.size(); ++i)
            out_->places[substitutions_[i]].program = program;
        substitutions_.shrink(first_substitution);
    }
    if (it.redirects != none)
        finish_redirects(streams);
    run_deferred(first_deferred, outer);
    if (!has_program)
        for (auto i = first_assigned; i < assigned_.size(); ++i)
            if (assigned_[i].name == "PROMPT_COMMAND" && !is_marked(assigned_[i].value)) {
                auto inner = outer;
                inner.place = enter(place::kind::hook, {}, outer.place);
                auto const text = assigned_[i].value;
                walk_text(text, inner);
            }
    fields_.shrink(first_field);
    assigned_.shrink(first_assigned);
}

} // namespace rulehost::shell
