#include "support/followed_log.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

using namespace rulehost;
using test::followed_log;
using test::json_line;
using test::lines_of;

namespace {

bool was_logged(followed_log const& log, std::string const& part) {
    return std::ranges::any_of(log.logged,
                               [&](std::string const& each) { return each.find(part) != std::string::npos; });
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(file_rotations, followed_log)

BOOST_AUTO_TEST_CASE(restart_finishes_files_that_were_compressed_meanwhile) {
    append("log", "one\n");
    start();
    stop();
    append("log", "two\n");
    directory.rename("log", "log.1");
    append("log", "three\n");
    directory.rename("log.1", "log.2");
    directory.rename("log", "log.1");
    append("log", "four\n");
    compress("log.2", packing::gzip);
    compress("log.1", packing::zstd);
    start();
    BOOST_TEST(text == "one\ntwo\nthree\nfour\n");
    BOOST_TEST(sequences == (std::vector<std::uint64_t>{1, 2, 3, 4}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(restart_goes_on_in_the_compressed_file_it_was_reading) {
    std::string expected;
    for (int i = 0; i < 50'000; ++i)
        expected += json_line(i, 40) + "\n";
    append("log", "first\n");
    start();
    stop();
    append("log", expected);
    directory.rename("log", "log.1");
    compress("log.1", packing::gzip);
    append("log", "last\n");
    start();
    auto const whole = "first\n" + expected + "last\n";
    BOOST_TEST((text == whole));
    stop();
    auto const kills = places;
    for (auto const& [was_read, was_at] : kills) { // after any batch
        place = was_at;
        text = whole.substr(0, was_read);
        start();
        BOOST_TEST_CONTEXT("behind byte " << was_read << " at " << was_at) BOOST_TEST((text == whole));
        stop();
    }
}

BOOST_AUTO_TEST_CASE(copy_that_was_compressed_at_once_is_read) {
    append("log", "one\n");
    start();
    append("log", "two\n");
    copy_and_truncate("log.1");
    compress("log.1", packing::zstd);
    append("log", "three\n");
    wait();
    BOOST_TEST(text == "one\ntwo\nthree\n");
}

BOOST_AUTO_TEST_CASE(copy_of_a_file_of_which_nothing_was_read_yet_is_read) {
    append("log", "");
    start();
    append("log", "one\n");
    copy_and_truncate("log.1");
    append("log", "two\n");
    wait();
    BOOST_TEST(text == "one\ntwo\n");
}

BOOST_AUTO_TEST_CASE(files_of_before_the_first_start_are_not_read) {
    append("log.1", "old\n");
    append("log", "");
    start();
    stop();
    start();
    append("log", "one\n");
    wait();
    BOOST_TEST(text == "one\n");
}

BOOST_AUTO_TEST_CASE(file_that_was_compressed_after_it_was_read_is_not_read_again) {
    auto const first = json_line(1, 300) + "\n";
    append("log", first);
    start();
    directory.rename("log", "log.1");
    append("log", "two\n");
    wait();
    compress("log.1", packing::gzip);
    written += std::chrono::seconds{5};
    std::filesystem::last_write_time(directory / "log.1.gz", written); // as as by a program that does not keep the time
    for (int round = 0; round < 2; ++round) {
        directory.rename("log", "log." + std::to_string(round + 2));
        append("log", "more " + std::to_string(round) + "\n");
        wait();
        stop();
        start();
    }
    BOOST_TEST(text == first + "two\nmore 0\nmore 1\n");
}

BOOST_AUTO_TEST_CASE(file_that_has_the_inode_of_one_that_was_read_and_begins_alike_is_read_from_its_front) {
    append("log", R"({"n")");
    start();
    directory.rename("log", "log.1");
    append("log", ":1}\n");
    wait();
    stop();
    directory.rename("log", "log.2");
    append("log",
           R"({"n":2})"
           "\n");
    auto remembered = file_place_from(*place);
    BOOST_REQUIRE(remembered);
    BOOST_REQUIRE_EQUAL(remembered->finished.size(), 1u);
    auto& removed = remembered->finished.front();
    BOOST_TEST(removed.offset == 4u);
    struct ::stat live {};
    BOOST_REQUIRE_EQUAL(::stat((directory / "log").c_str(), &live), 0);
    removed.inode = live.st_ino; // as if the file system reused it for the new file
    --removed.born;
    place = to_text(*remembered);
    directory.remove("log.1");
    start();
    BOOST_TEST(text ==
               R"({"n":1})"
               "\n"
               R"({"n":2})"
               "\n");
}

BOOST_AUTO_TEST_CASE(copy_is_read_on_although_the_truncated_file_begins_alike) {
    for (auto const packed : {packing::none, packing::gzip}) {
        append("log", "header\n");
        start();
        stop();
        append("log", "one\n");
        copy_and_truncate("log.1");
        if (packed != packing::none)
            compress("log.1", packed);
        append("log", "header\ntwo\n");
        start();
        BOOST_TEST(text == "header\none\nheader\ntwo\n");
        stop();
        begin_anew();
    }
}

BOOST_AUTO_TEST_CASE(finished_file_that_begins_alike_and_is_compressed_later_is_not_taken_for_the_one_that_is_read) {
    append("log", "header\n" + std::string(unmistakable_bytes, 'x') + "\n");
    start();
    directory.rename("log", "log.1");
    append("log", "header\n");
    wait();
    stop();
    auto const before = text;
    append("log", "one\n");
    compress("log.1", packing::gzip);
    written += std::chrono::seconds{1};
    std::filesystem::last_write_time(directory / "log.1.gz", written); // by a program that does not keep the time
    start();
    BOOST_TEST(text == before + "one\n");
}

BOOST_AUTO_TEST_CASE(compressed_file_that_was_read_is_reported_with_its_size) {
    append("log", "one\n");
    start();
    stop();
    append("log", std::string(100'000, 'x') + "\n");
    directory.rename("log", "log.1");
    compress("log.1", packing::gzip);
    append("log", "three\n");
    start();
    auto const packed = std::to_string(std::filesystem::file_size(directory / "log.1.gz"));
    BOOST_TEST(was_logged(*this, "log.1.gz is read to its end: 100005 bytes, unpacked from " + packed));
}

BOOST_AUTO_TEST_CASE(damaged_compressed_file_gives_the_intact_part_and_the_loss_is_reported) {
    append("log", "one\n");
    start();
    stop();
    append("log", "two\n");
    directory.rename("log", "log.1");
    compress("log.1", packing::gzip);
    auto const bytes = directory.read("log.1.gz");
    directory.write("log.1.gz", bytes.substr(0, bytes.size() - 4));
    std::filesystem::last_write_time(directory / "log.1.gz", written);
    append("log", "three\n");
    start();
    BOOST_TEST(text == "one\ntwo\nthree\n");
    BOOST_TEST(was_logged(*this, "log.1.gz ends early: what comes behind byte 8 of its content is lost"));
}

BOOST_AUTO_TEST_CASE(file_that_is_compressed_in_another_way_is_named) {
    append("log", "one\n");
    start();
    stop();
    directory.rename("log", "log.2");
    append("log.1.xz", "?");
    append("log", "two\n");
    start();
    BOOST_TEST(text == "one\ntwo\n");
    BOOST_TEST(was_logged(*this, "log.1.xz is left out: only .gz and .zst are read"));
}

BOOST_AUTO_TEST_CASE(file_that_is_gone_is_reported_and_newer_ones_are_read) {
    append("log", "one\n");
    start();
    stop();
    directory.remove("log");
    append("log.2", "two\n");
    append("log.1", "three\n");
    append("log", "four\n");
    start();
    BOOST_TEST(text == "one\ntwo\nthree\nfour\n");
    BOOST_TEST(was_logged(*this, "what was read up to line 1 (byte 4, inode "));
    BOOST_TEST(was_logged(*this, "behind byte 4 of it is lost, if anything was"));
}

BOOST_AUTO_TEST_CASE(line_that_rotation_splits_is_one_line) {
    append("log", json_line(1) + "\n{\"n\":");
    start();
    directory.rename("log", "log.1");
    append("log", "2");
    wait();
    BOOST_TEST(text == json_line(1) + "\n"); // the rest may still come
    append("log", "}\n" + json_line(3) + "\n");
    wait();
    BOOST_TEST(text == json_line(1) + "\n{\"n\":2}\n" + json_line(3) + "\n");
    BOOST_TEST(numbers == (std::vector<std::uint64_t>{1, 1, 2}), boost::test_tools::per_element());
    BOOST_TEST(sequences == (std::vector<std::uint64_t>{1, 2, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(line_that_rotation_splits_while_it_is_not_read_is_one_line) {
    for (auto const packed : {packing::none, packing::gzip}) {
        append("log", json_line(1) + "\n{\"n\":");
        start();
        stop();
        directory.rename("log", "log.1");
        if (packed != packing::none)
            compress("log.1", packed);
        append("log", "2}\n" + json_line(3) + "\n");
        start();
        BOOST_TEST(text == json_line(1) + "\n{\"n\":2}\n" + json_line(3) + "\n");
        stop();
        start(); // no part of it is repeated
        BOOST_TEST(text == json_line(1) + "\n{\"n\":2}\n" + json_line(3) + "\n");
        stop();
        begin_anew();
    }
}

BOOST_AUTO_TEST_CASE(end_without_a_line_break_is_a_line_when_the_next_file_does_not_complete_it) {
    append("log", json_line(1) + "\n{\"n\":");
    start();
    directory.rename("log", "log.1");
    append("log", json_line(3) + "\n");
    wait();
    BOOST_TEST(text == json_line(1) + "\n{\"n\":\n" + json_line(3) + "\n");
}

BOOST_AUTO_TEST_CASE(hole_before_a_line_is_left_out_and_reported) {
    append("log", "one\ntwo\n");
    start();
    std::filesystem::copy_file(directory / "log", directory / "log.1");
    std::filesystem::resize_file(directory / "log", 0);
    std::filesystem::resize_file(directory / "log", 8); // where a writer continues that did not notice the truncation
    append("log", "three\n");
    wait();
    BOOST_TEST(text == "one\ntwo\nthree\n");
    BOOST_TEST(was_logged(*this, "8 NUL bytes at byte 0 of "));
    stop();
    append("log", "four\n");
    start();
    BOOST_TEST(text == "one\ntwo\nthree\nfour\n");
}

BOOST_AUTO_TEST_CASE(large_hole_takes_no_time_and_a_later_line_is_read) {
    append("log", "one\n");
    start();
    std::filesystem::resize_file(directory / "log", std::uintmax_t{5} << 30);
    append("log", "two\n");
    wait();
    BOOST_TEST(text == "one\ntwo\n");
    BOOST_TEST(was_logged(*this, "5368709116 NUL bytes at byte 4 of "));
}

BOOST_AUTO_TEST_CASE(file_that_was_made_large_in_advance_is_read_as_it_is_filled) {
    append("log", "one\n");
    std::filesystem::resize_file(directory / "log", 4096);
    start();
    wait();
    std::fstream(directory / "log", std::ios::in | std::ios::out).seekp(4) << "two\n";
    wait();
    BOOST_TEST(text == "one\ntwo\n");
    BOOST_TEST(logged.empty());
}

BOOST_AUTO_TEST_CASE(file_that_was_truncated_and_has_grown_with_the_same_front_is_read_again) {
    auto const preface = std::string(2000, '#') + "\n";
    directory.write("log", preface + "one\ntwo\n");
    start();
    directory.write("log", preface + "three\nfour\nfive\n");
    wait();
    BOOST_TEST(text == preface + "one\ntwo\n" + preface + "three\nfour\nfive\n");
    BOOST_TEST(was_logged(
        *this, "was truncated; what was written to it behind byte 2009 before that is lost, if anything was"));
    stop();
    directory.write("log", preface + "six six\nseven\neight\nnine\n"); // written while no source reads
    text.clear();
    start();
    BOOST_TEST(text == preface + "six six\nseven\neight\nnine\n");
    BOOST_TEST(was_logged(*this, "is gone"));
}

BOOST_AUTO_TEST_CASE(file_that_was_truncated_and_has_grown_far_beyond_is_read_again) {
    auto const preface = std::string(2000, '#') + "\n";
    std::string more;
    for (int i = 0; i < 100; ++i)
        more += json_line(i, 20) + "\n";
    directory.write("log", preface + "one\ntwo\n");
    start();
    directory.write("log", preface + more);
    wait();
    BOOST_TEST((text == preface + "one\ntwo\n" + preface + more));
}

BOOST_AUTO_TEST_CASE(place_of_an_earlier_version_is_gone_on_from) {
    append("log", "one\n");
    start();
    stop();
    auto const found = file_place_from(*place);
    BOOST_REQUIRE(found);
    place = R"({"device":)" + std::to_string(found->device) + R"(,"inode":)" + std::to_string(found->inode) +
        R"(,"offset":4,"line":1,"before":0,"head":")" + found->head + "\"}";
    append("log", "two\n");
    directory.rename("log", "log.1");
    append("log", "three\n");
    start();
    BOOST_TEST(text == "one\ntwo\nthree\n");
}

BOOST_AUTO_TEST_CASE(link_that_was_turned_meanwhile_leaves_nothing_of_the_old_target_out) {
    for (auto const* const directories : {"yes", "no"}) {
        auto const in_directories = std::string_view(directories) == "yes";
        std::string const first = in_directories ? "v1/log" : "log-2026-11-28";
        std::string const second = in_directories ? "v2/log" : "elsewhere-2026-11-29";
        if (in_directories)
            directory.link("v1", "current");
        else
            directory.link(first, "log");
        followed = in_directories ? "current/log" : "log";
        directory.write(first, "one\n");
        start();
        stop();
        append(first, "two\n");
        directory.write(second, "three\n");
        directory.remove(in_directories ? "current" : "log");
        if (in_directories)
            directory.link("v2", "current");
        else
            directory.link(second, "log");
        start();
        BOOST_TEST(text == "one\ntwo\nthree\n");
        stop();
        begin_anew();
    }
}

BOOST_AUTO_TEST_CASE(files_that_a_link_went_over_meanwhile_are_read) {
    directory.write("cowrie.2026-11-28.json", "one\n");
    directory.link("cowrie.2026-11-28.json", "log");
    start();
    stop();
    append("cowrie.2026-11-28.json", "two\n");
    append("cowrie.2026-11-29.json", "three\n");
    append("cowrie.2026-11-30.json", "four\n");
    directory.remove("log");
    directory.link("cowrie.2026-11-30.json", "log");
    start();
    BOOST_TEST(text == "one\ntwo\nthree\nfour\n");
}

BOOST_AUTO_TEST_CASE(line_that_comes_late_to_the_renamed_file_is_read) {
    append("log", "one\n");
    start();
    directory.rename("log", "log.1");
    append("log", "two\n");
    wait();
    append("log.1", "late\n");
    wait();
    BOOST_TEST(text == "one\ntwo\nlate\n");
    BOOST_TEST(numbers == (std::vector<std::uint64_t>{1, 1, 2}), boost::test_tools::per_element());
    BOOST_TEST(sequences.back() == file_source::late_lines + 2);
    append("log.1", "later without a line break");
    wait();
    BOOST_TEST(text == "one\ntwo\nlate\n");
    time.advance(file_source::grace);
    BOOST_TEST(text == "one\ntwo\nlate\nlater without a line break\n");
}

BOOST_AUTO_TEST_CASE(line_that_comes_late_while_it_is_not_read_is_read) {
    append("log", "one\n");
    start();
    directory.rename("log", "log.1");
    append("log", "two\n");
    wait();
    append("log.1", "late\n");
    wait();
    stop();
    append("log.1", "later\n");
    directory.rename("log.1", "log.2");
    append("log", "three\n");
    start();
    auto lines = lines_of(text);
    std::ranges::sort(lines);
    BOOST_TEST(lines == (std::vector<std::string>{"late", "later", "one", "three", "two"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
