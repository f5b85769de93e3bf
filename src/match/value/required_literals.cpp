#include "match/value/required_literals.hpp"

#include "match/value/letter_fold.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

namespace rulehost {

namespace {

constexpr std::size_t deepest_group = 100;
constexpr std::size_t widest_class = 4;
constexpr std::size_t max_clauses = 8;

bool is_ascii(char c) {
    return static_cast<unsigned char>(c) < 0x80;
}

/// Vectorscan treats a word that starts with a NUL as empty.
bool is_usable(std::uint32_t code) {
    return code != 0 && code < 0x80;
}

/// Facts about the texts that a piece of an expression matches.
struct piece {
    enum class knowledge { exact, partial };

    knowledge known = knowledge::exact;
    std::vector<std::string> words{std::string{}}; ///< exact: it matches one of these and nothing else
    std::vector<clause> required;                  ///< partial: each of these occurs in what it matches

    static piece word(std::string text) { return {knowledge::exact, {std::move(text)}, {}}; }
    static piece anything() { return {knowledge::partial, {}, {}}; }
};

/// The words as a clause; nothing if they are too short to search.
std::optional<clause> as_clause(std::vector<std::string> words, std::size_t min_size) {
    for (auto& word : words)
        if (word.size() > max_literal_length)
            word.resize(max_literal_length);
    reduce(words);
    if (words.empty() || words.size() > max_clause_size || words.front().size() < min_size)
        return {};
    return words;
}

clause const* best_of(std::vector<clause> const& clauses) {
    auto const best = std::ranges::max_element(clauses, {}, selectivity);
    return best == clauses.end() ? nullptr : &*best;
}

/// A sequence of pieces.
class sequence {
public:
    explicit sequence(std::size_t min_size) : min_size_(min_size) {}

    void append(piece next) {
        for (auto& found : next.required)
            require(std::move(found));
        if (next.known == piece::knowledge::partial) {
            interrupt();
        } else if (run_.size() * next.words.size() <= max_clause_size && longest(run_) <= max_literal_length) {
            multiply(next.words);
        } else {
            interrupt();
            run_ = std::move(next.words);
        }
    }

    /// An unknown piece follows.
    void interrupt() {
        if (auto found = as_clause(run_, min_size_))
            require(std::move(*found));
        run_ = {std::string{}};
        known_ = piece::knowledge::partial;
    }

    piece finish() {
        if (known_ == piece::knowledge::exact)
            return {piece::knowledge::exact, std::move(run_), {}};
        interrupt();
        return {piece::knowledge::partial, {}, std::move(required_)};
    }

private:
    static std::size_t longest(std::vector<std::string> const& words) {
        return std::ranges::max(words, {}, [](auto const& w) { return w.size(); }).size();
    }

    void multiply(std::vector<std::string> const& words) {
        std::vector<std::string> product;
        product.reserve(run_.size() * words.size());
        for (auto const& head : run_)
            for (auto const& tail : words)
                product.push_back(head + tail);
        run_ = std::move(product);
    }

    void require(clause found) {
        if (required_.size() < max_clauses)
            required_.push_back(std::move(found));
    }

    std::size_t min_size_;                        ///< of a word
    std::vector<std::string> run_{std::string{}}; ///< the exact words since the last interruption
    std::vector<clause> required_;
    piece::knowledge known_ = piece::knowledge::exact;
};

piece any_of(std::vector<piece> branches, std::size_t min_size) {
    if (branches.size() == 1)
        return std::move(branches.front());
    std::vector<std::string> words;
    bool exact = true;
    for (auto const& branch : branches) {
        exact = exact && branch.known == piece::knowledge::exact;
        words.insert(words.end(), branch.words.begin(), branch.words.end());
    }
    if (exact && words.size() <= max_clause_size)
        return {piece::knowledge::exact, std::move(words), {}};
    words.clear();
    for (auto& branch : branches)
        if (branch.known == piece::knowledge::exact)
            words.insert(words.end(), branch.words.begin(), branch.words.end());
        else if (auto const* best = best_of(branch.required))
            words.insert(words.end(), best->begin(), best->end());
        else
            return piece::anything();
    auto result = piece::anything();
    if (auto found = as_clause(std::move(words), min_size))
        result.required.push_back(std::move(*found));
    return result;
}

/// Thrown for an unsupported construct; never leaves this file.
struct not_understood {};

/// Reads the small language that `regex::pcre_syntax` is written in.
class reader {
public:
    reader(std::string_view text, std::size_t min_size) : text_(text), min_size_(min_size) {}

