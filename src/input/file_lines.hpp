#pragma once

#include "event/line_framer.hpp"
#include "input/log_file.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace rulehost {

/// One file of a log while it is read into lines: how far it is read, and how far it is handed out. Blocking, in
/// pieces.
class file_lines {
public:
    /// Where a file is begun, in the lines of its input.
    struct start {
        std::uint64_t offset = 0;
        std::uint64_t line = 0;   ///< lines of the file before it
        std::uint64_t before = 0; ///< lines of the input before the file
    };

    file_lines(log_file file, start from);

    /// The next line that is complete, and at the end what has no line break.
    std::optional<line_framer::line> next() { return framer_.next(); }
    std::optional<line_framer::line> last() { return framer_.last(); }
    /// The text after the last line break, once `next` has nothing more.
    std::string_view rest() const { return framer_.rest(); }

    enum class reading { more, at_end, truncated };
    /// Reads a piece. NUL bytes before a line are left out, see `skipped`.
    reading read();

    /// The text before the first line, from another file.
    void begin_with(std::string_view head);
    /// The file is no longer as it was read: goes on at the same offset of `copy`.
    void go_on_in(log_file copy);
    /// Frees memory at the end of the file; what has no line break yet is left out.
    void rest_at_end();

    struct gap {
        std::uint64_t offset = 0;
        std::uint64_t bytes = 0;
    };
    /// The last NUL bytes that `read` left out, once.
    std::optional<gap> skipped();

    log_file& file() { return file_; }
    log_file const& file() const { return file_; }
    std::uint64_t before() const { return before_; }
    std::uint64_t lines() const {
        return framer_.lines();
    } ///< of the file that were handed out or are before the start
    std::uint64_t total() const { return before_ + lines(); } ///< of the input

    file_place place() const;      ///< behind the lines that were handed out
    file_place read_place() const; ///< behind what was read

private:
    file_place place_at(std::uint64_t offset) const;
    bool is_between_lines() const { return framer_.committed() == framer_.handed_out(); }
    bool skip_hole(reading& result);

    log_file file_;
    std::uint64_t began_; ///< offset of what was given to `framer_` first, less what stands before the file
    std::uint64_t before_;
    std::uint64_t hole_end_ = 0; ///< from the offset of `file_` to here there is nothing but NUL
    std::optional<gap> skipped_;
    line_framer framer_;
};

} // namespace rulehost
