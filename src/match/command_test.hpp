#pragma once

#include "match/truth.hpp"
#include "match/value_test.hpp"
#include "shell/reading.hpp"

#include <rulehost/command_condition.hpp>

#include <memory>
#include <string_view>
#include <vector>

namespace rulehost {

/// The memory that tests of commands work in, reused from event to event. One thread.
struct command_memory {
    value_memory values;
    std::vector<value_element> elements;
    std::vector<std::string_view> paths;
    bool truncated = false;   ///< a limit kept a part of the line from being read
    bool own_effects = false; ///< of a wrapper: leave out the effects that the command has too which it runs
};

/// One map of `command` made ready. Immutable; safe from any thread.
class command_test {
public:
    /// `source` outlives it.
    explicit command_test(command_condition const& source);

    truth holds(shell::command const& of, shell::reading& in, command_memory& memory) const;

    /// Appends the files that the effects which it asks about name in a command that it holds for; when it asks about
    /// none, all that the command names. A fetch names what it writes.
    void add_files(shell::command const& of, shell::reading& in, command_memory& memory,
                   std::vector<std::string_view>& files) const;

    command_condition const& source() const { return *source_; }

    /// A key of the map.
    struct part {
        command_condition::test const* source;
        std::unique_ptr<value_test> value;
        std::vector<command_test> others;
    };
    std::vector<part> const& parts() const { return parts_; }
    truth holds(part const& one, shell::command const& of, shell::reading& in, command_memory& memory) const;

private:
    truth one_is_piped(part const& one, shell::command const& of, shell::reading& in, command_memory& memory) const;

    command_condition const* source_;
    std::vector<part> parts_;
    bool names_program_ = false; ///< by what it is, not by what it is not
    bool has_effects_ = false;
};

/// The name of the place as a rule has it.
std::string_view name_of(shell::place const& of);

/// Fills `memory.elements` with what `of` has of `wanted`, which is none of piped_to and piped_from.
void collect_elements(command_condition::key wanted, shell::command const& of, shell::reading& in,
                      command_memory& memory);

} // namespace rulehost