    piece run() {
        auto whole = alternatives();
        if (at_ != text_.size())
            throw not_understood{};
        return whole;
    }

private:
    bool accept(std::string_view expected) {
        if (!text_.substr(at_).starts_with(expected))
            return false;
        at_ += expected.size();
        return true;
    }
    bool at_end() const { return at_ >= text_.size(); }
    char next() {
        if (at_end())
            throw not_understood{};
        return text_[at_++];
    }
    void skip_past(char last) {
        auto const found = text_.find(last, at_);
        if (found == std::string_view::npos)
            throw not_understood{};
        at_ = found + 1;
    }

    piece alternatives() {
        if (++depth_ > deepest_group)
            throw not_understood{};
        std::vector<piece> branches;
        do
            branches.push_back(branch());
        while (accept("|"));
        --depth_;
        return any_of(std::move(branches), min_size_);
    }

    piece branch() {
        sequence all(min_size_);
        while (!at_end() && text_[at_] != '|' && text_[at_] != ')')
            all.append(repeated(atom()));
        return all.finish();
    }

    piece atom() {
        char const c = next();
        switch (c) {
        case '(':
            return group();
        case '[':
            return character_class();
        case '\\':
            return escape();
        case '.':
            return piece::anything();
        case '^':
        case '$':
            return {};
        case '*':
        case '+':
        case '?':
        case '{':
            throw not_understood{};
        default:
            break;
        }
        if (is_ascii(c))
            return c == '\0' ? piece::anything() : piece::word({fold_letter(c)});
        while (!at_end() && (static_cast<unsigned char>(text_[at_]) & 0xc0) == 0x80)
            ++at_;
        return piece::anything();
    }

    piece group() {
        if (!accept("?"))
            return closed(alternatives());
        for (std::string_view const around : {"=", "!", "<=", "<!"})
            if (accept(around)) {
                closed(alternatives());
                return {};
            }
        if (accept("P=")) {
            skip_past(')');
            return piece::anything();
        }
        if (accept("(")) {
            skip_past(')');
            closed(alternatives());
            return piece::anything();
        }
        if (accept("P<"))
            skip_past('>');
        else if (!accept(">"))
            while (!accept(":")) {
                char const flag = next();
                if (flag == ')')
                    return {};
                if (flag != 'i' && flag != 'm' && flag != 's' && flag != '-')
                    throw not_understood{};
            }
        return closed(alternatives());
    }

    piece closed(piece inside) {
        if (!accept(")"))
            throw not_understood{};
        return inside;
    }

    /// `{41}` of `\x{41}`.
    std::uint32_t code_point() {
        if (!accept("{"))
            throw not_understood{};
        auto const digits = text_.substr(at_, text_.substr(at_).find('}'));
        std::uint32_t value = 0;
        auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
        if (error != std::errc{} || end != digits.data() + digits.size())
            throw not_understood{};
        skip_past('}');
        return value;
    }

    piece escape() {
        switch (char const c = next()) {
        case 'A':
        case 'b':
        case 'B':
        case 'z':
            return {};
        case 'd':
        case 'D':
        case 'w':
        case 'W':
        case 's':
        case 'S':
            return piece::anything();
        case 'g':
            skip_past('}');
            return piece::anything();
        case 'x': {
            auto const code = code_point();
            return is_usable(code) ? piece::word({fold_letter(static_cast<char>(code))}) : piece::anything();
        }
        default:
            if (!is_ascii(c) || (c >= '0' && c <= '9') || (fold_letter(c) >= 'a' && fold_letter(c) <= 'z'))
                throw not_understood{};
            return piece::word({c});
        }
    }

