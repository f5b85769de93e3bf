#pragma once

#include "shell/programs/program_table.hpp"
#include "shell/reading.hpp"

#include <cstddef>
#include <span>
#include <string_view>

namespace rulehost::shell {

/// Reads the options of `words[at]`: a cluster such as `-rf` holds several. Returns how many words they take; 0: an
/// operand. With an empty `entry` options take a value only after `=`.
std::size_t read_option(program_entry const& entry, std::span<std::string_view const> words, std::size_t at,
                        pool<option>* out);

/// As above: the one with a value, or the last.
std::size_t first_option(program_entry const& entry, std::span<std::string_view const> words, std::size_t at,
                         option& out);

/// `-a` for the letter a; the text stays.
std::string_view short_option(char letter);

/// An empty entry.
program_entry const& unknown_program();

} // namespace rulehost::shell
