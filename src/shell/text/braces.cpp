#include "shell/text/braces.hpp"

#include "shell/text/limits.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iterator>

namespace rulehost::shell {

namespace {

/// Place after the quoted, escaped or substituted text at `at`; `at` if there is none.
std::size_t skip_quoted(std::string_view text, std::size_t at) {
    auto const c = text[at];
    if (c == '\\')
        return std::min(at + 2, text.size());
    if (c == '\'') {
        auto const end = text.find('\'', at + 1);
        return end == std::string_view::npos ? text.size() : end + 1;
    }
    if (c == '"') {
        for (++at; at < text.size() && text[at] != '"'; ++at)
            if (text[at] == '\\')
                ++at;
        return std::min(at + 1, text.size());
    }
    if (c == '`') {
        auto const end = text.find('`', at + 1);
        return end == std::string_view::npos ? text.size() : end + 1;
    }
    if (c == '$' && at + 1 < text.size() && (text[at + 1] == '{' || text[at + 1] == '(')) {
        auto const open = text[at + 1];
        auto const close = open == '{' ? '}' : ')';
        std::size_t depth = 0;
        for (++at; at < text.size(); ++at)
            if (text[at] == open)
                ++depth;
            else if (text[at] == close && --depth == 0)
                return at + 1;
        return text.size();
    }
    return at;
}

struct list_place {
    std::size_t open = std::string_view::npos;
    std::size_t close = 0;
    bool is_range = false;
};

/// Place of the brace that closes the one at `open`; npos if there is none, or neither a comma nor a range in between.
list_place closing(std::string_view text, std::size_t open) {
    std::size_t depth = 0;
    bool comma = false;
    for (auto at = open; at < text.size();) {
        if (auto const next = skip_quoted(text, at); next != at) {
            at = next;
            continue;
        }
        auto const c = text[at];
        if (c == '{') {
            ++depth;
        } else if (c == '}' && --depth == 0) {
            auto const inside = text.substr(open + 1, at - open - 1);
            auto const dots = inside.find("..");
            if (comma)
                return {open, at, false};
            if (dots != std::string_view::npos && dots > 0 && dots + 2 < inside.size() &&
                inside.find_first_of("{}$`\"'\\") == std::string_view::npos)
                return {open, at, true};
            return {};
        } else if (c == ',' && depth == 1) {
            comma = true;
        }
        ++at;
    }
    return {};
}

list_place first_list(std::string_view text, std::size_t& steps) {
    for (std::size_t at = 0; at < text.size();) {
        if (auto const next = skip_quoted(text, at); next != at) {
            at = next;
            continue;
        }
        if (text[at] == '{') {
            steps += text.size() - at;
            if (steps > 16 * limits::max_text)
                return {};
            if (auto const found = closing(text, at); found.open != std::string_view::npos)
                return found;
        }
        ++at;
    }
    return {};
}

bool read_number(std::string_view text, std::int64_t& out) {
    auto const [end, problem] =
        std::from_chars(text.data() + (text.starts_with('+') ? 1 : 0), text.data() + text.size(), out);
    return problem == std::errc{} && end == text.data() + text.size();
}

} // namespace

std::vector<std::string_view> const& brace_spreader::spread(std::string_view word, std::size_t max) {
    text_.clear();
    prefix_.clear();
    ends_.clear();
    words_.clear();
    joined_.clear();
    max_ = max;
    steps_ = 0;
    if (word.size() > limits::max_text || first_list(word, steps_).open == std::string_view::npos)
        return words_;
    spread_from(word, 0);
    std::size_t from = 0;
    for (auto const end : ends_) {
        words_.push_back(std::string_view(text_).substr(from, end - from));
        from = end;
    }
    return words_;
}

bool brace_spreader::is_full() const {
    return ends_.size() >= max_ || text_.size() > limits::max_text;
}

void brace_spreader::spread_from(std::string_view rest, std::size_t depth) {
    if (is_full())
        return;
    auto const found = depth < limits::max_nesting ? first_list(rest, steps_) : list_place{};
    if (found.open == std::string_view::npos) {
        text_ += prefix_;
        text_ += rest;
        ends_.push_back(text_.size());
        return;
    }
    auto const size = prefix_.size();
    auto const inside = rest.substr(found.open + 1, found.close - found.open - 1);
    auto const tail = rest.substr(found.close + 1);
    prefix_ += rest.substr(0, found.open);
    auto const base = prefix_.size();
    if (found.is_range) {
        auto const dots = inside.find("..");
        auto const left = inside.substr(0, dots);
        auto right = inside.substr(dots + 2);
        std::int64_t step = 1;
        if (auto const more = right.find(".."); more != std::string_view::npos) {
            read_number(right.substr(more + 2), step);
            right = right.substr(0, more);
        }
        std::int64_t from = 0;
        std::int64_t to = 0;
        bool const letters = left.size() == 1 && right.size() == 1 && !read_number(left, from);
        if (letters) {
            from = static_cast<unsigned char>(left[0]);
            to = static_cast<unsigned char>(right[0]);
        } else if (!read_number(left, from) || !read_number(right, to)) {
            prefix_ += rest.substr(found.open, found.close + 1 - found.open);
            spread_from(tail, depth + 1);
            prefix_.resize(size);
            return;
        }
        auto const width = left.size() > 1 && left[0] == '0' ? left.size() : 0;
        // Without signs, whose overflow is undefined.
        auto const distance =
            static_cast<std::uint64_t>(std::max(from, to)) - static_cast<std::uint64_t>(std::min(from, to));
        auto const apart = std::max<std::uint64_t>(
            1, step < 0 ? 0 - static_cast<std::uint64_t>(step) : static_cast<std::uint64_t>(step));
        for (std::uint64_t gone = 0; !is_full(); gone += apart) {
            auto const at =
                static_cast<std::int64_t>(static_cast<std::uint64_t>(from) + (from <= to ? gone : 0 - gone));
            prefix_.resize(base);
            if (letters) {
                prefix_ += static_cast<char>(at);
            } else {
                char written[24];
                std::string_view const digits(
                    written, static_cast<std::size_t>(std::to_chars(written, std::end(written), at).ptr - written));
                prefix_.append(width > digits.size() ? width - digits.size() : 0, '0');
                prefix_ += digits;
            }
            spread_from(tail, depth + 1);
            if (distance - gone < apart)
                break;
        }
        prefix_.resize(size);
        return;
    }
    std::size_t start = 0;
    std::size_t open = 0;
    for (std::size_t at = 0; at <= inside.size() && !is_full();) {
        if (at == inside.size() || (inside[at] == ',' && open == 0)) {
            // The member may hold lists of its own: expand it together with the rest.
            prefix_.resize(base);
            auto const joined = joined_.join(inside.substr(start, at - start), tail);
            spread_from(joined, depth + 1);
            joined_.give_back(joined.data(), joined.size());
            start = ++at;
            continue;
        }
        if (auto const next = skip_quoted(inside, at); next != at) {
            at = next;
            continue;
        }
        if (inside[at] == '{')
            ++open;
        else if (inside[at] == '}' && open > 0)
            --open;
        ++at;
    }
    prefix_.resize(size);
}

} // namespace rulehost::shell
