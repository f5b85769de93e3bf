#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rulehost {

/// How far a file was read, in a form that finds it again: by what it is, not by its name, which rotation changes.
/// A value.
struct file_place {
    static constexpr std::size_t head_bytes = 1024; ///< of the front of a file that tell it from another one

    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t offset = 0; ///< bytes before the next line
    std::uint64_t line = 0;   ///< lines before it
    std::uint64_t before = 0; ///< lines of the input before this file
    std::string head;         ///< `file_head` of what stands before `offset`
};

/// What tells a file from another one with the same inode: a hash of the first `file_place::head_bytes` of `front`.
std::string file_head(std::string_view front);

/// As it is kept in the database.
std::string to_text(file_place const&);
/// Empty when `text` is not of a place.
std::optional<file_place> file_place_from(std::string_view text);

} // namespace rulehost
