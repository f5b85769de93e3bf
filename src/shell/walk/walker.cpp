#include "shell/walk/walker.hpp"

#include "shell/text/letters.hpp"
#include "shell/text/limits.hpp"
#include "shell/text/marked_text.hpp"
#include "shell/walk/sink_holder.hpp"
#include "shell/walk/started_shell.hpp"

#include <algorithm>
#include <span>

namespace rulehost::shell {

namespace {

bool is_number(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return is(c, letter_digit); });
}

} // namespace

walker::walker(program_table const& programs) : programs_(&programs) {}

std::size_t walker::read(std::string_view line, std::size_t from, reading& out) {
    out.clear();
    out_ = &out;
    arena_ = &out.arena;
    tree_.clear();
    variables_.clear();
    functions_.clear();
    aliases_.clear();
    files_.clear();
    given_.clear();
    fields_.clear();
    spread_.clear();
    targets_.clear();
    assigned_.clear();
    substitutions_.clear();
    deferred_.clear();
    build_.clear();
    dropped_.clear();
    sinks_used_ = 0;
    line_given_ = {};
    directory_ = {};
    budget_.start(from != 0);
    again_ = 0;
    trimmed_.clear();
    from_ = from;
    begin_ = end_ = static_cast<std::uint32_t>(from);

    auto const all = line.substr(from, limits::max_line);
    line_ = cleaned(all, true);
    source_ = line_;
    parser_.start(line_, *arena_, out.comments);
    stream terminal;
    context top;
    top.in = &terminal;
    top.given = &line_given_;
    while (!parser_.is_done()) {
        if (run_shell_escape(top))
            continue;
        auto const node = parser_.line();
        if (node != none)
            walk(node, top);
        walk_leftovers(top);
        if (functions_.empty())
            tree_.clear(); // keeps the memory for a long text within the cache of the processor
        if (out.commands.size() >= limits::max_commands || out.words.size() >= limits::max_words ||
            tree_.words.size() >= limits::max_words || tree_.parts.size() >= limits::max_parts)
            break;
    }
    walk_functions(top);
    out.truncated = out.truncated || budget_.was_exceeded();
    return parser_.is_done() ? from + all.size() : std::max<std::size_t>(place_in_line(parser_.place()), from + 1);
}

/// A line for the interactive program of the line in front: `less f`, then `!id`.
bool walker::run_shell_escape(context const& around) {
    if (out_->commands.empty())
        return false;
    auto const& last = out_->commands.back();
    auto const* const entry = programs_->find(last.family);
    if (entry == nullptr || !entry->asks)
        return false;
    auto const text = behind_shell_escape(parser_.rest_of_line());
    if (text.empty())
        return false;
    parser_.skip_line();
    begin_ = place_in_line(text.data());
    end_ = begin_ + static_cast<std::uint32_t>(text.size());
    auto inner = around;
    run_text(text, entry->name, inner);
    return true;
}

walker::subshell_scope walker::enter_subshell() {
    return {variables_.enter(), directory_, functions_.size()};
}

void walker::leave_subshell(subshell_scope const& made) {
    variables_.leave(made.values);
    directory_ = made.directory;
    for (auto i = made.functions; i < functions_.size(); ++i)
        functions_[i].is_gone = true; // only it can call itself; its commands are listed at the end
}

index walker::enter(place::kind what, std::string_view program, index outer) {
    out_->places.push_back({what, program, outer});
    return static_cast<index>(out_->places.size() - 1);
}

void walker::walk_children(index first, context const& around) {
    bool moved = false; // by commands joined to this one with && and ||
    for (auto at = first; at != none; at = tree_.nodes[at].next) {
        auto const conditional = tree_.nodes[at].conditional;
        auto const alternative = tree_.nodes[at].alternative;
        auto const before = directory_;
        walk(at, around);
        if (alternative && moved)
            directory_ = before; // `cd A || cd B` tries B only if there is no A
        moved = (conditional && moved) || directory_ != before;
    }
}

void walker::walk(index which, context const& outer) {
    if (tree_.nodes[which].what == node::kind::simple) {
        walk_simple(which, outer);
        return;
    }
    auto const it = tree_.nodes[which];
    if (it.what == node::kind::function) {
        define_function(which, outer);
        return;
    }
    if (it.what == node::kind::list || (it.what == node::kind::group && it.redirects == none)) {
        walk_children(it.child, outer);
        return;
    }
    if (it.what == node::kind::pipeline) {
        walk_pipeline(which, outer);
        return;
    }
    if (it.what == node::kind::subshell && it.redirects == none) {
        auto const scope = enter_subshell();
        walk_children(it.child, outer);
        leave_subshell(scope);
        return;
    }
    auto around = outer;
    around.conditional = around.conditional || it.what == node::kind::condition || it.what == node::kind::choice ||
        it.what == node::kind::loop || it.what == node::kind::each;
    redirected streams;
    auto const first_deferred = deferred_.size();
    if (it.redirects != none)
        read_redirects(it.redirects, around, streams);
    switch (it.what) {
    case node::kind::subshell: {
        auto const scope = enter_subshell();
        walk_children(it.child, around);
        leave_subshell(scope);
        break;
    }
    case node::kind::loop:
        walk_loop(which, around);
        break;
    case node::kind::each:
        walk_each(which, around);
        break;
    case node::kind::counted:
        walk_counted(which, around);
        break;
    case node::kind::choice:
        if (it.words != none)
            expand_text(it.words, building::mode::text, around);
        walk_children(it.child, around);
        break;
    case node::kind::expression: {
        auto const before = fields_.size();
        expand_list(it.words, around);
        fields_.shrink(before);
        parts_text(it.parts, building::mode::text, around);
        break;
    }
    default:
        walk_children(it.child, around);
        break;
    }
    if (it.redirects != none)
        finish_redirects(streams);
    run_deferred(first_deferred, outer);
}

