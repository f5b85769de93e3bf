#include "shell/programs/options.hpp"

#include "shell/text/letters.hpp"

#include <algorithm>
#include <array>

namespace rulehost::shell {

namespace {

/// `-a` for each byte: static names for the letters of a cluster.
constexpr auto short_names = [] {
    std::array<char, 512> table{};
    for (std::size_t i = 0; i < 256; ++i) {
        table[2 * i] = '-';
        table[2 * i + 1] = static_cast<char>(i);
    }
    return table;
}();

std::string_view short_name(char letter) {
    return {short_names.data() + std::size_t{2} * static_cast<unsigned char>(letter), 2};
}

bool is_letter_or_digit(char c) {
    return is(c, letter_name) && c != '_';
}

/// Calls `each(option)` for the options of `words[at]`.
template <typename Each>
std::size_t read(program_entry const& entry, std::span<std::string_view const> words, std::size_t at,
                 Each const& each) {
    auto const word = words[at];
    if (word.size() < 2 || word[0] != '-' || word == "--")
        return 0;
    auto const next = at + 1 < words.size() ? words[at + 1] : std::string_view();
    auto const has_next = at + 1 < words.size();
    auto const whole = [&](std::string_view name, std::string_view value, bool has_value) {
        auto const* const rule = entry.find(name);
        auto const twin = rule != nullptr ? std::string_view(rule->twin) : std::string_view();
        if (!has_value && rule != nullptr && rule->takes && has_next) {
            each(option{name, twin, next, true});
            return std::size_t{2};
        }
        each(option{name, twin, value, has_value});
        return std::size_t{1};
    };
    if (word[1] == '-') {
        auto const sign = word.find('=');
        if (sign != std::string_view::npos)
            return whole(word.substr(0, sign), word.substr(sign + 1), true);
        return whole(word, {}, false);
    }
    if (entry.single_dash) {
        if (auto const* const rule = entry.find(word); rule != nullptr)
            return whole(word, {}, false);
        if (auto const sign = word.find('='); sign != std::string_view::npos)
            return whole(word.substr(0, sign), word.substr(sign + 1), true);
        if (auto const* const rule = entry.find(word[1]); rule != nullptr && rule->takes && word.size() > 2) {
            each(option{short_name(word[1]), rule->twin, word.substr(2), true});
            return 1;
        }
        return whole(word, {}, false);
    }
    if (word.size() == 2) {
        auto const* const rule = entry.find(word[1]);
        auto const twin = rule != nullptr ? std::string_view(rule->twin) : std::string_view();
        if (rule == nullptr || !rule->takes) {
            each(option{word, twin, {}, false});
            return 1;
        }
        each(option{word, twin, next, has_next});
        return has_next ? 2 : 1;
    }
    if (word.find_first_not_of("0123456789", 1) == std::string_view::npos && entry.find(word[1]) == nullptr) {
        each(option{word, {}, {}, false}); // `-31`
        return 1;
    }
    // A cluster, up to the first letter that takes a value; any other word is one option.
    for (std::size_t i = 1; i < word.size(); ++i) {
        auto const* const rule = entry.find(word[i]);
        if (rule != nullptr && rule->takes)
            break;
        if (!is_letter_or_digit(word[i]) && word.size() > 2) {
            if (auto const sign = word.find('='); sign != std::string_view::npos && sign > 1)
                return whole(word.substr(0, sign), word.substr(sign + 1), true);
            return whole(word, {}, false);
        }
    }
    for (std::size_t i = 1; i < word.size(); ++i) {
        auto const* const rule = entry.find(word[i]);
        if (rule == nullptr || !rule->takes) {
            each(option{
                short_name(word[i]), rule != nullptr ? std::string_view(rule->twin) : std::string_view(), {}, false});
            continue;
        }
        auto rest = word.substr(i + 1);
        if (!rest.empty()) {
            each(option{short_name(word[i]), rule->twin, rest.front() == '=' ? rest.substr(1) : rest, true});
            return 1;
        }
        each(option{short_name(word[i]), rule->twin, next, has_next});
        return has_next ? 2 : 1;
    }
    return 1;
}

} // namespace

std::size_t read_option(program_entry const& entry, std::span<std::string_view const> words, std::size_t at,
                        pool<option>* out) {
    return read(entry, words, at, [out](option const& found) {
        if (out != nullptr)
            out->push_back(found);
    });
}

std::size_t first_option(program_entry const& entry, std::span<std::string_view const> words, std::size_t at,
                         option& out) {
    return read(entry, words, at, [&out](option const& found) { out = found; });
}

std::string_view short_option(char letter) {
    return short_name(letter);
}

program_entry const& unknown_program() {
    static program_entry const entry;
    return entry;
}

void program_entry::index_options() {
    std::size_t count = 4;
    while (count < 2 * options.size())
        count *= 2;
    slots.assign(count, 0);
    letters = {};
    for (std::size_t i = 0; i < options.size(); ++i) {
        std::string_view const spelling = options[i].name;
        auto const place = static_cast<std::uint16_t>(i + 1);
        auto at = quick_hash(spelling) & (count - 1);
        while (slots[at] != 0)
            at = (at + 1) & (count - 1);
        slots[at] = place;
        if (spelling.size() == 2 && spelling[0] == '-' && static_cast<unsigned char>(spelling[1]) < letters.size())
            letters[static_cast<unsigned char>(spelling[1])] = place;
    }
}

option_rule const* program_entry::find(std::string_view option) const {
    if (slots.empty())
        return nullptr;
    for (auto at = quick_hash(option) & (slots.size() - 1); slots[at] != 0; at = (at + 1) & (slots.size() - 1))
        if (auto const& found = options[slots[at] - 1U]; found.name == option)
            return &found;
    return nullptr;
}

} // namespace rulehost::shell
