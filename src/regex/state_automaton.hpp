#pragma once

#include "regex/linear_program.hpp"

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace rulehost {

/// Deterministic automaton (DFA) of a program. Builds a state when a transition first reaches it. Reuses its memory
/// from search to search.
class state_automaton {
public:
    enum class preference {
        first,  ///< the match that a backtracking search finds first, from any start
        any,    ///< whether there is a match, from any start
        longest ///< the longest match from the first character
    };

    struct transition {
        static constexpr std::uint32_t dead = 0; ///< no further match is possible
        std::uint32_t state = dead;              ///< index of its row in `transitions_`
        bool matched = false;                    ///< a match ends before this character
    };

    /// Begins a search. `before`: flags (`neighbour`) of the character before the first. `work`: limit for building
    /// states, in units of `regex::allowance`.
    void begin(linear_program const& program, preference wanted, std::uint8_t before, std::size_t work);

    /// The initial state.
    std::uint32_t first() const { return static_cast<std::uint32_t>(width_); }

    /// The transition on a character of the class; the program's `classes()` stands for the end of the text. Throws
    /// exhausted when the work is used up.
    transition step(std::uint32_t from, std::size_t character_class) {
        auto const known = transitions_[from + character_class];
        return known != unknown ? transition{known / 2, known % 2 != 0} : make(from, character_class);
    }

    struct exhausted {};
    std::size_t left() const { return work_; }

private:
    static constexpr std::uint32_t unknown = ~std::uint32_t{0};

    struct state {
        std::size_t begin = 0; ///< of its steps in `steps_`, in order of preference
        std::size_t end = 0;
        std::uint8_t before = 0; ///< flags (`neighbour`) of the character before
        bool is_looking = false; ///< a match may still begin
    };

    transition make(std::uint32_t from, std::size_t character_class);
    std::uint32_t number_of(std::uint8_t before, bool is_looking);
    void drop_needless_steps();
    void charge(std::size_t work);

    linear_program const* program_ = nullptr;
    preference wanted_ = preference::first;
    std::size_t width_ = 0;
    std::size_t work_ = 0;
    std::vector<std::uint32_t> transitions_; ///< a row per state, an entry per class: 2 * state + matched
    std::vector<state> states_;
    std::vector<std::uint32_t> steps_;
    std::unordered_multimap<std::size_t, std::uint32_t> known_; ///< by hash
    // Scratch memory for making a state:
    std::vector<std::uint32_t> open_;
    std::vector<std::uint32_t> found_;
    std::vector<std::uint32_t> seen_;         ///< by step: the round that last visited it
    std::vector<std::uint32_t> entered_;      ///< by step: the round that last added it to `found_`
    std::vector<std::uint32_t> highest_rank_; ///< by run
    std::uint32_t round_ = 0;
};

} // namespace rulehost
