#pragma once

#include <rulehost/rule_definition.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace rulehost {

/// A cheap test of an event: a word in the texts at `field`, or (no word) the presence of `field`.
struct trigger {
    enum class place : std::uint8_t {
        text,     ///< the texts at `field`
        commands, ///< every text that a condition on a command of the line at `field` may see
        program,  ///< the whole name of a program, of a wrapper in front of it, or of an option
        fact,     ///< `fetches` and the like, `|` for a stage of a pipeline, a reading, or the name of a place
    };

    field_path field;
    std::string word; ///< lower-case, looked for with letter case aside
    place in = place::text;
};

/// A predicate can only hold if each of these lists has a trigger that occurs. No lists: it may always hold.
/// An empty list: it never holds.
using gate = std::vector<std::vector<trigger>>;

} // namespace rulehost
