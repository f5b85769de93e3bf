#include "input/unpacker.hpp"

#include "file/file_descriptor.hpp"
#include "support/compression.hpp"
#include "support/temporary_directory.hpp"

#include <array>
#include <string>

#include <fcntl.h>

using namespace rulehost;

namespace {

struct unpacking {
    /// The whole content of a file with these bytes.
    std::string content(packing packed, std::string const& bytes) {
        directory.write("file", bytes);
        file_descriptor const file(::open((directory / "file").c_str(), O_RDONLY | O_CLOEXEC));
        unpacker from(packed, file.get());
        std::string text;
        std::array<char, 1000> buffer;
        while (auto const count = from.read(buffer))
            text.append(buffer.data(), count);
        damage = from.damage();
        return text;
    }

    test::temporary_directory directory;
    std::string damage;
};

std::string long_text() {
    std::string text;
    for (int i = 0; i < 50'000; ++i)
        text += "line " + std::to_string(i * 7919) + "\n";
    return text;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(unpackers, unpacking)

BOOST_AUTO_TEST_CASE(content_is_what_was_compressed) {
    auto const text = long_text();
    BOOST_TEST((content(packing::gzip, test::gzip(text)) == text));
    BOOST_TEST(damage == "");
    BOOST_TEST((content(packing::zstd, test::zstd(text)) == text));
    BOOST_TEST(damage == "");
}

BOOST_AUTO_TEST_CASE(members_and_frames_follow_each_other) {
    BOOST_TEST(content(packing::gzip, test::gzip("one\n") + test::gzip("") + test::gzip("two\n")) == "one\ntwo\n");
    BOOST_TEST(content(packing::zstd, test::zstd("one\n") + test::zstd("two\n")) == "one\ntwo\n");
    BOOST_TEST(damage == "");
}

BOOST_AUTO_TEST_CASE(file_that_ends_early_gives_the_intact_part_and_reports_it) {
    auto const text = long_text();
    for (auto const packed : {packing::gzip, packing::zstd}) {
        auto const whole = packed == packing::gzip ? test::gzip(text) : test::zstd(text);
        auto const got = content(packed, whole.substr(0, whole.size() - 20));
        BOOST_TEST(!got.empty());
        BOOST_TEST(text.starts_with(got));
        BOOST_TEST(damage == "ends early");
        BOOST_TEST(content(packed, "") == "");
        BOOST_TEST(damage == "ends early");
    }
}

BOOST_AUTO_TEST_CASE(file_that_is_no_compressed_one_is_corrupt) {
    for (auto const packed : {packing::gzip, packing::zstd}) {
        BOOST_TEST(content(packed, "plain text, whatever its name says\n") == "");
        BOOST_TEST(damage == "is corrupt");
    }
}

BOOST_AUTO_TEST_CASE(corrupt_byte_is_noticed) {
    auto const text = long_text();
    auto bytes = test::gzip(text);
    bytes[bytes.size() - 6] = static_cast<char>(bytes[bytes.size() - 6] ^ 0x55); // of the checksum
    content(packing::gzip, bytes);
    BOOST_TEST(damage == "is corrupt");
}

BOOST_AUTO_TEST_CASE(window_that_takes_too_much_memory_is_refused) {
    // Frame header of 1 GiB: magic number, no content size, a window descriptor of 2^30.
    std::string const header{"\x28\xB5\x2F\xFD\x00\xA0\x01\x00\x00", 9};
    BOOST_TEST(content(packing::zstd, header) == "");
    BOOST_TEST(damage == "is corrupt");
}

BOOST_AUTO_TEST_SUITE_END()
