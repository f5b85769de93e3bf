#include "event/line_framer.hpp"

#include "text/assertion.hpp"
#include "text/utf8.hpp"

#include <cstring>
#include <utility>

namespace rulehost {

std::span<char> line_framer::prepare(std::size_t size) {
    if (begin_ == end_) {
        begin_ = scanned_ = end_ = 0;
    } else if (begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        scanned_ -= begin_;
        begin_ = 0;
    }
    if (buffer_.size() < end_ + size)
        buffer_.resize(end_ + size);
    return {buffer_.data() + end_, size};
}

void line_framer::commit(std::size_t size) {
    RULEHOST_ASSERT(end_ + size <= buffer_.size());
    end_ += size;
    committed_ += size;
}

std::optional<line_framer::line> line_framer::next() {
    discard_shortened();
    auto const* const found = end_ == scanned_
        ? nullptr
        : static_cast<char const*>(std::memchr(buffer_.data() + scanned_, '\n', end_ - scanned_));
    if (!found) {
        scanned_ = end_;
        // The byte beyond the limit may be a carriage return.
        if (shortener_ || end_ - begin_ > longest_ + 1)
            shorten(end_);
        return {};
    }
    std::string_view const text(buffer_.data() + begin_, static_cast<std::size_t>(found - buffer_.data()) - begin_);
    begin_ = scanned_ = begin_ + text.size() + 1;
    return numbered(text);
}

std::optional<line_framer::line> line_framer::last() {
    discard_shortened();
    if (begin_ == end_ && !shortener_)
        return {};
    std::string_view const text(buffer_.data() + begin_, end_ - begin_);
    begin_ = scanned_ = end_;
    return numbered(text);
}

void line_framer::shorten(std::size_t end) {
    if (!shortener_)
        shortener_.emplace(longest_);
    shortener_->feed({buffer_.data() + begin_, end - begin_});
    begin_ = end;
}

void line_framer::discard_shortened() {
    if (std::exchange(handed_out_shortened_, false))
        shortener_.reset();
}

line_framer::line line_framer::numbered(std::string_view text) {
    line result;
    result.number = ++lines_;
    handed_out_ = committed_ - (end_ - begin_);
    if (text.ends_with('\r'))
        text.remove_suffix(1);
    if (lines_ == 1 && text.starts_with(byte_order_mark))
        text.remove_prefix(byte_order_mark.size());
    if (!shortener_ && text.size() <= longest_) {
        result.text = text;
        return result;
    }
    if (!shortener_)
        shortener_.emplace(longest_);
    shortener_->feed(text);
    handed_out_shortened_ = true;
    result.truncated = true;
    result.text = shortener_->text();
    return result;
}

} // namespace rulehost
