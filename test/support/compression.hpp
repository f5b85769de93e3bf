#pragma once

#include <boost/test/unit_test.hpp>

#include <zlib.h>
#include <zstd.h>

#include <string>
#include <string_view>

namespace rulehost::test {

inline std::string gzip(std::string_view text) {
    z_stream stream{};
    BOOST_REQUIRE_EQUAL(::deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY),
                        Z_OK);
    std::string packed(::deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    BOOST_REQUIRE_EQUAL(::deflate(&stream, Z_FINISH), Z_STREAM_END);
    packed.resize(packed.size() - stream.avail_out);
    ::deflateEnd(&stream);
    return packed;
}

inline std::string zstd(std::string_view text) {
    std::string packed(::ZSTD_compressBound(text.size()), '\0');
    auto const size = ::ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3);
    BOOST_REQUIRE(!::ZSTD_isError(size));
    packed.resize(size);
    return packed;
}

} // namespace rulehost::test
