#include "match/command/command_texts.hpp"

#include "match/command/shell_text.hpp"
#include "text/ascii.hpp"

namespace rulehost {

namespace {

constexpr std::size_t decoded_limit = 64 * 1024;
constexpr int decoding_rounds = 3;

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_white_space(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_white_space(text.back()))
        text.remove_suffix(1);
    return text;
}

/// Index of the first byte after the quoted text that opens at `at`, or the end of the line.
std::size_t after_quotes(std::string_view line, std::size_t at) {
    char const quote = line[at];
    for (++at; at < line.size(); ++at) {
        if (line[at] == quote)
            return at + 1;
        if (line[at] == '\\' && quote == '"')
            ++at;
    }
    return line.size();
}

} // namespace

std::string_view to_string(text_form form) {
    switch (form) {
    case text_form::line:
        return "line";
    case text_form::part:
        return "part";
    case text_form::normalised:
        break;
    }
    return "normalised";
}

void split_commands(std::string_view line, std::vector<std::string_view>& parts) {
    std::size_t begin = 0;
    auto const add = [&](std::size_t end) {
        if (auto const part = trimmed(line.substr(begin, end - begin)); !part.empty())
            parts.push_back(part);
    };
    for (std::size_t at = 0; at < line.size();) {
        switch (line[at]) {
        case '\'':
        case '"':
            at = after_quotes(line, at);
            break;
        case '\\':
            at += 2;
            break;
        case '&':
            // `2>&1`, `>&file` and `&>file` redirect and end no command.
            if ((at > 0 && (line[at - 1] == '>' || line[at - 1] == '<')) ||
                (at + 1 < line.size() && line[at + 1] == '>')) {
                ++at;
                break;
            }
            [[fallthrough]];
        case ';':
        case '|':
        case '\n':
            add(at);
            begin = ++at;
            break;
        default:
            ++at;
        }
    }
    add(line.size());
}

void command_texts::assign(std::string_view line) {
    line_ = line;
    typed_ = normalisation_ = combined_ = stage::nothing;
}

std::span<command_texts::text const> command_texts::typed() {
    if (typed_ == stage::nothing) {
        typed_ = stage::made;
        parts_.clear();
        texts_.clear();
        texts_.push_back({line_, text_form::line});
        split_commands(line_, parts_);
        extents_of_parts_.clear();
        for (auto const part : parts_) {
            if (part.size() == line_.size())
                continue;
            texts_.push_back({part, text_form::part});
            auto const begin = static_cast<std::size_t>(part.data() - line_.data());
            extents_of_parts_.push_back({begin, begin + part.size()});
        }
        typed_count_ = texts_.size();
    }
    return std::span{texts_}.first(typed_count_);
}

std::string_view command_texts::normalised() {
    if (normalisation_ == stage::nothing) {
        normalisation_ = stage::made;
        normalised_.clear();
        extents_.clear();
        if (may_be_obfuscated(line_))
            normalise();
    }
    return normalised_;
}

void command_texts::normalise() {
    typed();
    std::size_t copied = 0;
    for (auto const part : parts_) {
        auto const begin = static_cast<std::size_t>(part.data() - line_.data());
        normalised_.append(line_.substr(copied, begin - copied));
        copied = begin + part.size();
        auto const at = normalised_.size();
        append_unquoted(part, normalised_);
        if (std::string_view{normalised_}.substr(at) != part)
            extents_.push_back({at, normalised_.size()});
    }
    normalised_.append(line_.substr(copied));
    unquoted_line_ = extents_.size();
    extents_.push_back({0, normalised_.size()});

    std::string source;
    for (int round = 0; round != decoding_rounds; ++round) {
        std::string decoded;
        append_decoded(round == 0 ? normalised_ : source, decoded_limit, decoded);
        if (decoded.empty())
            break;
        std::vector<std::string_view> commands;
        split_commands(decoded, commands);
        for (auto const command : commands) {
            normalised_ += '\n';
            extents_.push_back({normalised_.size(), normalised_.size() + command.size()});
            normalised_ += command;
            if (may_be_obfuscated(command)) {
                normalised_ += '\n';
                auto const at = normalised_.size();
                append_unquoted(command, normalised_);
                extents_.push_back({at, normalised_.size()});
            }
        }
        source = std::move(decoded);
    }
    if (normalised_ == line_) {
        normalised_.clear();
        extents_.clear();
    }
}

command_texts::locator command_texts::in_line() {
    typed();
    locator made;
    made.pieces_ = extents_of_parts_;
    made.first_ = 1;
    made.whole_end_ = line_.size();
    return made;
}

command_texts::locator command_texts::in_normalised() {
    typed();
    locator made;
    if (normalised().empty())
        return made;
    made.pieces_ = extents_;
    made.first_ = typed_count_;
    made.whole_ = typed_count_ + unquoted_line_;
    made.whole_end_ = extents_[unquoted_line_].end;
    return made;
}

std::span<command_texts::text const> command_texts::all() {
    typed();
    if (combined_ == stage::nothing) {
        combined_ = stage::made;
        normalised();
        for (auto const& e : extents_)
            texts_.push_back({std::string_view{normalised_}.substr(e.begin, e.end - e.begin), text_form::normalised});
    }
    return texts_;
}

} // namespace rulehost
