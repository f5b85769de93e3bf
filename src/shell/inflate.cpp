#include "shell/filters.hpp"
#include "shell/limits.hpp"

#include <array>
#include <cstdint>

namespace rulehost::shell {

namespace {

/// RFC 1951, a bit at a time: the texts are short.
class inflater {
public:
    inflater(std::string_view data, char* out, std::size_t room) : data_(data), out_(out), room_(room) {}

    bool run() {
        while (true) {
            auto const last = bits(1);
            auto const type = bits(2);
            bool good = false;
            if (type == 0)
                good = stored();
            else if (type == 1)
                good = fixed();
            else if (type == 2)
                good = dynamic();
            if (!good || bad_)
                return false;
            if (last != 0)
                return true;
        }
    }
    std::size_t size() const { return size_; }

private:
    struct code {
        std::array<std::uint16_t, 16> counts{};
        std::array<std::uint16_t, 288> symbols{};

        void make(std::uint8_t const* lengths, std::size_t size) {
            counts.fill(0);
            for (std::size_t i = 0; i < size; ++i)
                ++counts[lengths[i]];
            std::array<std::uint16_t, 16> places{};
            for (std::size_t i = 1; i < 15; ++i)
                places[i + 1] = static_cast<std::uint16_t>(places[i] + counts[i]);
            for (std::size_t i = 0; i < size; ++i)
                if (lengths[i] != 0)
                    symbols[places[lengths[i]]++] = static_cast<std::uint16_t>(i);
            counts[0] = 0;
        }
    };

    std::uint32_t bits(unsigned count) {
        std::uint32_t value = 0;
        for (unsigned i = 0; i < count; ++i) {
            if (at_ / 8 >= data_.size()) {
                bad_ = true;
                return 0;
            }
            value |= ((static_cast<unsigned char>(data_[at_ / 8]) >> (at_ % 8)) & 1U) << i;
            ++at_;
        }
        return value;
    }

    std::uint32_t symbol(code const& by) {
        std::int32_t value = 0;
        std::int32_t first = 0;
        std::int32_t index = 0;
        for (std::size_t length = 1; length < 16 && !bad_; ++length) {
            value |= static_cast<std::int32_t>(bits(1));
            std::int32_t const count = by.counts[length];
            if (value - count < first)
                return by.symbols[static_cast<std::size_t>(index + value - first) % 288];
            index += count;
            first = (first + count) << 1;
            value <<= 1;
        }
        bad_ = true;
        return 0;
    }

    bool put(char c) {
        if (size_ == room_)
            return false;
        out_[size_++] = c;
        return true;
    }

    bool stored() {
        at_ = (at_ + 7) / 8 * 8;
        auto const length = bits(16);
        bits(16);
        for (std::uint32_t i = 0; i < length && !bad_; ++i)
            if (!put(static_cast<char>(bits(8))))
                return false;
        return true;
    }

    bool fixed() {
        std::array<std::uint8_t, 288> lengths{};
        for (std::size_t i = 0; i < 288; ++i)
            lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
        letters_.make(lengths.data(), 288);
        lengths.fill(5);
        distances_.make(lengths.data(), 30);
        return blocks();
    }

    bool dynamic() {
        constexpr std::array<std::uint8_t, 19> order{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
        auto const letters = bits(5) + 257;
        auto const distances = bits(5) + 1;
        auto const sizes = bits(4) + 4;
        std::array<std::uint8_t, 320> lengths{};
        for (std::uint32_t i = 0; i < sizes; ++i)
            lengths[order[i]] = static_cast<std::uint8_t>(bits(3));
        if (letters > 286 || distances > 30)
            return false;
        code by;
        by.make(lengths.data(), 19);
        std::array<std::uint8_t, 320> all{};
        std::uint32_t at = 0;
        while (at < letters + distances) {
            auto const what = symbol(by);
            if (bad_)
                return false;
            std::uint32_t repeat = 1;
            std::uint8_t value = static_cast<std::uint8_t>(what);
            if (what >= 16) {
                if (what == 16 && at == 0)
                    return false;
                value = what == 16 ? all[at - 1] : 0;
                repeat = what == 16 ? 3 + bits(2) : what == 17 ? 3 + bits(3) : 11 + bits(7);
            }
            if (at + repeat > letters + distances)
                return false;
            while (repeat-- > 0)
                all[at++] = value;
        }
        letters_.make(all.data(), letters);
        distances_.make(all.data() + letters, distances);
        return blocks();
    }

    bool blocks() {
        constexpr std::array<std::uint16_t, 29> bases{3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                                      31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
        constexpr std::array<std::uint8_t, 29> extras{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                                      2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
        constexpr std::array<std::uint16_t, 30> far{1,    2,    3,    4,    5,    7,    9,    13,    17,    25,
                                                    33,   49,   65,   97,   129,  193,  257,  385,   513,   769,
                                                    1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
        while (!bad_) {
            auto const what = symbol(letters_);
            if (bad_)
                return false;
            if (what == 256)
                return true;
            if (what < 256) {
                if (!put(static_cast<char>(what)))
                    return false;
                continue;
            }
            if (what - 257 >= bases.size())
                return false;
            auto const length = bases[what - 257] + bits(extras[what - 257]);
            auto const which = symbol(distances_);
            if (bad_ || which >= far.size())
                return false;
            auto const distance = far[which] + bits(which < 2 ? 0 : which / 2 - 1);
            if (distance > size_)
                return false;
            for (std::uint32_t i = 0; i < length; ++i)
                if (!put(out_[size_ - distance]))
                    return false;
        }
        return false;
    }

    std::string_view data_;
    char* out_;
    std::size_t room_;
    std::size_t at_ = 0;
    std::size_t size_ = 0;
    code letters_;
    code distances_;
    bool bad_ = false;
};

} // namespace

std::string_view inflate_gzip(std::string_view data, text_arena& arena) {
    if (data.size() < 18 || data[0] != '\x1f' || data[1] != '\x8b' || data[2] != 8)
        return {};
    auto const flags = static_cast<unsigned char>(data[3]);
    std::size_t at = 10;
    if ((flags & 4) != 0)
        at += 2U + static_cast<unsigned char>(data[at]) + std::size_t{256} * static_cast<unsigned char>(data[at + 1]);
    for (unsigned const named : {8U, 16U}) {
        if ((flags & named) == 0)
            continue;
        auto const end = data.find('\0', std::min(at, data.size()));
        at = end == std::string_view::npos ? data.size() : end + 1;
    }
    if ((flags & 2) != 0)
        at += 2;
    if (at >= data.size())
        return {};
    auto* const out = arena.take(limits::max_text);
    inflater work(data.substr(at), out, limits::max_text);
    if (!work.run() && work.size() == 0)
        return {};
    return {out, work.size()};
}

} // namespace rulehost::shell
