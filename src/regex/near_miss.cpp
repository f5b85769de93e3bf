#include "regex/near_miss.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace rulehost {
namespace {

constexpr std::size_t max_expression = 4096;
constexpr std::size_t max_searches = 300;
constexpr std::size_t max_depth = 3;

/// A piece of an expression with its quantifier.
struct part {
    std::string_view text;
    std::string_view group; ///< contents of a required group; empty for everything else
    std::size_t weight = 1; ///< 0: insignificant by itself, such as an anchor or an optional part
};

using branch = std::vector<part>;

std::size_t end_of_class(std::string_view text, std::size_t at) {
    ++at;
    if (at < text.size() && text[at] == '^')
        ++at;
    if (at < text.size() && text[at] == ']')
        ++at;
    while (at < text.size() && text[at] != ']')
        at += text[at] == '\\' ? 2 : 1;
    return std::min(at + 1, text.size());
}

std::size_t end_of_atom(std::string_view text, std::size_t at) {
    if (text[at] == '\\')
        return std::min(at + 2, text.size());
    if (text[at] == '[')
        return end_of_class(text, at);
    if (text[at] != '(')
        return at + 1;
    for (++at; at < text.size() && text[at] != ')';)
        at = end_of_atom(text, at);
    return std::min(at + 1, text.size());
}

std::size_t end_of_quantifier(std::string_view text, std::size_t at) {
    if (at < text.size() && text[at] == '{') {
        auto const end = text.find('}', at);
        at = end == std::string_view::npos ? at : end + 1;
    } else if (at < text.size() && (text[at] == '*' || text[at] == '+' || text[at] == '?')) {
        ++at;
    } else {
        return at;
    }
    return at < text.size() && (text[at] == '?' || text[at] == '+') ? at + 1 : at;
}

part part_of(std::string_view atom, std::string_view quantifier) {
    part made{{atom.data(), atom.size() + quantifier.size()}, {}, 1};
    auto const optional = quantifier.starts_with('?') || quantifier.starts_with('*') || quantifier.starts_with("{0") ||
        quantifier.starts_with("{,");
    auto const is_group = atom.starts_with('(');
    auto const plain_group = is_group && (!atom.starts_with("(?") || atom.starts_with("(?:"));
    auto const anchor = atom == "^" || atom == "$" || atom == "\\b" || atom == "\\B" || atom == "\\A" || atom == "\\Z";
    if (optional || anchor || (is_group && !plain_group)) {
        made.weight = 0;
    } else if (plain_group && quantifier.empty() && atom.ends_with(')')) {
        made.group = atom.substr(atom.starts_with("(?:") ? 3 : 1);
        made.group.remove_suffix(1);
    }
    return made;
}

std::vector<branch> branches_of(std::string_view text) {
    std::vector<branch> all(1);
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == '|') {
            all.emplace_back();
            ++at;
            continue;
        }
        auto const end = end_of_atom(text, at);
        auto const whole = end_of_quantifier(text, end);
        all.back().push_back(part_of(text.substr(at, end - at), text.substr(end, whole - end)));
        at = whole;
    }
    return all;
}

std::string joined(branch const& parts, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i != count; ++i)
        text += parts[i].text;
    return text;
}

std::size_t weight_of(branch const& parts, std::size_t count) {
    std::size_t weight = 0;
    for (std::size_t i = 0; i != count; ++i)
        weight += parts[i].weight;
    return weight;
}

class search {
public:
    search(regex::flags options, std::string_view text) : options_(options), text_(text) {}

    /// The near miss of the parts after `before`, which is found.
    near_miss nearest(std::string const& before, std::string_view expression, std::size_t depth) {
        near_miss best;
        for (auto const& parts : branches_of(expression)) {
            auto const all = weight_of(parts, parts.size());
            if (all == 0)
                continue;
            std::size_t found = 0;
            for (auto missing = parts.size(); missing - found > 1;) {
                auto const middle = found + (missing - found) / 2;
                (is_found(before + joined(parts, middle)) ? found : missing) = middle;
            }
            near_miss here{static_cast<double>(weight_of(parts, found)), joined(parts, found)};
            if (found < parts.size() && !parts[found].group.empty() && depth < max_depth) {
                auto const inner = nearest(before + here.found, parts[found].group, depth + 1);
                here.share += inner.share;
                here.found += inner.found;
            }
            here.share /= static_cast<double>(all);
            if (here.share > best.share)
                best = std::move(here);
        }
        return best;
    }

private:
    bool is_found(std::string const& expression) {
        if (searches_ == max_searches)
            return false;
        ++searches_;
        auto const compiled = regex::compile(expression, options_);
        return compiled && (*compiled)->search(text_) == regex::outcome::match;
    }

    regex::flags options_;
    std::string_view text_;
    std::size_t searches_ = 0;
};

} // namespace

near_miss near_miss_of(std::string_view expression, regex::flags options, std::string_view text) {
    if (expression.size() > max_expression)
        return {};
    std::string flags;
    if (expression.starts_with("(?") && expression.substr(2, 1).find_first_of("aimsux") == 0) {
        flags = expression.substr(0, end_of_atom(expression, 0));
        if (flags.find(':') != std::string::npos)
            flags.clear();
    }
    return search(options, text).nearest(flags, expression.substr(flags.size()), 0);
}

} // namespace rulehost