void walker::walk_pipeline(index which, context const& around) {
    auto const first = tree_.nodes[which].child;
    auto const number = static_cast<index>(out_->stages.size());
    stream input = *around.in;
    index count = 0;
    for (auto at = first; at != none; ++count) {
        auto const next = tree_.nodes[at].next;
        auto inner = around;
        inner.stage = static_cast<index>(out_->stages.size());
        out_->stages.push_back({number, count, around.stage});
        inner.in = &input;
        auto const scope = enter_subshell();
        if (next == none) {
            walk(at, inner);
            leave_subshell(scope);
            break;
        }
        sink_holder caught(*this);
        inner.out = &*caught;
        walk(at, inner);
        leave_subshell(scope);
        auto const known = caught->known && budget_.spend_copy(caught->text.size());
        input = {true, known, known ? arena_->copy(caught->text) : std::string_view()};
        at = next;
    }
}

void walker::walk_loop(index which, context const& outer) {
    auto around = outer;
    around.place = enter(place::kind::loop, {}, outer.place);
    auto const condition = tree_.nodes[which].child;
    if (condition == none)
        return;
    auto const body = tree_.nodes[condition].next;
    for (std::size_t round = 0; round < limits::max_rounds; ++round) {
        auto const before = around.in->text.size();
        again_ += round == 1 ? 1 : 0;
        walk(condition, around);
        auto const reads = around.in->known && around.in->text.size() < before;
        walk_children(body, around);
        if (!reads || around.in->text.empty() || !budget_.spend_command()) {
            again_ -= round == 0 ? 0 : 1;
            return;
        }
    }
    --again_;
}

void walker::walk_each(index which, context const& outer) {
    auto const it = tree_.nodes[which];
    auto const first = fields_.size();
    if (it.given_words)
        expand_list(it.words, outer);
    else
        for (index i = 1; i < outer.given->count; ++i)
            fields_.push_back({.text = given_[outer.given->first + i], .quoted = true});
    auto around = outer;
    around.place = enter(place::kind::loop, {}, outer.place);
    auto const last = fields_.size();
    if (first == last) {
        auto const typed = arena_->join("$", it.text);
        auto const start = build_.size();
        append_unknown(build_, typed);
        variables_.set(it.text, arena_->copy(std::string_view(build_).substr(start)));
        build_.resize(start);
        walk_children(it.child, around);
    }
    for (auto i = first; i < last; ++i) {
        if (i != first && (i - first >= limits::max_rounds || !budget_.spend_command())) {
            // Further numbers of a count add nothing new.
            auto const left = std::span(fields_).subspan(i, last - i);
            out_->truncated = out_->truncated || !std::ranges::all_of(left, is_number, &field::text);
            break;
        }
        variables_.set(it.text, fields_[i].text);
        again_ += i == first ? 0 : 1;
        walk_children(it.child, around);
        again_ -= i == first ? 0 : 1;
    }
    fields_.shrink(first);
}

void walker::walk_counted(index which, context const& outer) {
    auto const it = tree_.nodes[which];
    auto around = outer;
    around.place = enter(place::kind::loop, {}, outer.place);
    index expressions[3]{none, none, none};
    auto at = it.words;
    for (auto& each : expressions) {
        each = at;
        at = at == none ? none : tree_.words[at].next;
    }
    auto const value = [&](index expression) -> std::optional<std::int64_t> {
        if (expression == none)
            return {};
        auto const word = tree_.words[expression];
        return arithmetic(word.plain ? word.typed : parts_text(word.parts, building::mode::text, around));
    };
    value(expressions[0]);
    auto holds = value(expressions[1]);
    for (std::size_t round = 0; round < limits::max_rounds; ++round) {
        again_ += round == 0 ? 0 : 1;
        walk_children(it.child, around);
        again_ -= round == 0 ? 0 : 1;
        value(expressions[2]);
        holds = value(expressions[1]);
        if (!holds || *holds == 0 || !budget_.spend_command())
            break;
    }
}

void walker::define_function(index which, context const& around) {
    auto const it = tree_.nodes[which];
    function made{.name = it.text, .body = it.child, .conditional = it.conditional || around.conditional};
    if (functions_.size() < 64) {
        functions_.push_back(made);
        return;
    }
    auto inner = around;
    inner.place = enter(place::kind::function, it.text, around.place);
    inner.unknown_given = true;
    walk_children(it.child, inner);
}

void walker::call_function(std::size_t which, call const& made, context const& around) {
    auto const again = functions_[which].called;
    if (functions_[which].active || (again && !budget_.spend_command()))
        return;
    functions_[which].called = functions_[which].active = true;
    range given{static_cast<index>(given_.size()), made.words.count};
    given_.push_back(name_of_shell);
    for (index i = 1; i < made.words.count; ++i)
        given_.push_back(word(made, i));
    auto inner = around;
    inner.place = enter(place::kind::function, functions_[which].name, around.place);
    inner.given = &given;
    inner.unknown_given = false;
    again_ += again ? 1 : 0;
    walk_children(functions_[which].body, inner);
    again_ -= again ? 1 : 0;
    functions_[which].active = false;
}

/// A function that a later line may call.
void walker::walk_functions(context const& around) {
    for (std::size_t i = 0; i < functions_.size(); ++i) {
        if (functions_[i].called || functions_[i].body == none)
            continue;
        functions_[i].active = functions_[i].called = true;
        auto inner = around;
        inner.place = enter(place::kind::function, functions_[i].name, around.place);
        inner.unknown_given = true;
        walk(functions_[i].body, inner);
        functions_[i].active = false;
    }
}

} // namespace rulehost::shell
