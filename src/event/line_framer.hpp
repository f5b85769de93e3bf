#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace rulehost {

/// Cuts a stream of bytes into lines, wherever the reads happened to end. A line longer than the bound is reported
/// once, without its text, and reading goes on after its line break. Memory is bounded by that line and one read.
/// No I/O, no thread of its own.
class line_framer {
public:
    static constexpr std::size_t longest_line = 1024 * 1024; ///< bytes, without the line break

    struct line {
        enum class state { whole, too_long };
        std::uint64_t number = 0; ///< 1-based, in the stream
        state what = state::whole;
        std::string_view text;    ///< without `\n` or `\r\n`; empty when too long. Valid until `prepare`
    };

    /// `lines_before`: how many lines of the stream are not given to it.
    explicit line_framer(std::size_t longest = longest_line, std::uint64_t lines_before = 0)
        : longest_(longest), lines_(lines_before) {}

    /// Room for the next `size` bytes of the stream. Call it when `next` has nothing more.
    std::span<char> prepare(std::size_t size);
    /// `size` bytes were put there.
    void commit(std::size_t size);

    /// The next line that is complete.
    std::optional<line> next();
    /// At the end of the stream: what came after the last line break, if anything.
    std::optional<line> last();

    /// How many lines were handed out, those before it included.
    std::uint64_t lines() const { return lines_; }
    /// How many bytes were given to it, and how many of them the lines are that were handed out, with their line breaks.
    std::uint64_t committed() const { return committed_; }
    std::uint64_t handed_out() const { return handed_out_; }

private:
    line numbered(std::string_view text);

    std::size_t longest_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;   ///< of what was not handed out
    std::size_t scanned_ = 0; ///< up to here there is no line break after `begin_`
    std::size_t end_ = 0;
    std::uint64_t lines_ = 0;
    std::uint64_t committed_ = 0;
    std::uint64_t handed_out_ = 0;
    bool skipping_ = false;   ///< within a line that is too long
};

} // namespace rulehost
