#pragma once

#include "match/command/command_test.hpp"
#include "match/subject.hpp"
#include "match/value/truth.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rulehost {

/// The candidate commands.
struct open_commands {
    subject const& on;
    std::uint32_t first_map;   ///< the number of the first map among the tests of the rule
    std::size_t first_command; ///< the number of the first command in the line

    bool is_open(std::size_t map, std::size_t command) const {
        return (on.open_to(first_map + static_cast<std::uint32_t>(map)) &
                command_texts::only(first_command + command)) != 0;
    }
    /// The commands for which one of `maps` maps is open, from number `first` on.
    command_texts::text_set open_to(std::size_t first, std::size_t maps) const {
        command_texts::text_set all = 0;
        for (std::size_t map = first; map != first + maps; ++map)
            all |= on.open_to(first_map + static_cast<std::uint32_t>(map));
        return all;
    }
};

/// Whether commands of the line satisfy `steps` in their order, with or without others in between. `same_file`: and their
/// effects name one file, which `cp`, `mv`, `ln` and the like carry on. `last` becomes the command of the last step.
truth in_order(std::span<std::vector<command_test> const> steps, bool same_file, open_commands const& open,
               shell::reading& in, command_memory& memory, shell::command const*& last);

} // namespace rulehost
