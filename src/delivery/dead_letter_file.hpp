#pragma once

#include "bus/message_publisher.hpp"

#include <rulehost/tag.hpp>
#include <rulehost/time_point.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace rulehost {

/// A line of an input that could not be processed, for the dead-letter file.
struct dead_letter {
    std::string input;
    std::uint64_t line = 0;
    std::string reason;
    std::string text; ///< as it came
};

/// One line of a dead-letter file, with its line break: a JSON object in ASCII, safe for a terminal. `at` and `reason`,
/// then `input`, `line` and `text`; invalid UTF-8 is in `text_base64` unchanged.
std::string to_ndjson(dead_letter const&, time_point at);

/// The same for a tag that cannot be stored: `at`, `reason` and `tag`.
std::string to_ndjson(tag const&, std::string_view reason, time_point at);

/// The same for a message that the broker rejects: `at`, `reason` and `message` with `id`, `topic` and `payload`.
std::string to_ndjson(outgoing_message const&, std::string_view reason, time_point at);

/// The file of dead letters; keeps the newest ones in it and in its predecessor with the suffix `.1`. Reopened for each
/// append, so that it may be moved at any time. Blocking, but never waits for the reader of a pipe.
class dead_letter_file {
public:
    /// `limit`: bytes that both files take together at most.
    dead_letter_file(std::filesystem::path path, std::uint64_t limit) : path_(std::move(path)), limit_(limit) {}

    /// Appends whole lines durably. Returns the number of lines dropped because each exceeds the limit alone. Throws
    /// std::system_error; then a part may have been written, and the next append begins on a new line.
    std::size_t append(std::string_view lines) const;

    std::filesystem::path const& path() const { return path_; }

private:
    std::filesystem::path path_;
    std::uint64_t limit_;
};

} // namespace rulehost
