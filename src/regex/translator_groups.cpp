#include "regex/python_translator.hpp"

#include "regex/letters.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace rulehost {

namespace {

constexpr std::size_t max_name_length = 32; // PCRE2's limit

} // namespace

std::size_t python_translator::number_of(std::string const& name) const {
    auto const found = names_.find(name);
    if (found == names_.end())
        fail("unknown group name '" + name + "'");
    return found->second;
}

void python_translator::refuse_numbers() const {
    if (where_ == beginning::later)
        fail("what is left out may hold groups, and numbers would name others");
}

std::string python_translator::group_name(char terminator) {
    auto const begin = at_;
    while (!at_end() && (is_letter(peek()) || is_digit(peek()) || peek() == '_'))
        ++at_;
    std::string name(text_.substr(begin, at_ - begin));
    if (name.empty() || is_digit(name.front()) || name.size() > max_name_length || !accept({&terminator, 1}))
        fail("bad group name: a letter or _, then letters, digits and _, at most 32", begin);
    return name;
}

void python_translator::enter(std::string_view opening, bool assertion, std::size_t number) {
    auto const begin = out_.size();
    emit(opening);
    bool const looks_behind = assertion && opening.starts_with("(?<");
    groups_.push_back({token_, begin, out_.size(), modes_, assertion, looks_behind, number, branches_,
                       std::exchange(choice_, {}), std::move(alternative_)});
    branches_ = 1;
    alternative_ = {.begin = out_.size()};
    atom_ = atom::none;
    flags_allowed_ = false;
}

void python_translator::open() {
    ++at_;
    if (peek() == '*')
        fail("nothing to repeat", at_);
    if (flags_allowed_ && global_flags())
        return;
    end_of_atom();
    if (!accept("?"))
        return enter("(", false, ++captures_);
    if (accept("#")) {
        auto const end = text_.find(')', at_);
        if (end == std::string_view::npos)
            fail("missing ), the comment is never closed");
        at_ = end + 1;
        return;
    }
    if (accept("P<")) {
        auto const name = group_name('>');
        names_.try_emplace(name, ++captures_); // PCRE2 reports duplicate names
        return enter("(?P<" + name + ">", false, captures_);
    }
    if (accept("P="))
        return reference(number_of(group_name(')')));
    for (std::string_view const assertion : {"=", "!", "<=", "<!"}) {
        if (accept(assertion)) {
            no_tree("it looks around");
            return enter("(?" + std::string(assertion), true);
        }
    }
    if (accept(":"))
        return enter("(?:");
    if (accept(">")) {
        no_tree("it has an atomic group");
        return enter("(?>");
    }
    if (accept("("))
        return conditional();
    if (accept("<"))
        fail("a named group is written (?P<name>...)");
    scoped_flags();
}

void python_translator::conditional() {
    no_tree("it asks whether a group matched");
    refuse_numbers();
    std::size_t number = 0;
    if (is_digit(peek())) {
        while (is_digit(peek()) && number <= captures_)
            number = number * 10 + static_cast<std::size_t>(text_[at_++] - '0');
        if (number == 0 || number > captures_ || !accept(")"))
            fail("invalid group reference in a condition");
    } else {
        number = number_of(group_name(')'));
    }
    enter("(?(" + std::to_string(number) + ")");
}

std::string python_translator::flag_letters(modes& changed, bool value) {
    std::string letters;
    for (; !at_end(); ++at_) {
        switch (peek()) {
        case 'm':
            letters += peek();
            lines_ = true;
            changed.lines = value;
            break;
        case 's':
            letters += peek();
            changed.dot_all = value;
            break;
        case 'i':
            letters += peek();
            changed.ignore_case = value;
            break;
        case 'x':
            changed.verbose = value;
            break;
        case 'u':
            break; // text patterns are Unicode already
        case 'a':
        case 'L':
            fail(std::string("the flag ") + peek() +
                     " is not supported: text is Unicode; write the class, such as [A-Za-z0-9_]",
                 at_);
        default:
            return letters;
        }
    }
    return letters;
}

bool python_translator::global_flags() {
    auto const begin = at_;
    auto changed = modes_;
    if (accept("?") && is_letter(peek()) && peek() != 'P') {
        if (auto const letters = flag_letters(changed, true); accept(")")) {
            modes_ = changed;
            if (!letters.empty()) {
                emit("(?" + letters + ")");
                alternative_.begin = out_.size();
            }
            return true;
        }
    }
    at_ = begin;
    return false;
}

void python_translator::scoped_flags() {
    auto const begin = at_;
    auto changed = modes_;
    auto letters = flag_letters(changed, true);
    if (accept("-")) {
        if (auto const off = flag_letters(changed, false); !off.empty())
            letters += "-" + off;
    }
    if (at_ != begin && accept(":")) {
        enter("(?" + letters + ":");
        modes_ = changed;
        return;
    }
    if (at_ != begin && peek() == ')')
        fail("global flags must stand at the start of the expression");
    if (at_end())
        fail("unexpected end of the expression");
    fail(std::string("unknown extension ?") +
         (is_ascii(peek()) && !is_space(peek()) ? std::string(1, peek()) : std::string()));
}

void python_translator::close() {
    if (groups_.empty())
        fail("unbalanced parenthesis");
    end_of_atom();
    end_of_alternative(last_alternative);
    ++at_;
    auto closed = std::move(groups_.back());
    groups_.pop_back();
    emit(")");
    if (!is_conditional(closed))
        announce_branches(closed.content_begin, branches_);
    atom_ = closed.assertion ? atom::assertion : atom::group;
    chosen_ = !closed.assertion && branches_ > 1;
    atom_begin_ = closed.out_begin;
    atom_may_be_empty_ = choice_.may_be_empty;
    modes_ = closed.modes_outside;
    branches_ = closed.branches_outside;
    alternative_ = std::move(closed.outside);
    add_node(take_choice());
    choice_ = std::move(closed.alternatives_outside);
}

bool python_translator::is_conditional(group const& closed) const {
    return std::string_view(out_).substr(closed.out_begin).starts_with("(?(");
}

} // namespace rulehost
