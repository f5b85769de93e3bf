#pragma once

#include "event/line_framer.hpp"
#include "input/log_file.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace rulehost {

/// One file of a log while it is read into lines: tracks how much was read and how much was returned. Blocking, in
/// pieces.
class file_lines {
public:
    /// Start of a file, in lines of its input.
    struct start {
        std::uint64_t offset = 0;
        std::uint64_t line = 0;   ///< lines of the file before it
        std::uint64_t before = 0; ///< lines of the input before the file
    };

    file_lines(log_file file, start from);

    /// The next complete line, and at the end the unterminated rest.
    std::optional<line_framer::line> next() { return framer_.next(); }
    std::optional<line_framer::line> last() { return framer_.last(); }
    /// The text after the last line break, once `next` returns nothing.
    std::string_view rest() const { return framer_.rest(); }

    enum class reading { more, at_end, truncated };
    /// Reads a piece. Skips NUL bytes before a line, see `skipped`.
    reading read();

    /// Prepends a text from another file to the first line.
    void begin_with(std::string_view head);
    /// Continues at the same offset of `copy` after the file was changed.
    void go_on_in(log_file copy);
    /// Frees memory at the end of the file; discards the unterminated rest.
    void rest_at_end();

    struct gap {
        std::uint64_t offset = 0;
        std::uint64_t bytes = 0;
    };
    /// The last NUL bytes that `read` skipped, returned once.
    std::optional<gap> skipped();

    log_file& file() { return file_; }
    log_file const& file() const { return file_; }
    std::uint64_t before() const { return before_; }
    std::uint64_t lines() const { return framer_.lines(); }   ///< of the file, returned or before the start
    std::uint64_t total() const { return before_ + lines(); } ///< of the input

    file_place place() const;      ///< after the returned lines
    file_place read_place() const; ///< after the bytes read

private:
    file_place place_at(std::uint64_t offset) const;
    bool is_between_lines() const { return framer_.committed() == framer_.handed_out(); }
    bool skip_hole(reading& result);

    log_file file_;
    std::uint64_t began_; ///< offset of the first byte given to `framer_`, less the text before the file
    std::uint64_t before_;
    std::uint64_t hole_end_ = 0; ///< all bytes from the offset of `file_` to here are NUL
    std::optional<gap> skipped_;
    line_framer framer_;
};

} // namespace rulehost
