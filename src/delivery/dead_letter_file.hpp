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

/// Something of an input that could not be worked on, for the dead-letter file.
struct dead_letter {
    std::string input;
    std::uint64_t line = 0;
    std::string reason;
    std::string text; ///< as it came
};

/// One line of a dead-letter file, with its line break: a JSON object of nothing but ASCII, so that it does no harm on
/// a terminal. `at` and `reason`, then `input`, `line` and `text`; bytes that are no text are in `text_base64` as they
/// came.
std::string to_ndjson(dead_letter const&, time_point at);

/// The same for a tag that cannot be stored: `at`, `reason` and `tag`.
std::string to_ndjson(tag const&, std::string_view reason, time_point at);

/// The same for a message that the broker refuses: `at`, `reason` and `message` with `id`, `topic` and `payload`.
std::string to_ndjson(outgoing_message const&, std::string_view reason, time_point at);

/// Where dead letters are kept: the newest ones, in a file and the one before it, which has `.1` behind its name.
/// Opened anew for each append, so that it may be moved away at any time. Blocking, but never for a reader of a pipe.
class dead_letter_file {
public:
    /// `limit`: bytes that both files take together at most.
    dead_letter_file(std::filesystem::path path, std::uint64_t limit) : path_(std::move(path)), limit_(limit) {}

    /// Appends whole lines; they are on the disk when it returns. Returns how many are not because one alone would not
    /// fit. Throws std::system_error; then a part may have been written, and the next append begins on a line of its
    /// own.
    std::size_t append(std::string_view lines) const;

    std::filesystem::path const& path() const { return path_; }

private:
    std::filesystem::path path_;
    std::uint64_t limit_;
};

} // namespace rulehost
