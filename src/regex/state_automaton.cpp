#include "regex/state_automaton.hpp"

#include <algorithm>
#include <utility>

namespace rulehost {
namespace {

// In units of `regex::allowance`.
constexpr std::size_t price_of_a_state = 150;
constexpr std::size_t price_of_a_transition = 40;
constexpr std::size_t price_of_a_step = 12;

} // namespace

void state_automaton::begin(linear_program const& program, preference wanted, std::uint8_t before, std::size_t work) {
    program_ = &program;
    wanted_ = wanted;
    width_ = program.classes() + 1;
    work_ = work;
    known_.clear();
    steps_.clear();
    round_ = 0;
    seen_.assign(program.steps().size(), 0);
    entered_.assign(program.steps().size(), 0);
    states_.assign(1, state{}); // the dead state
    transitions_.assign(width_, transition::dead);
    found_.clear();
    bool const is_looking = wanted != preference::longest;
    if (!is_looking)
        found_.push_back(program.start());
    number_of(static_cast<std::uint8_t>(before & program.asked()), is_looking);
}

void state_automaton::charge(std::size_t work) {
    if (work > work_) {
        work_ = 0;
        throw exhausted();
    }
    work_ -= work;
}

/// Normalises `found_`, so that states with the same meaning become one. Only valid if the order of steps does not
/// matter.
void state_automaton::drop_needless_steps() {
    auto const& steps = program_->steps();
    std::ranges::sort(found_);
    highest_rank_.assign(program_->runs() + 1, 0);
    for (auto const step : found_) {
        auto& highest = highest_rank_[steps[step].run];
        highest = std::max(highest, steps[step].rank);
    }
    std::erase_if(found_, [&](std::uint32_t step) { return steps[step].rank < highest_rank_[steps[step].run]; });
}

/// Returns the state with the steps in `found_`, a new one if there is none.
std::uint32_t state_automaton::number_of(std::uint8_t before, bool is_looking) {
    if (found_.empty() && !is_looking)
        return transition::dead;
    if (wanted_ != preference::first)
        drop_needless_steps();
    auto hash = static_cast<std::size_t>(before * 2 + is_looking);
    for (auto const step : found_)
        hash = (hash ^ step) * 0x9e3779b97f4a7c15u;
    for (auto [at, end] = known_.equal_range(hash); at != end; ++at) {
        auto const& one = states_[at->second / width_];
        if (one.before == before && one.is_looking == is_looking &&
            std::equal(found_.begin(), found_.end(), steps_.begin() + static_cast<std::ptrdiff_t>(one.begin),
                       steps_.begin() + static_cast<std::ptrdiff_t>(one.end)))
            return at->second;
    }
    charge(price_of_a_state + width_);
    auto const row = static_cast<std::uint32_t>(transitions_.size());
    states_.push_back({steps_.size(), steps_.size() + found_.size(), before, is_looking});
    steps_.insert(steps_.end(), found_.begin(), found_.end());
    transitions_.resize(transitions_.size() + width_, unknown);
    known_.emplace(hash, row);
    return row;
}

state_automaton::transition state_automaton::make(std::uint32_t from, std::size_t character_class) {
    auto const& steps = program_->steps();
    auto const origin = states_[from / width_];
    bool const is_end = character_class == program_->classes();
    auto const beside = is_end ? neighbour::edge : program_->neighbour_of(character_class);
    bool const goes_forwards = wanted_ != preference::longest;
    auto const left = goes_forwards ? origin.before : beside;
    auto const right = goes_forwards ? beside : origin.before;
    bool matched = false;
    std::size_t visited = 0;
    ++round_;
    found_.clear();
    // Follows every path from `entry` to steps that read a character, in order of preference. False: a match was
    // reached, and all further paths are less preferred.
    auto const follow = [&](std::uint32_t entry) {
        open_.assign(1, entry);
        while (!open_.empty()) {
            auto const at = open_.back();
            open_.pop_back();
            if (std::exchange(seen_[at], round_) == round_) {
                continue;
            }
            ++visited;
            auto const& step = steps[at];
            switch (step.is) {
            case instruction::type::characters:
                if (!is_end && program_->accepts(step.set, character_class) &&
                    std::exchange(entered_[step.next], round_) != round_) {
                    found_.push_back(step.next);
                }
                break;
            case instruction::type::fork:
                open_.push_back(step.otherwise);
                open_.push_back(step.next);
                break;
            case instruction::type::assertion:
                if (holds(step.asserted, left, right)) {
                    open_.push_back(step.next);
                }
                break;
            case instruction::type::match:
                matched = true;
                if (goes_forwards) {
                    return false;
                }
                break;
            }
        }
        return true;
    };
    bool goes_on = true;
    for (auto i = origin.begin; i != origin.end && goes_on; ++i)
        goes_on = follow(steps_[i]);
    if (goes_on && origin.is_looking)
        follow(program_->start());
    charge(price_of_a_transition + visited * price_of_a_step);
    auto const reached = is_end ? transition::dead : number_of(beside, origin.is_looking && !matched);
    transition const made{reached, matched};
    transitions_[from + character_class] = reached * 2 + (matched ? 1 : 0);
    return made;
}

} // namespace rulehost
