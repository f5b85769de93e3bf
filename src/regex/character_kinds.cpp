#include "regex/character_kinds.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>
#include <atomic>
#include <memory>
#include <new>
#include <string>
#include <string_view>

namespace rulehost {
namespace {

constexpr std::size_t block_size = 256;
constexpr std::size_t blocks = 0x110000 / block_size;
using kind_block = std::array<character_kind, block_size>;

/// Test of single characters by PCRE2, so that all searches use the same Unicode tables.
class character_test {
public:
    explicit character_test(char const* expression) {
        int error = 0;
        std::size_t offset = 0;
        code_ = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expression), PCRE2_ZERO_TERMINATED,
                              PCRE2_UTF | PCRE2_UCP | PCRE2_ANCHORED, &error, &offset, nullptr);
        data_ = code_ ? pcre2_match_data_create(1, nullptr) : nullptr;
        if (!data_) {
            pcre2_code_free(code_);
            throw std::bad_alloc();
        }
    }
    ~character_test() {
        pcre2_match_data_free(data_);
        pcre2_code_free(code_);
    }
    character_test(character_test const&) = delete;
    character_test& operator=(character_test const&) = delete;

    bool operator()(std::string_view character) const {
        return pcre2_match(code_, reinterpret_cast<PCRE2_SPTR>(character.data()), character.size(), 0,
                           PCRE2_NO_UTF_CHECK, data_, nullptr) >= 0;
    }

private:
    pcre2_code* code_ = nullptr;
    pcre2_match_data* data_ = nullptr;
};

std::string in_utf8(char32_t c) {
    auto const tail = [c](unsigned shift) { return static_cast<char>(0x80 | (c >> shift & 0x3f)); };
    if (c < 0x800)
        return {static_cast<char>(0xc0 | c >> 6), tail(0)};
    if (c < 0x10000)
        return {static_cast<char>(0xe0 | c >> 12), tail(6), tail(0)};
    return {static_cast<char>(0xf0 | c >> 18), tail(12), tail(6), tail(0)};
}

bool is_other_space(char32_t c) {
    return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
        c == 0x202f || c == 0x205f || c == 0x3000;
}

std::unique_ptr<kind_block> make_block(std::size_t number) {
    character_test const is_word("\\w");
    character_test const is_digit("\\d");
    auto made = std::make_unique<kind_block>();
    for (std::size_t i = 0; i != block_size; ++i) {
        auto const c = static_cast<char32_t>(number * block_size + i);
        auto& kind = (*made)[i];
        kind = character_kind::other;
        if (c < 0x80 || (c >= 0xd800 && c < 0xe000))
            continue;
        auto const spelt = in_utf8(c);
        if (c == 0x17f)
            kind = character_kind::long_s;
        else if (c == 0x212a)
            kind = character_kind::kelvin_sign;
        else if (c == 0x130 || c == 0x131)
            kind = character_kind::other_i;
        else if (is_other_space(c))
            kind = character_kind::space;
        else if (is_digit(spelt))
            kind = character_kind::digit;
        else if (is_word(spelt))
            kind = character_kind::letter;
    }
    return made;
}

std::size_t number_of(character_kind kind) {
    return static_cast<std::size_t>(kind);
}

} // namespace

character_kind kind_of(char32_t code_point) {
    static std::array<std::atomic<kind_block const*>, blocks> made;
    auto& place = made[code_point / block_size];
    auto const* block = place.load(std::memory_order_acquire);
    if (!block) {
        auto fresh = make_block(code_point / block_size);
        if (place.compare_exchange_strong(block, fresh.get(), std::memory_order_acq_rel))
            block = fresh.release(); // never freed: threads read it without a lock
    }
    return (*block)[code_point % block_size];
}

kind_set ascii_kinds(std::uint32_t first, std::uint32_t last) {
    kind_set set;
    for (auto c = first; c <= last && c < 0x80; ++c)
        set.set(c);
    set[number_of(character_kind::inner_newline)] = set['\n'];
    return set;
}

kind_set kinds_of_class(char letter) {
    kind_set set;
    switch (letter) {
    case 'd':
        set = ascii_kinds('0', '9');
        set.set(number_of(character_kind::digit));
        return set;
    case 's':
        set = ascii_kinds('\t', '\r') | ascii_kinds(0x1c, ' ');
        set.set(number_of(character_kind::space));
        return set;
    case 'w':
        set = ascii_kinds('0', '9') | ascii_kinds('a', 'z') | ascii_kinds('A', 'Z') | ascii_kinds('_', '_');
        for (auto const each : {character_kind::letter, character_kind::digit, character_kind::long_s,
                                character_kind::kelvin_sign, character_kind::other_i})
            set.set(number_of(each));
        return set;
    default:
        return complement(kinds_of_class(static_cast<char>(letter - 'A' + 'a')));
    }
}

kind_set complement(kind_set const& set) {
    auto others = ~set;
    others.reset(number_of(character_kind::invalid));
    return others;
}

kind_set in_either_case(kind_set const& set) {
    auto both = set;
    for (std::size_t c = 'a'; c <= 'z'; ++c) {
        auto const upper = c - 'a' + 'A';
        both[c] = both[upper] = set[c] || set[upper];
    }
    both[number_of(character_kind::long_s)] = both['s'];
    both[number_of(character_kind::kelvin_sign)] = both['k'];
    both[number_of(character_kind::other_i)] = both['i'];
    return both;
}

} // namespace rulehost
