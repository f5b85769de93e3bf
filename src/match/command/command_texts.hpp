#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

enum class text_form { line, part, normalised };
std::string_view to_string(text_form);

/// The texts of a command line for matching: the typed line, each of its commands (split at `;`, `&&`, `||`, `|`,
/// `&` and line breaks outside quotes), and the same without the shell's obfuscations.
///
/// Reused from event to event. Parts and normalisation are computed on first use; views are valid until the next
/// `assign`, which keeps a view of the line. Linear in the line.
class command_texts {
public:
    struct text {
        std::string_view value;
        text_form form;
    };

    void assign(std::string_view line);
    std::string_view line() const { return line_; }

    /// A set of the texts of `all()`: a bit for each of the first 32. Of the others each 32nd
    /// shares a bit, so that a word in one of them leaves most closed.
    using text_set = std::uint64_t;
    static constexpr text_set every_text = ~text_set{0};
    static constexpr text_set only(std::size_t i) { return text_set{1} << (i < 32 ? i : 32 + i % 32); }

    /// Calls `visit(i)` for each i below `count` with `first` + i in the set, until one call returns true; returns
    /// whether one did.
    template <typename Visit>
    static bool visit_numbers(text_set in, std::size_t first, std::size_t count, Visit&& visit) {
        if (first + count <= 32) {
            for (auto left = in >> first & ((text_set{1} << count) - 1); left != 0; left &= left - 1)
                if (visit(static_cast<std::size_t>(std::countr_zero(left))))
                    return true;
            return false;
        }
        for (std::size_t i = 0; in != 0 && i != count; ++i)
            if ((in & only(first + i)) != 0 && visit(i))
                return true;
        return false;
    }

    /// Maps a place to its texts. Valid until the next `assign`.
    class locator {
    public:
        /// The texts that contain the byte before `end`, which never decreases from call to call.
        text_set operator()(std::size_t end) {
            while (!pieces_.empty() && pieces_.front().end < end) {
                pieces_ = pieces_.subspan(1);
                ++first_;
            }
            auto found = end <= whole_end_ ? only(whole_) : text_set{0};
            if (!pieces_.empty() && pieces_.front().begin < end)
                found |= only(first_);
            return found;
        }

    private:
        friend class command_texts;
        struct extent {
            std::size_t begin;
            std::size_t end;
        };

        std::span<extent const> pieces_; ///< consecutive
        std::size_t first_ = 0;          ///< the place of the first among the texts
        std::size_t whole_ = 0;          ///< the text that all of them up to `whole_end_` are pieces of
        std::size_t whole_end_ = 0;
    };

    locator in_line();       ///< for places in `line()`
    locator in_normalised(); ///< for places in `normalised()`

    /// All texts that normalisation adds, joined; empty if it adds none.
    std::string_view normalised();
    /// The line and its parts.
    std::span<text const> typed();
    /// The above and the normalised texts.
    std::span<text const> all();

private:
    enum class stage { nothing, made };
    using extent = locator::extent;

    void normalise();

    std::string_view line_;
    std::vector<std::string_view> parts_;
    std::vector<extent> extents_of_parts_; ///< of parts that are a text of their own
    std::vector<text> texts_;
    std::size_t typed_count_ = 0;
    std::string normalised_;
    std::vector<extent> extents_;   ///< of the texts inside `normalised_`
    std::size_t unquoted_line_ = 0; ///< the place in `extents_` of the whole line, after its pieces
    stage typed_ = stage::nothing;
    stage normalisation_ = stage::nothing;
    stage combined_ = stage::nothing;
};

/// Appends the commands of `line`, without surrounding blanks and without empty ones, in order.
void split_commands(std::string_view line, std::vector<std::string_view>& parts);

} // namespace rulehost
