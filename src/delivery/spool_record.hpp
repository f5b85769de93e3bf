#pragma once

#include "delivery/spool.hpp"
#include "event/input_position.hpp"

#include <rulehost/tag.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rulehost {

// The records of a spool: a head of mark, length and checksum, then tags and positions. Numbers are little endian.

inline constexpr std::size_t mark_size = 8;
inline constexpr std::size_t head_size = mark_size + 4 + 4;
inline constexpr std::uint32_t max_record = 512u << 20; ///< bytes behind the head

/// Appends one entry of a record.
void append_entry(std::string& out, tag const& each);
void append_entry(std::string& out, input_position const& each);

/// Appends a whole record that holds `content`.
void append_record(std::string& out, std::string_view mark, std::string_view content);

/// Appends the entries of `content` to `into`. Throws std::exception where they are malformed.
void read_record(std::string_view content, spool::page& into);

/// The record at the front of `bytes`: the length of its content, if it is whole and its checksum is right.
std::optional<std::uint32_t> record_at(std::string_view bytes, std::string_view mark);

/// Whether `bytes` is a partial record, as a crash leaves it.
bool is_unfinished(std::string_view bytes, std::string_view mark);

} // namespace rulehost
