#pragma once

#include <cstddef>

namespace rulehost::shell {

/// Limits of the memory and the time of a reading. Past the first three, a new reading starts at that position.
struct limits {
    static constexpr std::size_t max_line = 1024 * 1024;
    static constexpr std::size_t max_commands = 4096;
    static constexpr std::size_t max_nesting = 16;
    static constexpr std::size_t max_words = 65'536;

    static constexpr std::size_t max_parts = 65'536;     ///< pieces of words
    static constexpr std::size_t max_text = 64 * 1024;   ///< of a decoder, a value, or a word after folding
    static constexpr std::size_t max_texts = 256 * 1024; ///< of all that decoders and nested texts add to a line
    static constexpr std::size_t max_steps = 128 * 1024; ///< of values and filters, and two for each byte of the line
    static constexpr std::size_t max_text_depth = 16;    ///< `sh -c "sh -c .."`
    static constexpr std::size_t max_decodings = 4;      ///< a decoded text that decodes a text ..
    static constexpr std::size_t max_rounds = 64;        ///< of one loop
    static constexpr std::size_t max_braced_words = 256; ///< out of one word
    static constexpr std::size_t max_variables = 1024;
    static constexpr std::size_t max_files = 64;      ///< written and read again by a line
    static constexpr std::size_t max_inherited = 16;  ///< redirects of enclosing groups and loops
    static constexpr std::size_t max_separators = 32; ///< of IFS
    static constexpr std::size_t max_directory = 1024;
    static constexpr std::size_t max_via = 24;
};

} // namespace rulehost::shell
