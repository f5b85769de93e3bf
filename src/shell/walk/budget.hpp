#pragma once

#include "shell/text/limits.hpp"

#include <algorithm>
#include <cstddef>

namespace rulehost::shell {

/// Budget of a reading for content that a line does not spell out: values, filters, nested texts, rounds of loops,
/// calls of functions. It grows with the position in the line, so that text after a costly construct has a budget too.
/// Counted in steps of about equal time, never by a clock.
class budget {
public:
    /// Starts a line, or the rest of one read in pieces: a costly line is costly in each of its pieces.
    void start(bool is_rest) {
        share_ = is_rest ? 8 : 1;
        place_ = 0;
        steps_ = texts_ = nodes_ = commands_ = 0;
        was_exceeded_ = false;
    }

    /// Advances to byte `place` of the line.
    void reach(std::size_t place) { place_ = std::max(place_, place); }

    /// Whether this many steps are allowed: about one for each byte examined.
    bool spend(std::size_t steps) { return take(steps_, steps, max_steps()); }
    /// Charges work that is done already, because its extent was not known before. Past the limit, nothing more is allowed.
    void charge(std::size_t steps) {
        if (!spend(steps))
            steps_ = max_steps();
    }
    /// Whether `size` bytes may be copied from one place to another.
    bool spend_copy(std::size_t size) { return spend(size / copied_in_a_step); }
    void charge_copy(std::size_t size) { charge(size / copied_in_a_step); }
    /// Whether a value of `size` bytes may be put into a word: it is split, compared, copied and listed.
    bool spend_value(std::size_t size) { return spend(steps_of_a_byte * size); }
    /// Whether a text of `size` bytes within the line may be read.
    bool spend_text(std::size_t size) {
        if (nodes_ > 2 * limits::max_commands / share_ + place_ / 4) {
            was_exceeded_ = true;
            return false;
        }
        return take(texts_, size, limits::max_texts / share_ + 2 * place_);
    }
    /// Charges for the nodes of such a text: dense ones cost the most.
    void count_nodes(std::size_t count) { nodes_ += count; }
    /// Whether one more command of a nested text, a further round or a further call may be listed.
    bool spend_command() { return spend(1) && take(commands_, 1, limits::max_commands / share_ + place_ / 8); }

    bool was_exceeded() const { return was_exceeded_; }
    /// Steps of all kinds; a measure of the time of the reading.
    std::size_t steps() const { return steps_ + texts_ + command_steps * commands_; }

private:
    static constexpr std::size_t command_steps = 64;
    static constexpr std::size_t copied_in_a_step = 8;
    static constexpr std::size_t steps_of_a_byte = 4;

    std::size_t max_steps() const { return limits::max_steps / share_ + 2 * place_; }

    bool take(std::size_t& spent, std::size_t size, std::size_t limit) {
        if (spent + size > limit) {
            was_exceeded_ = true;
            return false;
        }
        spent += size;
        return true;
    }

    std::size_t share_ = 1; ///< of the limits
    std::size_t place_ = 0;
    std::size_t steps_ = 0;
    std::size_t texts_ = 0;
    std::size_t nodes_ = 0;
    std::size_t commands_ = 0;
    bool was_exceeded_ = false;
};

} // namespace rulehost::shell
