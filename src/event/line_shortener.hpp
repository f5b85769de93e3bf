#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rulehost {

/// Shortens a line to a limit and keeps it readable. In a JSON object, long texts keep their beginning and long lists
/// their first elements, so that later members survive; of any other line the beginning is kept. Fed piece by piece,
/// with the same result for any split. Memory is bounded by the limit.
class line_shortener {
public:
    /// `limit`: maximum bytes that are kept.
    explicit line_shortener(std::size_t limit) : limit_(limit) {}

    void feed(std::string_view piece);

    /// The kept text, once the whole line was fed. A complete JSON object stays complete.
    std::string_view text() const { return kept_; }

private:
    enum class form { unknown, object, other };

    void feed_object(char c);
    void feed_string(char c);
    void end_container(char c);
    void keep(char c);
    bool is_crowded() const { return kept_.size() >= limit_ / 8 * 7; }
    /// Raw bytes of one text: six of them may stand for a character, and fields are scanned up to 64 KiB.
    std::size_t max_text() const { return is_crowded() ? limit_ / 1024 : limit_ / 8 * 3; }

    std::size_t limit_;
    std::string kept_;
    form form_ = form::unknown;
    std::size_t depth_ = 0;     ///< of the containers that are open
    std::size_t skipped_ = 0;   ///< depth of the container whose further elements are left out; 0: none
    std::size_t complete_ = 0;  ///< how much of `kept_` holds whole members of the object
    std::size_t text_size_ = 0; ///< of the text that is being read
    int escape_ = 0;            ///< characters that still belong to an escape; -1: just after the backslash
    bool in_text_ = false;
    bool cut_ = false;   ///< the rest of that text is left out
    bool full_ = false;  ///< the limit is reached
    bool ended_ = false; ///< the object ended; the rest is ignored
};

} // namespace rulehost
