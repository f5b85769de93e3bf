#include "shell/syntax/parser.hpp"

#include "shell/text/letters.hpp"
#include "shell/text/limits.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <tuple>

namespace rulehost::shell {

void parser::start(std::string_view text, text_arena& arena, pool<std::string_view>& comments) {
    arena_ = &arena;
    comments_ = &comments;
    at_ = base_ = text.data();
    looked_ = 0;
    end_ = base_end_ = text.data() + text.size();
    no_arithmetic_before_ = nullptr;
    depth_ = 0;
    inside_ = 0;
    pending_.clear();
    first_pending_ = 0;
    leftovers.clear();
}

index parser::line() {
    end_ = base_end_;
    first_node_ = tree_->nodes.size();
    first_word_ = tree_->words.size();
    first_part_ = tree_->parts.size();
    return list(0, true);
}

index parser::nested(std::string_view text) {
    auto const around = enter(text);
    auto const pending = first_pending_;
    auto const counted = std::tuple(first_node_, first_word_, first_part_);
    first_pending_ = pending_.size();
    first_node_ = tree_->nodes.size();
    first_word_ = tree_->words.size();
    first_part_ = tree_->parts.size();
    ++inside_;
    auto const made = list(0);
    if (at_ != end_)
        leftovers.push_back(shell::parser::text(at_, end_));
    --inside_;
    pending_.shrink(first_pending_);
    first_pending_ = pending;
    std::tie(first_node_, first_word_, first_part_) = counted;
    leave(around);
    return made;
}

void parser::stop_here() {
    if (inside_ != 0 && at_ != end_)
        leftovers.push_back(text(at_, end_));
    end_ = at_;
}

bool parser::is_over_limit() const {
    return tree_->nodes.size() - first_node_ >= limits::max_commands / 2 ||
        tree_->words.size() - first_word_ >= limits::max_words / 2 ||
        tree_->parts.size() - first_part_ >= limits::max_parts;
}

void parser::skip_more_blanks() {
    while (at_ != end_ && is(*at_, letter_skipped))
        if (*at_ != '\\')
            ++at_;
        else if (ahead(1) == '\n')
            at_ += 2;
        else
            return;
}

void parser::comment() {
    auto const* const start = at_;
    auto const* const stop = static_cast<char const*>(std::memchr(at_, '\n', static_cast<std::size_t>(end_ - at_)));
    at_ = stop != nullptr ? stop : end_;
    if (comments_->size() < limits::max_commands)
        comments_->push_back(text(start, at_));
}

void parser::newline() {
    ++at_;
    if (pending_.size() != first_pending_)
        read_here_documents();
}

void parser::skip_lines() {
    while (true) {
        skip_blanks();
        if (at_ == end_)
            return;
        if (*at_ == '\n')
            newline();
        else if (*at_ == '#')
            comment();
        else
            return;
    }
}

namespace {

/// The second letters of the reserved words that start with each letter, a bit for each.
constexpr auto second_letters = [] {
    std::array<std::uint32_t, 26> table{};
    for (std::string_view const word : {"case", "coproc", "do", "done", "elif", "else", "esac", "fi", "for", "function",
                                        "if", "in", "select", "then", "time", "until", "while"})
        table[static_cast<std::size_t>(word[0] - 'a')] |= 1U << (word[1] - 'a');
    return table;
}();

} // namespace

bool parser::may_be_reserved() const {
    if (at_ == end_ || !is(*at_, letter_reserved))
        return false;
    if (*at_ < 'a' || *at_ > 'z')
        return true;
    auto const next = ahead(1);
    return next >= 'a' && next <= 'z' &&
        (second_letters[static_cast<std::size_t>(*at_ - 'a')] >> (next - 'a') & 1U) != 0;
}

std::string_view parser::bare_word_at() const {
    auto const* stop = at_;
    while (stop != end_ && stop - at_ < 9 && *stop >= 'a' && *stop <= 'z')
        ++stop;
    if (stop == at_ && stop != end_) {
        if (*stop == '{' || *stop == '}' || *stop == '!')
            ++stop;
        else if (*stop == '[' && ahead(1) == '[')
            stop += 2;
    }
    if (stop == at_ || (stop != end_ && !is(*stop, letter_ends_word)))
        return {};
    return text(at_, stop);
}

unsigned parser::closes(std::string_view word) {
    switch (word.front()) {
    case '}':
        return close_brace;
    case 't':
        return word == "then" ? unsigned{close_then} : 0U;
    case 'e':
        return word == "elif" || word == "else" ? unsigned{close_else} : word == "esac" ? unsigned{close_esac} : 0U;
    case 'f':
        return word == "fi" ? unsigned{close_fi} : 0U;
    case 'd':
        return word == "do" ? unsigned{close_do} : word == "done" ? unsigned{close_done} : 0U;
    default:
        return 0;
    }
}

index parser::make(node::kind what) {
    tree_->nodes.emplace_back().what = what;
    return static_cast<index>(tree_->nodes.size() - 1);
}

void parser::add_child(index parent, index child) {
    if (child == none)
        return;
    auto* place = &tree_->nodes[parent].child;
    while (*place != none)
        place = &tree_->nodes[*place].next;
    *place = child;
}

/// As above, after the child `last`, so that many branches take linear time.
void parser::add_child(index parent, index& last, index child) {
    if (child == none)
        return;
    (last == none ? tree_->nodes[parent].child : tree_->nodes[last].next) = child;
    last = child;
}

index parser::list(unsigned until, bool one_line) {
    index first = none;
    index last = none;
    bool continued = false; // by && or ||, over the end of the line
    bool alternative = false;
    while (true) {
        skip_blanks();
        if (at_end())
            break;
        if (is_over_limit()) {
            stop_here();
            break;
        }
        auto const c = *at_;
        if (c == '#') {
            comment();
            continue;
        }
        if (c == '\n') {
            newline();
            if (one_line && !continued)
                break;
            continue;
        }
        if (c == ';') {
            if (ahead(1) == ';' && (until & close_semicolons) != 0)
                break;
            ++at_;
            continue;
        }
        if (c == '&' && ahead(1) != '>') {
            continued = ahead(1) == '&';
            alternative = false;
            at_ += continued ? 2 : 1;
            continue;
        }
        if (c == '|') {
            continued = true;
            alternative = true;
            ++at_;
            continue;
        }
        if (c == ')') {
            if ((until & close_parenthesis) != 0)
                break;
            ++at_;
            continue;
        }
        if (auto const word = bare_word(); !word.empty()) {
            if (auto const what = closes(word); what != 0) {
                if ((until & what) != 0)
                    break;
                at_ += word.size();
                continue;
            }
        }
        auto const conditional = continued;
        continued = false;
        auto const* const before = at_;
        auto const made = pipeline(until);
        if (at_ == before && !at_end())
            ++at_;
        if (made == none)
            continue;
        tree_->nodes[made].conditional = conditional;
        tree_->nodes[made].alternative = conditional && alternative;
        if (first == none)
            first = made;
        else
            tree_->nodes[last].next = made;
        last = made;
    }
    if (first == none || first == last)
        return first;
    auto const made = make(node::kind::list);
    tree_->nodes[made].child = first;
    return made;
}

index parser::pipeline(unsigned until) {
    auto const first = command(until);
    skip_blanks();
    auto const is_pipe = [this] { return ahead() == '|' && ahead(1) != '|'; };
    if (first == none || !is_pipe())
        return first;
    auto const made = make(node::kind::pipeline);
    tree_->nodes[made].child = first;
    auto last = first;
    while (is_pipe() && !is_over_limit()) {
        at_ += ahead(1) == '&' ? 2 : 1;
        skip_lines();
        if (at_end() || *at_ == ';' || *at_ == ')' || *at_ == '&')
            break;
        if (*at_ == '|')
            continue;
        if (auto const word = bare_word(); !word.empty() && closes(word) != 0)
            break;
        auto const* const before = at_;
        auto const next = command(until);
        if (next != none) {
            tree_->nodes[last].next = next;
            last = next;
        }
        skip_blanks();
        if (at_ == before)
            break;
    }
    return made;
}

index parser::command(unsigned until) {
    if (depth_ >= limits::max_nesting) {
        stop_here();
        return none;
    }
    ++depth_;
    skip_blanks();
    auto const* const before = at_;
    // Most commands do not start with a reserved word.
    auto made = ahead() == '(' || may_be_reserved() ? compound(until) : none;
    if (made == none && (at_ == before || !at_end()))
        made = simple();
    --depth_;
    return made;
}

/// `none`: no compound command starts here.
index parser::compound(unsigned until) {
    while (true) {
        skip_blanks();
        if (at_end())
            return none;
        auto const c = *at_;
        if (c == '(') {
            if (ahead(1) == '(' && is_arithmetic(at_ + 2))
                return expression();
            return subshell(until);
        }
        if (c == '!' && ahead(1) != '\0' && !is(ahead(1), letter_ends_word)) { // `!id`: of the history
            ++at_;
            continue;
        }
        auto const word = bare_word();
        if (word == "!") {
            ++at_;
            continue;
        }
        if (word == "time" || word == "coproc") { // reserved only in front of compound commands
            auto const* const back = at_;
            at_ += word.size();
            skip_blanks();
            if (word == "time" && ahead() == '-' && ahead(1) == 'p' && is_blank(ahead(2)))
                at_ += 2;
            skip_blanks();
            if (auto const next = bare_word(); ahead() == '(' || ahead() == '!' || next == "{" || next == "if" ||
                next == "for" || next == "while" || next == "until" || next == "case")
                continue;
            at_ = back;
            return none;
        }
        if (word.empty()) {
            if (c != '{')
                return none;
            // `{id;}` is no group for a shell, but it is meant as one; `{a,b}` is a word.
            auto const* stop = at_ + 1;
            while (stop != end_ && stop - at_ < 256 && !is(*stop, letter_ends_word) && *stop != '}')
                ++stop;
            if (stop == end_ || *stop == '}' || *stop == '<' || *stop == '>')
                return none;
            auto const inside = text(at_, stop);
            if (inside.find(',') != std::string_view::npos || inside.find("..") != std::string_view::npos)
                return none;
            return group(until);
        }
        return reserved(word, until);
    }
}

index parser::reserved(std::string_view word, unsigned until) {
    auto const here = [&](std::string_view name) {
        if (word != name)
            return false;
        at_ += word.size();
        return true;
    };
    switch (word.front()) {
    case '{':
        return group(until);
    case '[':
        return expression();
    case 'i':
        return here("if") ? condition(until) : none;
    case 'w':
        return here("while") ? loop(until) : none;
    case 'u':
        return here("until") ? loop(until) : none;
    case 's':
        return here("select") ? each(until) : none;
    case 'c':
        return here("case") ? choice(until) : none;
    case 'f':
        if (here("for"))
            return each(until);
        if (here("function")) {
            skip_blanks();
            auto const* const start = at_;
            while (at_ != end_ && !is(*at_, letter_ends_word | letter_quotes))
                ++at_;
            auto const name = text(start, at_);
            skip_blanks();
            if (ahead() == '(' && ahead(1) == ')')
                at_ += 2;
            return function(name, until);
        }
        return none;
    default:
        return none;
    }
}

bool parser::take(std::string_view word) {
    skip_blanks();
    if (bare_word() != word)
        return false;
    at_ += word.size();
    return true;
}

} // namespace rulehost::shell
