#include "shell/text/limits.hpp"
#include "shell/walk/walker.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

namespace rulehost::shell {

namespace {

/// First bytes of sequences that no shell sees.
constexpr auto suspicious = [] {
    std::array<bool, 256> table{};
    for (auto const c : std::string_view("\0\r\xef\x1b", 4))
        table[static_cast<unsigned char>(c)] = true;
    return table;
}();

/// Whether one of them is among 16 bytes; compares all at once.
bool holds_suspicious(char const* bytes) {
    bool any = false;
    for (std::size_t i = 0; i < 16; ++i)
        any |= (bytes[i] == '\0') | (bytes[i] == '\r') | (bytes[i] == '\xef') | (bytes[i] == '\x1b');
    return any;
}

/// Place of the first of them, or up to some bytes before it; the size if there is none, as in nearly every line.
std::size_t first_suspicious(std::string_view text) {
    std::size_t at = 0;
    for (; text.size() - at >= 16; at += 16)
        if (holds_suspicious(text.data() + at))
            return at;
    while (at != text.size() && !suspicious[static_cast<unsigned char>(text[at])])
        ++at;
    return at;
}

} // namespace

/// `text` without sequences that clients send and no shell sees: NUL, carriage returns, byte order marks, paste marks.
std::string_view walker::cleaned(std::string_view text, bool maps) {
    constexpr std::string_view marks[]{"\xef\xbb\xbf", "\x1b[200~", "\x1b[201~"};
    auto const drop = [&](std::size_t at) -> std::size_t {
        if (text[at] == '\0' || text[at] == '\r')
            return 1;
        for (auto const each : marks)
            if (text.substr(at).starts_with(each))
                return each.size();
        return 0;
    };
    auto at = first_suspicious(text);
    while (at < text.size() && !(suspicious[static_cast<unsigned char>(text[at])] && drop(at) != 0))
        ++at;
    if (at == text.size())
        return text;
    auto* const made = arena_->take(text.size());
    auto size = text.substr(0, at).copy(made, at);
    std::uint32_t gone = 0;
    while (at < text.size()) {
        if (auto const length = suspicious[static_cast<unsigned char>(text[at])] ? drop(at) : 0; length != 0) {
            at += length;
            gone += static_cast<std::uint32_t>(length);
            if (maps)
                dropped_.emplace_back(static_cast<std::uint32_t>(size), gone);
            continue;
        }
        made[size++] = text[at++];
    }
    return {made, size};
}

std::uint32_t walker::place_in_line(char const* at) const {
    auto const place = static_cast<std::uint32_t>(at - line_.data());
    if (dropped_.empty())
        return static_cast<std::uint32_t>(from_) + place;
    auto const after = std::ranges::upper_bound(dropped_, place, {}, &std::pair<std::uint32_t, std::uint32_t>::first);
    return static_cast<std::uint32_t>(from_) + place + (after == dropped_.begin() ? 0 : std::prev(after)->second);
}

void walker::walk_leftovers(context const& around) {
    while (!parser_.leftovers.empty()) {
        auto const text = parser_.leftovers.back();
        parser_.leftovers.pop_back();
        walk_text(text, around);
    }
}

namespace {

std::string_view trimmed(std::string_view all) {
    constexpr std::string_view blanks = " \t\n\r";
    auto const first = std::min(all.find_first_not_of(blanks), all.size());
    return all.substr(first, all.find_last_not_of(blanks) + 1 - first);
}

} // namespace

/// Whether the whole text, without surrounding blanks, comes from a decoder.
bool walker::is_decoded(std::string_view text) {
    if (out_->decoded.empty())
        return false;
    while (trimmed_.size() < out_->decoded.size())
        trimmed_.push_back(trimmed(out_->decoded[trimmed_.size()]));
    return std::ranges::find(trimmed_, trimmed(text)) != trimmed_.end();
}

void walker::walk_text(std::string_view text, context const& around) {
    if (around.depth >= limits::max_text_depth) {
        out_->truncated = true;
        return;
    }
    if (!budget_.spend_text(text.size() + 16))
        return;
    auto inner = around;
    ++inner.depth;
    if (is_decoded(text)) {
        if (++inner.decodings > limits::max_decodings) {
            out_->truncated = true;
            return;
        }
        inner.place = enter(place::kind::decoded, {}, around.place);
    }
    auto const outer = source_;
    auto const is_typed = text.data() >= line_.data() && text.data() <= line_.data() + line_.size();
    source_ = is_typed ? text : cleaned(text, false);
    auto const nodes = tree_.nodes.size();
    auto const node = parser_.nested(source_);
    budget_.count_nodes(tree_.nodes.size() - nodes);
    ++again_;
    if (node != none)
        walk(node, inner);
    --again_;
    source_ = outer;
}

} // namespace rulehost::shell
