#include "event/line_shortener.hpp"

#include "text/utf8.hpp"

namespace rulehost {

void line_shortener::feed(std::string_view piece) {
    for (char const c : piece) {
        if (form_ == form::unknown) {
            if (c == ' ' || c == '\t' || c == '\r' || byte_order_mark.find(c) != std::string_view::npos)
                continue;
            form_ = c == '{' ? form::object : form::other;
        }
        if (form_ == form::object)
            feed_object(c);
        else if (kept_.size() < limit_)
            kept_ += c;
    }
}

void line_shortener::feed_object(char c) {
    if (ended_)
        return keep(c);
    if (in_text_)
        return feed_string(c);
    switch (c) {
    case '"':
        in_text_ = true;
        cut_ = false;
        text_size_ = 0;
        keep(c);
        break;
    case '{':
    case '[':
        keep(c);
        if (++depth_ == 1)
            complete_ = kept_.size();
        break;
    case '}':
    case ']':
        end_container(c);
        break;
    case ',':
        if (depth_ == 1 && !full_)
            complete_ = kept_.size();
        else if (depth_ > 1 && skipped_ == 0 && is_crowded())
            skipped_ = depth_;
        keep(c);
        break;
    default:
        keep(c);
    }
}

void line_shortener::feed_string(char c) {
    if (escape_ == 0 && c == '"') {
        in_text_ = false;
        keep(c);
        return;
    }
    if (escape_ == 0) {
        cut_ = cut_ || text_size_ >= max_text();
        escape_ = c == '\\' ? -1 : 0;
    } else if (escape_ == -1) {
        escape_ = c == 'u' ? 4 : 0;
    } else {
        --escape_;
    }
    ++text_size_;
    if (!cut_)
        keep(c);
}

void line_shortener::end_container(char c) {
    if (skipped_ == depth_)
        skipped_ = 0;
    if (depth_ == 1 && full_) {
        // Drops a member that was cut in the middle, so that the object can end.
        kept_.resize(complete_);
        kept_ += '}';
    } else {
        keep(c);
    }
    ended_ = --depth_ == 0;
}

void line_shortener::keep(char c) {
    if (skipped_ != 0 || full_)
        return;
    full_ = kept_.size() + 1 >= limit_; // leaves room for a closing bracket
    if (!full_)
        kept_ += c;
}

} // namespace rulehost
