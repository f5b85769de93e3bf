#pragma once

#include "event/line_shortener.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace rulehost {

/// Cuts a stream of bytes into lines, wherever the reads happened to end. A line longer than the bound is shortened to
/// it by a `line_shortener`. Memory is bounded by two lines and one read. No I/O, no thread of its own.
class line_framer {
public:
    static constexpr std::size_t max_line_size = 1024 * 1024; ///< bytes, without the line break

    struct line {
        std::uint64_t number = 0; ///< 1-based, in the stream
        bool truncated = false;   ///< it was longer than the bound: what `line_shortener` keeps of it
        std::string_view text; ///< without `\n` or `\r\n`. Valid until `prepare`; when truncated, until the next line
    };

    /// `lines_before`: how many lines of the stream are not given to it.
    explicit line_framer(std::size_t longest = max_line_size, std::uint64_t lines_before = 0)
        : longest_(longest), lines_(lines_before) {}

    /// Room for the next `size` bytes of the stream. Call it when `next` has nothing more.
    std::span<char> prepare(std::size_t size);
    /// `size` bytes were put there.
    void commit(std::size_t size);

    /// The next line that is complete.
    std::optional<line> next();
    /// At the end of the stream: what came after the last line break, if anything.
    std::optional<line> last();

    /// The text after the last line break, when `next` has nothing more; empty for a line that is too long.
    std::string_view rest() const { return {buffer_.data() + begin_, end_ - begin_}; }

    /// How many lines were handed out, those before it included.
    std::uint64_t lines() const { return lines_; }
    /// Bytes of memory that it holds.
    std::size_t allocated() const { return buffer_.capacity() + (shortener_ ? shortener_->text().size() : 0); }
    /// How many bytes were given to it, and how many of them the lines are that were handed out, with their line
    /// breaks.
    std::uint64_t committed() const { return committed_; }
    std::uint64_t handed_out() const { return handed_out_; }

private:
    line numbered(std::string_view text);
    /// The bytes up to `end` are the next ones of a line that is too long.
    void shorten(std::size_t end);
    void discard_shortened();

    std::size_t longest_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;   ///< of what was not handed out
    std::size_t scanned_ = 0; ///< up to here there is no line break after `begin_`
    std::size_t end_ = 0;
    std::uint64_t lines_ = 0;
    std::uint64_t committed_ = 0;
    std::uint64_t handed_out_ = 0;
    std::optional<line_shortener> shortener_; ///< of a line that is too long
    bool handed_out_shortened_ = false;
};

} // namespace rulehost
