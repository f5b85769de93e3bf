#include "regex/linear_search.hpp"

#include "regex/python_syntax.hpp"
#include "regex/state_automaton.hpp"
#include "text/ascii.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace rulehost {
namespace {

constexpr std::size_t price_of_a_character = 4;

/// Memory of one thread's searches.
struct linear_memory {
    std::vector<std::uint8_t> classes; ///< class of each character of the text
    state_automaton states;
};

linear_memory& memory_of_thread() {
    thread_local linear_memory memory;
    return memory;
}

void classify(std::string_view text, linear_program const& program, std::vector<std::uint8_t>& classes) {
    auto const class_of = [&](character_kind kind) { return program.class_of(static_cast<std::size_t>(kind)); };
    std::array<std::uint8_t, 0x80> of_ascii{};
    for (std::size_t c = 0; c != of_ascii.size(); ++c)
        of_ascii[c] = program.class_of(c);
    of_ascii['\n'] = class_of(character_kind::inner_newline);
    classes.resize(text.size());
    std::size_t count = 0;
    for (std::size_t at = 0; at != text.size();) {
        if (auto const c = static_cast<unsigned char>(text[at]); c < of_ascii.size()) {
            ++at;
            classes[count++] = of_ascii[c];
            continue;
        }
        auto const unit = first_unit(text.substr(at));
        at += unit.length;
        classes[count++] = class_of(unit.valid ? kind_of(unit.code_point) : character_kind::invalid);
    }
    classes.resize(count);
    if (text.ends_with('\n'))
        classes.back() = class_of(character_kind::last_newline);
}

/// Length in bytes of the first `units` characters of `text`; an invalid byte counts as a character.
std::size_t bytes_of(std::string_view text, std::size_t units) {
    std::size_t at = 0;
    while (units-- != 0)
        at += first_unit(text.substr(at)).length;
    return at;
}

/// End of the preferred match, in characters; with `any`, the earliest end of a match. Empty: no match.
std::optional<std::size_t> end_of_match(linear_program const& program, linear_memory& memory,
                                        state_automaton::preference wanted, std::size_t work) {
    auto const& classes = memory.classes;
    auto& states = memory.states;
    states.begin(program, wanted, neighbour::edge, work);
    std::optional<std::size_t> end;
    auto state = states.first();
    for (std::size_t at = 0; at <= classes.size() && state != state_automaton::transition::dead; ++at) {
        auto const leads = states.step(state, at == classes.size() ? program.classes() : classes[at]);
        if (leads.matched) {
            end = at;
            if (wanted == state_automaton::preference::any)
                break;
        }
        state = leads.state;
    }
    return end;
}

/// Start of the longest match that ends at `end`, in characters.
std::size_t begin_of_match(linear_program const& program, linear_memory& memory, std::size_t work, std::size_t end) {
    auto const& classes = memory.classes;
    auto& states = memory.states;
    states.begin(program, state_automaton::preference::longest,
                 end == classes.size() ? neighbour::edge : program.neighbour_of(classes[end]), work);
    auto begin = end;
    auto state = states.first();
    for (auto at = end;; --at) {
        auto const leads = states.step(state, at == 0 ? program.classes() : classes[at - 1]);
        if (leads.matched)
            begin = at;
        state = leads.state;
        if (at == 0 || state == state_automaton::transition::dead)
            return begin;
    }
}

} // namespace

boost::system::result<std::unique_ptr<linear_search const>, regex::problem> linear_search::compile(
    std::string_view expression, regex::flags options) {
    auto const tree = tree_of(expression, options);
    if (tree.obstacle)
        return *tree.obstacle;
    auto forwards = linear_program::compile(tree.root, linear_program::direction::forwards);
    auto backwards = linear_program::compile(tree.root, linear_program::direction::backwards);
    if (!forwards || !backwards)
        return regex::problem{"it is too large once its repeats are written out", 0};
    return std::unique_ptr<linear_search const>(new linear_search(std::move(*forwards), std::move(*backwards)));
}

linear_search::answer linear_search::search(std::string_view text, regex::allowance& allowed,
                                            regex::span* where) const {
    answer given;
    auto& memory = memory_of_thread();
    auto const work = std::max(allowed.left / 2, work_of_states);
    auto left = work;
    auto const end_of = [&](state_automaton::preference wanted) {
        auto const end = end_of_match(forwards_, memory, wanted, left);
        left = memory.states.left();
        return end;
    };
    auto const find = [&] {
        classify(text, forwards_, memory.classes);
        auto end = end_of(state_automaton::preference::any);
        if (!end || !where) {
            return end.has_value();
        }
        try {
            end = end_of(state_automaton::preference::first);
        } catch (state_automaton::exhausted const&) {
            given.is_first = false;
            left = work;
        }
        classify(text, backwards_, memory.classes);
        auto const begin = begin_of_match(backwards_, memory, left, *end);
        *where = {begin, *end};
        if (!is_ascii(text)) {
            where->begin = bytes_of(text, begin);
            where->end = where->begin + bytes_of(text.substr(where->begin), *end - begin);
        }
        return true;
    };
    try {
        given.is = find() ? regex::outcome::match : regex::outcome::no_match;
    } catch (state_automaton::exhausted const&) {
        left = 0;
    }
    allowed.left -= std::min(allowed.left, work - left + price_of_a_character * text.size());
    return given;
}

} // namespace rulehost
