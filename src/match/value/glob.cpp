#include "match/value/glob.hpp"

#include "match/value/letter_fold.hpp"
#include "rule/glob_text.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

namespace rulehost {

namespace {

constexpr auto npos = std::string_view::npos;

bool is_white(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/// memmem builds a table first, which costs more than searching a short text.
constexpr std::size_t short_text = 128;

/// With more globs it pays to compute the characters of a text first.
constexpr std::size_t few_wildcards = 4;

/// Linear; std::string_view::find is so for short texts only.
std::size_t find(std::string_view text, std::string_view what, std::size_t from) {
    if (what.empty())
        return from;
    if (text.size() - from < what.size())
        return npos; // memmem must not get a null pointer
    if (text.size() - from <= short_text)
        return text.find(what, from);
    auto const* const found =
        static_cast<char const*>(memmem(text.data() + from, text.size() - from, what.data(), what.size()));
    return found ? static_cast<std::size_t>(found - text.data()) : npos;
}

/// Place after the UTF-8 character at `at`.
std::size_t behind_character(std::string_view text, std::size_t at) {
    for (++at; at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80; ++at)
        continue;
    return at;
}

} // namespace

void glob_set::add(std::string_view glob, letter_case how) {
    std::vector<std::string> alternatives;
    spread_braces(glob, alternatives);
    for (auto const& each : alternatives)
        add_alternative(how == letter_case::folded ? folded(each) : each, how);
}

void glob_set::add_alternative(std::string_view glob, letter_case how) {
    wildcard made;
    made.open_front = glob.starts_with('*');
    std::vector<unit> units;
    bool plain = true;
    bool behind_star = false;
    auto const close = [&] {
        if (!units.empty()) {
            auto& closed = made.pieces.emplace_back();
            if (plain)
                for (auto const& each : units)
                    closed.text += each.letter;
            else
                closed.units = units;
        }
        units.clear();
        plain = true;
    };
    for (std::size_t at = 0; at < glob.size();) {
        auto const sign = glob[at];
        behind_star = sign == '*';
        if (sign == '*') {
            close();
            ++at;
            continue;
        }
        unit next;
        next.letter = sign;
        if (sign == '?') {
            next.what = unit::kind::any;
            ++at;
        } else if (sign == '[' && end_of_class(glob, at) != npos) {
            at = add_class(glob, at, how, next);
        } else if (is_white(sign)) {
            next.what = unit::kind::blanks;
            while (at < glob.size() && is_white(glob[at]))
                ++at;
        } else {
            if (sign == '\\' && at + 1 < glob.size())
                next.letter = glob[++at];
            ++at;
        }
        plain = plain && next.what == unit::kind::letter;
        units.push_back(next);
    }
    bool const has_star = made.open_front || behind_star || !made.pieces.empty();
    made.open_back = behind_star;
    close();
    if (!has_star && made.pieces.size() < 2 && (made.pieces.empty() || made.pieces.front().units.empty()))
        literals_.push_back(made.pieces.empty() ? std::string() : std::move(made.pieces.front().text));
    else {
        find_ends(made);
        wild_.push_back(std::move(made));
    }
}

/// Excludes most texts by their size, first and last letter.
void glob_set::find_ends(wildcard& of) {
    auto const letter_of = [](piece const& at, bool last) -> std::optional<char> {
        if (at.units.empty())
            return last ? at.text.back() : at.text.front();
        auto const& one = last ? at.units.back() : at.units.front();
        return one.what == unit::kind::letter ? std::optional(one.letter) : std::nullopt;
    };
    for (auto const& each : of.pieces)
        of.min_size += each.units.empty() ? each.text.size() : each.units.size();
    for (auto const& each : of.pieces) {
        for (char const c : each.text)
            of.signs.add(c);
        for (auto const& one : each.units)
            if (one.what == unit::kind::letter)
                of.signs.add(one.letter);
    }
    if (of.pieces.empty())
        return;
    if (auto const letter = letter_of(of.pieces.front(), false); letter && !of.open_front) {
        of.has_front = true;
        of.front = *letter;
    }
    if (auto const letter = letter_of(of.pieces.back(), true); letter && !of.open_back) {
        of.has_back = true;
        of.back = *letter;
    }
}

/// Returns the place after the class. A class of one letter is that letter.
std::size_t glob_set::add_class(std::string_view glob, std::size_t at, letter_case how, unit& into) {
    auto const end = end_of_class(glob, at);
    auto place = at + 1;
    bool const negated = glob[place] == '!' || glob[place] == '^';
    if (negated)
        ++place;
    letters members;
    while (place < end - 1) {
        if (glob[place] == '\\' && place + 1 < end - 1)
            ++place;
        auto const low = static_cast<unsigned char>(glob[place++]);
        auto high = low;
        if (place + 1 < end - 1 && glob[place] == '-') {
            high = static_cast<unsigned char>(glob[place + 1]);
            place += 2;
        }
        for (unsigned each = low; each <= high; ++each)
            members.set(each);
    }
    // The glob is folded, but not the letters between the ends of `A-z`.
    if (how == letter_case::folded)
        for (auto each = static_cast<unsigned char>('A'); each <= 'Z'; ++each)
            if (members.test(each))
                members.set(each | 0x20u);
    if (!negated && members.count() == 1) {
        for (unsigned each = 0; each != members.size(); ++each)
            if (members.test(each))
                into.letter = static_cast<char>(each);
        return end;
    }
    into.what = unit::kind::one_of;
    into.letters = static_cast<std::uint16_t>(classes_.size());
    classes_.push_back(negated ? ~members : members);
    return end;
}

void glob_set::finish() {
    std::ranges::sort(literals_);
    literals_.erase(std::unique(literals_.begin(), literals_.end()), literals_.end());
    for (auto const& each : literals_)
        sizes_of_literals_ |= size_bit(each.size());
    if (literals_.size() > 1)
        table_ = text_table(literals_);
    for (auto const& each : wild_) {
        auto const add_end = [](bool is_known, char end, sign_set& to) {
            if (is_known)
                to.add(end);
            else
                to.add_all();
        };
        add_end(each.has_front, each.front, fronts_);
        add_end(each.has_back, each.back, backs_);
        min_size_ = std::min(min_size_, std::max<std::size_t>(each.min_size, 1));
    }
    fits_all_ = std::ranges::any_of(wild_, [](wildcard const& each) { return each.pieces.empty(); });
}

bool glob_set::fits_wildcard(std::string_view text) const {
    if (wild_.size() < few_wildcards)
        return std::ranges::any_of(wild_, [&](wildcard const& each) { return each.may_fit(text) && fits(each, text); });
    sign_set signs;
    for (char const c : text)
        signs.add(c);
    return std::ranges::any_of(
        wild_, [&](wildcard const& each) { return signs.holds(each.signs) && each.may_fit(text) && fits(each, text); });
}

bool glob_set::fits_at(unit const& what, std::string_view text, std::size_t& at) const {
    if (at >= text.size())
        return false;
    switch (what.what) {
    case unit::kind::letter:
        return text[at++] == what.letter;
    case unit::kind::any:
        at = behind_character(text, at);
        return true;
    case unit::kind::one_of: {
        bool const fits = classes_[what.letters].test(static_cast<unsigned char>(text[at]));
        at = behind_character(text, at);
        return fits;
    }
    case unit::kind::blanks:
        if (!is_white(text[at]))
            return false;
        while (at < text.size() && is_white(text[at]))
            ++at;
        return true;
    }
    return false;
}

/// The place after the piece if it matches at `at`.
std::size_t glob_set::end_of(piece const& what, std::string_view text, std::size_t at) const {
    if (what.units.empty())
        return text.substr(at).starts_with(what.text) ? at + what.text.size() : npos;
    for (auto const& each : what.units)
        if (!fits_at(each, text, at))
            return npos;
    return at;
}

bool glob_set::ends_with(piece const& what, std::string_view text, std::size_t from) const {
    if (what.units.empty())
        return text.size() - from >= what.text.size() && text.ends_with(what.text);
    for (auto at = from; at <= text.size(); ++at)
        if (end_of(what, text, at) == text.size())
            return true;
    return false;
}

bool glob_set::fits(wildcard const& glob, std::string_view text) const {
    auto const& pieces = glob.pieces;
    std::size_t at = 0;
    std::size_t next = 0;
    auto last = pieces.size();
    if (pieces.empty())
        return true;
    if (!glob.open_front) {
        at = end_of(pieces[next++], text, 0);
        if (at == npos)
            return false;
        if (next == last && !glob.open_back)
            return at == text.size();
    }
    if (!glob.open_back && next < last)
        --last;
    for (; next != last; ++next) {
        auto const& wanted = pieces[next];
        if (wanted.units.empty()) {
            at = find(text, wanted.text, at);
            if (at == npos)
                return false;
            at += wanted.text.size();
            continue;
        }
        auto end = npos;
        for (; at <= text.size() && end == npos; ++at)
            end = end_of(wanted, text, at);
        if (end == npos)
            return false;
        at = end;
    }
    return glob.open_back || last == pieces.size() || ends_with(pieces.back(), text, at);
}

std::vector<std::string> glob_set::needed() const {
    std::vector<std::string> all;
    for (auto const& glob : wild_) {
        std::string longest;
        for (auto const& each : glob.pieces) {
            std::string run = each.text;
            for (auto const& one : each.units) {
                if (one.what == unit::kind::letter) {
                    run += one.letter;
                } else {
                    longest = run.size() > longest.size() ? run : longest;
                    run.clear();
                }
            }
            longest = run.size() > longest.size() ? run : longest;
        }
        all.push_back(std::move(longest));
    }
    return all;
}

} // namespace rulehost
