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
    if (!groups_.empty()) {
        fail("missing ), the group is never closed", groups_.back().origin);
    }
    // Every place that a match may begin at is tried.
    if (meter_ == metering::callouts && branches_ <= branches_without_callout) {
        insert(0, "(?C)");
    }
    announce_branches(0, branches_);
    return {std::move(out_), std::move(origin_)};
}

void python_translator::fail(std::string message, std::size_t offset) const {
    throw regex::problem{std::move(message), offset};
}

bool python_translator::accept(std::string_view expected) {
    if (!text_.substr(at_).starts_with(expected)) {
        return false;
    }
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
    if (atom_ == atom::group && chosen_) {
        callout(step);
    }
    chosen_ = false;
    atom_ = atom::none;
}

void python_translator::begin_atom(atom kind) {
    end_of_atom();
    if (++atoms_since_callout_ > atoms_between_callouts) {
        callout(step);
    }
    atom_begin_ = out_.size();
    atom_ = kind;
    flags_allowed_ = false;
}

void python_translator::single(std::string_view text) {
    begin_atom(atom::single);
    emit(text);
}

void python_translator::start_of_text(std::string_view text) {
    end_of_atom();
    bool const may_stand_further_back = std::ranges::any_of(groups_, &group::looks_behind);
    if (out_.size() == alternative_.begin && !lines_ && !may_stand_further_back) {
        alternative_.only_at_start = true;
    }
    position(text);
}

void python_translator::next_alternative() {
    ++at_;
    end_of_atom();
    if (end_of_alternative(more_alternatives)) {
        ++branches_;
        position("|");
    }
    alternative_ = {out_.size(), false};
}

bool python_translator::end_of_alternative(which_alternative which) {
    bool const is_only_one = which == last_alternative && branches_ == 1;
    if (where_ == beginning::anywhere || !alternative_.only_at_start || is_only_one) {
        return true;
    }
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
    if (verbose_ && is_space(c)) {
        ++at_;
        return;
    }
    if (verbose_ && c == '#') {
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
        return start_of_text("^");
    case '$':
        ++at_;
        return position("$");
    default:
        return literal();
    }
}

void python_translator::literal() {
    auto end = at_ + 1;
    while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xc0) == 0x80) {
        ++end;
    }
    character(text_.substr(at_, end - at_));
    at_ = end;
}

void python_translator::character(std::string_view spelt) {
    if (spells_out_cases()) {
        auto const code = first_character(spelt);
        for (auto const& each : same_to_python) {
            if (holds_one_of(code, code, each)) {
                return single("[" + std::string(each.spelling) + "]");
            }
        }
    }
    single(spelt);
}

} // namespace rulehost
