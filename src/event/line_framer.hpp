#pragma once

#include "event/line_shortener.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace rulehost {

/// Splits a stream of bytes into lines, independent of the sizes of reads. A `line_shortener` shortens a line longer
/// than the limit. Memory is bounded by two lines and one read. No I/O, no thread of its own.
class line_framer {
public:
    static constexpr std::size_t max_line_size = 1024 * 1024; ///< bytes, without the line break

    struct line {
        std::uint64_t number = 0; ///< 1-based, in the stream
        bool truncated = false;   ///< it was longer than the limit and was shortened
        std::string_view text; ///< without `\n` or `\r\n`. Valid until `prepare`; when truncated, until the next line
    };

    /// `lines_before`: number of lines of the stream before its input.
    explicit line_framer(std::size_t longest = max_line_size, std::uint64_t lines_before = 0)
        : longest_(longest), lines_(lines_before) {}

    /// Provides room for the next `size` bytes of the stream. Call it when `next` returns nothing.
    std::span<char> prepare(std::size_t size);
    /// Records that `size` bytes were written there.
    void commit(std::size_t size);

    /// The next line that is complete.
    std::optional<line> next();
    /// At the end of the stream: the text after the last line break, if any.
    std::optional<line> last();

    /// The text after the last line break, once `next` returns nothing; empty for a line that is too long.
    std::string_view rest() const { return {buffer_.data() + begin_, end_ - begin_}; }

    /// Number of lines returned, including `lines_before`.
    std::uint64_t lines() const { return lines_; }
    /// Memory in use, in bytes.
    std::size_t allocated() const { return buffer_.capacity() + (shortener_ ? shortener_->text().size() : 0); }
    /// Number of bytes received, and number of bytes in the returned lines with their line breaks.
    std::uint64_t committed() const { return committed_; }
    std::uint64_t handed_out() const { return handed_out_; }

private:
    line numbered(std::string_view text);
    /// Feeds the bytes up to `end` of a line that is too long to the shortener.
    void shorten(std::size_t end);
    void discard_shortened();

    std::size_t longest_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;   ///< of the bytes not yet returned
    std::size_t scanned_ = 0; ///< up to here there is no line break after `begin_`
    std::size_t end_ = 0;
    std::uint64_t lines_ = 0;
    std::uint64_t committed_ = 0;
    std::uint64_t handed_out_ = 0;
    std::optional<line_shortener> shortener_; ///< of a line that is too long
    bool handed_out_shortened_ = false;
};

} // namespace rulehost