    /// One member of a class: its code point; empty for a set such as `\d`.
    std::optional<std::uint32_t> member() {
        char const c = next();
        if (!is_ascii(c)) {
            while (!at_end() && (static_cast<unsigned char>(text_[at_]) & 0xc0) == 0x80)
                ++at_;
            return 0x80; // some code point beyond ASCII
        }
        if (c != '\\')
            return static_cast<std::uint32_t>(c);
        char const escaped = next();
        if (escaped == 'x')
            return code_point();
        if (is_ascii(escaped) && !(fold_letter(escaped) >= 'a' && fold_letter(escaped) <= 'z'))
            return static_cast<std::uint32_t>(escaped);
        return {};
    }

    piece character_class() {
        bool known = !accept("^");
        std::vector<std::string> words;
        for (bool first = true; first || !accept("]"); first = false) {
            auto const low = member();
            auto high = low;
            if (text_.substr(at_).size() > 1 && text_[at_] == '-' && text_[at_ + 1] != ']') {
                ++at_;
                high = member();
            }
            if (!low || !high || !is_usable(*low) || !is_usable(*high) || *high < *low ||
                *high - *low >= widest_class * 2)
                known = false;
            if (known)
                for (auto code = *low; code <= *high; ++code)
                    words.push_back({fold_letter(static_cast<char>(code))});
        }
        std::ranges::sort(words);
        words.erase(std::unique(words.begin(), words.end()), words.end());
        if (!known || words.size() > widest_class)
            return piece::anything();
        return {piece::knowledge::exact, std::move(words), {}};
    }

    struct repeat {
        std::size_t least = 1;
        std::optional<std::size_t> most = 1;
    };

    repeat quantifier() {
        repeat count;
        if (accept("*"))
            count = {0, {}};
        else if (accept("+"))
            count = {1, {}};
        else if (accept("?"))
            count = {0, 1};
        else if (accept("{")) {
            auto const number = [&] {
                std::size_t value = 0;
                auto const rest = text_.substr(at_);
                auto const [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
                if (error != std::errc{})
                    throw not_understood{};
                at_ += static_cast<std::size_t>(end - rest.data());
                return value;
            };
            count.least = number();
            count.most = count.least;
            if (accept(",")) {
                count.most.reset();
                if (!text_.substr(at_).starts_with("}"))
                    count.most = number();
            }
            if (!accept("}"))
                throw not_understood{};
        } else
            return count;
        if (!accept("?"))
            accept("+");
        return count;
    }

    piece repeated(piece once) {
        auto const count = quantifier();
        if (count.least == 1 && count.most == 1)
            return once;
        if (count.least == 0) {
            if (count.most != 1 || once.known == piece::knowledge::partial || once.words.size() >= max_clause_size)
                return piece::anything();
            once.words.emplace_back();
            return once;
        }
        if (count.most == count.least && count.least <= max_literal_length) {
            sequence all(min_size_);
            for (std::size_t i = 0; i != count.least; ++i)
                all.append(once);
            return all.finish();
        }
        sequence all(min_size_);
        all.append(std::move(once));
        all.interrupt();
        return all.finish();
    }

    std::string_view text_;
    std::size_t min_size_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
};

} // namespace

std::vector<clause> required_literals(std::string_view expression, std::size_t min_size) {
    try {
        auto whole = reader{expression, min_size}.run();
        if (whole.known == piece::knowledge::partial)
            return std::move(whole.required);
        if (auto found = as_clause(std::move(whole.words), min_size))
            return {std::move(*found)};
    } catch (not_understood const&) {
        // Nothing is known about it.
    }
    return {};
}

} // namespace rulehost
