#include "shell/text/filters.hpp"
#include "shell/text/growing_text.hpp"
#include "shell/text/letters.hpp"
#include "text/base64.hpp"

#include <zlib.h>

#include <cstdint>

namespace rulehost::shell {

namespace {

/// Decodes digits of `bits` bits each by `value`, which is negative for bytes to skip or the end of the text.
template <typename Value>
std::string_view decode_bits(std::string_view text, int bits, text_arena& arena, Value const& value) {
    auto* const out = arena.take(text.size() + 1);
    std::size_t size = 0;
    std::uint32_t held = 0;
    int count = 0;
    for (auto const c : text) {
        if (c == '=')
            break;
        if (c == '\n' || c == ' ' || c == '\t')
            continue;
        auto const digit = value(c);
        if (digit < 0)
            return size == 0 ? std::string_view() : std::string_view(out, size);
        held = (held << bits) | static_cast<std::uint32_t>(digit);
        count += bits;
        if (count >= 8) {
            count -= 8;
            if (auto const byte = static_cast<char>(static_cast<unsigned char>(held >> count)); size < limits::max_text)
                out[size++] = byte;
            held &= (1U << count) - 1;
        }
    }
    arena.give_back(out + size, text.size() + 1 - size);
    return {out, size};
}

} // namespace

std::string_view decode_base64(std::string_view text, text_arena& arena) {
    return decode_bits(text, 6, arena, [](char c) {
        return c == '-' ? 62 : c == '_' ? 63 : base64_value(c); // of URLs too
    });
}

std::string_view decode_base32(std::string_view text, text_arena& arena) {
    return decode_bits(text, 5, arena, [](char c) {
        if (c >= 'A' && c <= 'Z')
            return c - 'A';
        return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
    });
}

std::string_view decode_hex(std::string_view text, text_arena& arena) {
    return decode_bits(text, 4, arena, [](char c) { return hex_value(c); });
}
namespace {

/// The memory of zlib for one stream, from an arena and released with it.
void* take_for_zlib(void* arena, unsigned items, unsigned size) {
    return static_cast<text_arena*>(arena)->take_aligned(std::size_t{items} * size);
}
void keep_for_zlib(void*, void*) {}

} // namespace

std::string_view inflate_gzip(std::string_view data, text_arena& arena) {
    constexpr int gzip_only = 16 + MAX_WBITS;
    if (data.size() < 18 || data[0] != '\x1f' || data[1] != '\x8b')
        return {};
    z_stream stream{};
    stream.zalloc = take_for_zlib;
    stream.zfree = keep_for_zlib;
    stream.opaque = &arena;
    if (inflateInit2(&stream, gzip_only) != Z_OK)
        return {};
    auto* const out = arena.take(limits::max_text);
    // zlib does not write to its input; its type is older than const.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
    stream.avail_in = static_cast<uInt>(data.size());
    stream.next_out = reinterpret_cast<Bytef*>(out);
    stream.avail_out = static_cast<uInt>(limits::max_text);
    inflate(&stream, Z_FINISH); // for a cut or damaged stream, returns the part before the damage
    auto const size = limits::max_text - stream.avail_out;
    inflateEnd(&stream);
    arena.give_back(out + size, stream.avail_out);
    return size == 0 ? std::string_view() : std::string_view(out, size);
}

} // namespace rulehost::shell
