#include "regex/python_translator.hpp"

#include "regex/letters.hpp"

#include <algorithm>
#include <string>

namespace rulehost {

pcre_expression python_translator::run() {
    while (at_ < text_.size()) {
        token_ = at_;
        token();
    }
    end_of_atom();
    end_of_alternative(last_alternative);
    if (!groups_.empty())
        fail("missing ), the group is never closed", groups_.back().origin);
    // A search tries every place where a match may begin.
    if (meter_ == metering::callouts && branches_ <= branches_without_callout)
        insert(0, "(?C)");
    announce_branches(0, branches_);
    return {std::move(out_), std::move(origin_)};
}

syntax_tree python_translator::run_for_tree() {
    makes_tree_ = true;
    run();
    return {take_choice(), std::move(obstacle_)};
}

void python_translator::fail(std::string message, std::size_t offset) const {
    throw regex::problem{std::move(message), offset};
}

bool python_translator::accept(std::string_view expected) {
    if (!text_.substr(at_).starts_with(expected))
        return false;
    at_ += expected.size();
    return true;
}

void python_translator::emit(std::string_view text) {
    out_ += text;
    origin_.insert(origin_.end(), text.size(), token_);
}

void python_translator::insert(std::size_t where, std::string_view text) {
    auto const origin = where < origin_.size() ? origin_[where] : token_;
    out_.insert(where, text);
    origin_.insert(origin_.begin() + static_cast<std::ptrdiff_t>(where), text.size(), origin);
}

void python_translator::end_of_atom() {
    if (atom_ != atom::none && !atom_may_be_empty_)
        alternative_.may_be_empty = false;
    if (atom_ == atom::group && chosen_)
        callout(step);
    chosen_ = false;
    atom_ = atom::none;
}

void python_translator::begin_atom(atom kind) {
    end_of_atom();
    if (++atoms_since_callout_ > atoms_between_callouts)
        callout(step);
    atom_begin_ = out_.size();
    atom_ = kind;
    atom_may_be_empty_ = false;
    flags_allowed_ = false;
}

void python_translator::single(std::string_view text, kind_set const& set) {
    begin_atom(atom::single);
    emit(text);
    add_node({.is = syntax_node::type::characters, .set = set});
}

void python_translator::start_of_text(std::string_view text, syntax_node::type asserted) {
    end_of_atom();
    bool const may_stand_further_back = std::ranges::any_of(groups_, &group::looks_behind);
    if (out_.size() == alternative_.begin && !lines_ && !may_stand_further_back)
        alternative_.only_at_start = true;
    position(text, asserted);
}

void python_translator::next_alternative() {
    ++at_;
    end_of_atom();
    if (end_of_alternative(more_alternatives)) {
        ++branches_;
        position("|");
    }
    alternative_ = {.begin = out_.size()};
}

void python_translator::end_of_choice() {
    choice_.may_be_empty = choice_.may_be_empty || alternative_.may_be_empty;
    if (makes_tree_)
        choice_.nodes.push_back({.children = std::move(alternative_.parts)});
}

syntax_node python_translator::take_choice() {
    if (choice_.nodes.size() == 1)
        return std::move(choice_.nodes.front());
    return {.is = syntax_node::type::choice, .children = std::move(choice_.nodes)};
}

bool python_translator::end_of_alternative(which_alternative which) {
    end_of_choice();
    bool const is_only_one = which == last_alternative && branches_ == 1;
    if (where_ == beginning::anywhere || !alternative_.only_at_start || is_only_one)
        return true;
    auto begin = alternative_.begin;
    if (which == last_alternative) {
        --begin; // the | before it
        --branches_;
    }
    out_.resize(begin);
    origin_.resize(begin);
    return false;
}

void python_translator::token() {
    auto const c = text_[at_];
    if (modes_.verbose && is_space(c)) {
        ++at_;
        return;
    }
    if (modes_.verbose && c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
        return;
    }
    switch (c) {
    case '\\':
        return escape();
    case '[':
        return character_class();
    case '(':
        return open();
    case ')':
        return close();
    case '|':
        return next_alternative();
    case '*':
    case '+':
    case '?':
    case '{':
        return quantifier();
    case '^':
        ++at_;
        return start_of_text("^", modes_.lines ? syntax_node::type::line_begins : syntax_node::type::text_begins);
    case '$':
        ++at_;
        return position("$", modes_.lines ? syntax_node::type::line_ends : syntax_node::type::last_line_ends);
    case '.':
        ++at_;
        return any_character();
    default:
        return literal();
    }
}

void python_translator::literal() {
    auto end = at_ + 1;
    while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xc0) == 0x80)
        ++end;
    character(text_.substr(at_, end - at_));
    at_ = end;
}

void python_translator::any_character() {
    auto any = complement({});
    if (!modes_.dot_all)
        any &= ~ascii_kinds('\n', '\n');
    single(".", any);
}

void python_translator::character(std::string_view spelt) {
    class_members itself;
    itself.add(first_character(spelt));
    auto const set = kinds_of(itself);
    if (spells_out_cases()) {
        auto const code = first_character(spelt);
        for (auto const& each : same_to_python)
            if (holds_one_of(code, code, each))
                return single("[" + std::string(each.spelling) + "]", set);
    }
    single(spelt, set);
}

} // namespace rulehost
