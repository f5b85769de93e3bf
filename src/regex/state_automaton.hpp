#pragma once

#include "regex/linear_program.hpp"

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace rulehost {

/// The deterministic automaton of a program, made state by state as transitions are asked for. The memory is kept for the
/// next search.
class state_automaton {
public:
    enum class preference {
        first,  ///< the match that is found by trying the better way first, wherever it begins
        any,    ///< whether one matches, wherever it begins
        longest ///< of the matches that begin at the first character
    };

    struct transition {
        static constexpr std::uint32_t dead = 0; ///< nothing matches any more
        std::uint32_t state = dead;              ///< the place of its row of transitions
        bool matched = false;                    ///< a match ends before this character
    };

    /// Begins a search. `work` limits the making of states, in units of `regex::allowance`.
    void begin(linear_program const& program, preference wanted, std::uint8_t before, std::size_t work);

    /// The state of the beginning.
    std::uint32_t first() const { return static_cast<std::uint32_t>(width_); }

    /// The transition on a character of the class; `classes()` of the program: the text ends. Throws exhausted.
    transition step(std::uint32_t from, std::size_t character_class) {
        auto const known = transitions_[from + character_class];
        return known != unknown ? transition{known / 2, known % 2 != 0} : make(from, character_class);
    }

    struct exhausted {};
    std::size_t left() const { return work_; }

private:
    static constexpr std::uint32_t unknown = ~std::uint32_t{0};

    struct state {
        std::size_t begin = 0; ///< of its steps in `steps_`, the better first
        std::size_t end = 0;
        std::uint8_t before = 0; ///< neighbour
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
    std::vector<std::uint32_t> transitions_; ///< rows of a class each: twice the state, one more where it matched
    std::vector<state> states_;
    std::vector<std::uint32_t> steps_;
    std::unordered_multimap<std::size_t, std::uint32_t> known_; ///< by hash
    // While a state is made:
    std::vector<std::uint32_t> open_;
    std::vector<std::uint32_t> found_;
    std::vector<std::uint32_t> seen_;         ///< by step, the round in which it was
    std::vector<std::uint32_t> entered_;      ///< the same of those in `found_`
    std::vector<std::uint32_t> highest_rank_; ///< by run
    std::uint32_t round_ = 0;
};

} // namespace rulehost
