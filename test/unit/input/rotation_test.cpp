#include "input/rotation.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace rulehost;
using kind = seen_file::kind;

namespace {

seen_file file(std::string const& name, std::uint64_t inode, std::int64_t modified, std::uint64_t size = 10) {
    seen_file seen;
    seen.path = "/logs/" + name;
    seen.identity = {1, inode};
    seen.modified = modified;
    seen.size = size;
    seen.packed = packing_of(name);
    seen.what = name == "log" ? kind::live : is_rotated_name(name, "log") ? kind::rotated : kind::other;
    return seen;
}

file_place place(std::uint64_t inode, std::int64_t modified, std::uint64_t offset = 10) {
    file_place remembered;
    remembered.device = 1;
    remembered.inode = inode;
    remembered.offset = remembered.size = offset;
    remembered.modified = modified;
    return remembered;
}

std::string names(std::vector<seen_file> const& files) {
    std::string joined;
    for (auto const& each : files)
        joined += (joined.empty() ? "" : " ") + each.path.filename().string();
    return joined;
}

} // namespace

BOOST_AUTO_TEST_SUITE(rotations)

BOOST_AUTO_TEST_CASE(rotated_name_is_known_by_its_number_or_time) {
    for (auto const* name :
         {"log.1", "log-20261201", "log.2026-12-01T10:00", "log_1.gz", "log.12.zst", "log-20261201.bz2"})
        BOOST_TEST(is_rotated_name(name, "log"), name);
    for (auto const* name : {"log", "log.", "log.gz", "log.bak", "log1", "other.1", "log.1.tmp", "log.old.gz"})
        BOOST_TEST(!is_rotated_name(name, "log"), name);
    for (auto const* name : {"eve.json.1", "eve.json-20261201.gz", "eve-20261201.json", "eve.1.json.gz"})
        BOOST_TEST(is_rotated_name(name, "eve.json"), name);
    for (auto const* name : {"eve.json", "eve-new.json", "evening-1.json", "eve.1.txt"})
        BOOST_TEST(!is_rotated_name(name, "eve.json"), name);
}

BOOST_AUTO_TEST_CASE(series_differs_in_its_digits_alone) {
    BOOST_TEST(is_same_series("cowrie.2026-11-28.json", "cowrie.2026-11-29.json"));
    BOOST_TEST(is_same_series("cowrie.2026-11-28.json.gz", "cowrie.2026-11-29.json"));
    BOOST_TEST(!is_same_series("cowrie.json", "cowrie.json"));
    BOOST_TEST(!is_same_series("cowrie.1.json", "cowrie.x.json"));
    BOOST_TEST(!is_same_series("cowrie.1.json", "dionaea.1.json"));
}

BOOST_AUTO_TEST_CASE(packing_is_reported_by_the_end_of_the_name) {
    BOOST_TEST((packing_of("log.1") == packing::none));
    BOOST_TEST((packing_of("log.1.gz") == packing::gzip));
    BOOST_TEST((packing_of("log.1.zst") == packing::zstd));
    BOOST_TEST((packing_of("log.1.xz") == packing::unreadable));
}

BOOST_AUTO_TEST_CASE(place_is_searched_by_inode_first_then_in_copies_that_were_made_since) {
    std::vector<seen_file> const seen{file("log", 7, 50), file("log.2.gz", 3, 20), file("log.1", 4, 30),
                                      file("moved", 5, 10), file("log.3.xz", 6, 40)};
    BOOST_TEST(names(where_it_may_be(place(5, 10), seen)) == "moved log.2.gz log.1");
    BOOST_TEST(names(where_it_may_be(place(7, 50), seen)) == "log log.1 log.2.gz");
    BOOST_TEST(names(where_it_may_be(place(99, 10), seen)) == "log.2.gz log.1");
    BOOST_TEST(names(where_it_may_be(place(99, 25), seen)) == "log.1 log.2.gz");
}

BOOST_AUTO_TEST_CASE(place_is_found_when_the_number_of_the_device_changed) {
    auto remembered = place(7, 50);
    remembered.device = 2;
    BOOST_TEST(names(where_it_may_be(remembered, {file("other", 8, 1), file("log", 7, 50)})) == "log");
}

BOOST_AUTO_TEST_CASE(file_that_has_the_inode_of_a_removed_one_is_another_file) {
    auto remembered = place(7, 50);
    remembered.born = 1;
    auto live = file("log", 7, 60);
    live.identity.born = 55;
    BOOST_TEST(names(where_it_may_be(remembered, {live, file("log.1.gz", 9, 50)})) == "log.1.gz");
    remembered.device = 2;
    BOOST_TEST(names(where_it_may_be(remembered, {live})) == "");
    remembered.device = 1;
    auto done = place(3, 40);
    done.finished = {remembered}; // of the same size
    BOOST_TEST(names(files_after(done, {live})) == "log");
    live.identity.born = 1;
    BOOST_TEST(names(files_after(done, {live})) == "");
    live.identity.born = 0; // the file system does not report it
    BOOST_TEST(names(files_after(done, {live})) == "");
}

BOOST_AUTO_TEST_CASE(little_that_was_read_is_searched_in_the_files_as_they_were_written) {
    std::vector<seen_file> const seen{file("log", 7, 50), file("log.1", 4, 40), file("log.2", 3, 30)};
    BOOST_TEST(names(where_it_may_be(place(7, 20), seen)) == "log.2 log.1 log");
    BOOST_TEST(names(where_it_may_be(place(4, 20), seen)) == "log.2 log.1");
    BOOST_TEST(names(where_it_may_be(place(7, 20, unmistakable_bytes), seen)) == "log log.2 log.1");
    auto finished = place(7, 20);
    finished.finished = {place(3, 20)};
    BOOST_TEST(names(where_it_may_be(finished, seen)) == "log.1 log");
}

BOOST_AUTO_TEST_CASE(copy_of_what_little_was_read_is_not_older_than_that) {
    constexpr std::int64_t second = 1'000'000'000;
    std::vector<seen_file> const seen{file("log.1", 3, 20 * second), file("log.2", 4, 10 * second)};
    BOOST_TEST(names(copies_of(place(7, 20 * second + 5), seen)) == "log.1"); // its time is in whole seconds
    BOOST_TEST(names(copies_of(place(7, 30 * second), seen)) == "");
    BOOST_TEST(names(copies_of(place(7, 30 * second, unmistakable_bytes), seen)) == "log.1 log.2");
    BOOST_TEST(names(copies_of(place(7, 0), seen)) == "log.2 log.1"); // an earlier version did not remember the time
}

BOOST_AUTO_TEST_CASE(nothing_read_has_no_copies) {
    BOOST_TEST(names(copies_of(place(1, 0, 0), {file("log.1", 2, 10)})) == "");
}

BOOST_AUTO_TEST_CASE(compressed_file_counts_once_its_original_is_gone) {
    std::vector<seen_file> seen{file("log", 7, 50), file("log.1", 4, 30), file("log.1.gz", 5, 30)};
    BOOST_TEST(names(copies_of(place(99, 10), seen)) == "log.1");
    BOOST_TEST(names(files_after(place(99, 10), seen)) == "log.1 log");
    seen.erase(seen.begin() + 1);
    BOOST_TEST(names(files_after(place(99, 10), seen)) == "log.1.gz log");
}

BOOST_AUTO_TEST_CASE(next_files_are_those_rotated_later_oldest_first_then_the_live_one) {
    std::vector<seen_file> const seen{file("log", 7, 50),   file("log.1", 4, 40), file("log.2.gz", 3, 30),
                                      file("log.3", 2, 20), file("log.4", 1, 10), file("log.bak", 9, 45)};
    BOOST_TEST(names(files_after(place(2, 20), seen)) == "log.2.gz log.1 log");
    BOOST_TEST(names(files_after(place(4, 40), seen)) == "log");
    BOOST_TEST(names(files_after(place(7, 50), seen)) == "");
}

BOOST_AUTO_TEST_CASE(file_that_cannot_be_unpacked_is_not_passed_over_in_silence) {
    BOOST_TEST(names(files_after(place(2, 20), {file("log", 7, 50), file("log.1.xz", 3, 30)})) == "log.1.xz log");
}

BOOST_AUTO_TEST_CASE(empty_files_are_waited_on) {
    BOOST_TEST(names(files_after(place(2, 20), {file("log", 7, 50, 0), file("log.1", 2, 20)})) == "");
    BOOST_TEST(names(files_after(place(2, 20), {file("log", 7, 50), file("log.1", 3, 20, 0)})) == "log");
}

BOOST_AUTO_TEST_CASE(rotated_files_are_read_while_there_is_no_live_one) {
    BOOST_TEST(names(files_after(place(2, 20), {file("log.2", 2, 20), file("log.1", 3, 30)})) == "log.1");
}

BOOST_AUTO_TEST_CASE(finished_file_is_read_again_when_it_changed_only) {
    auto done = place(4, 40);
    done.finished = {place(3, 40)};
    BOOST_TEST(names(files_after(done, {file("log", 7, 50), file("log.1", 4, 40), file("log.2", 3, 40)})) == "log");
    BOOST_TEST(names(files_after(done, {file("log", 7, 50), file("log.1", 4, 40), file("log.2", 3, 45, 12)})) ==
               "log.2 log");
}

BOOST_AUTO_TEST_CASE(when_a_file_is_gone_the_newer_ones_are_left) {
    std::vector<seen_file> const seen{file("log", 7, 50), file("log.1", 4, 40), file("log.2", 3, 30)};
    BOOST_TEST(names(files_left(place(2, 35), seen)) == "log.1 log");
    BOOST_TEST(names(files_left(place(7, 45), seen)) == "log"); // truncated in place
    BOOST_TEST(names(files_left(place(2, 0), seen)) == "log");  // of a version that did not remember the time
}

BOOST_AUTO_TEST_CASE(line_that_rotation_split_is_one_line) {
    BOOST_TEST((at_seam(R"({"a":)", R"(1})") == seam::one_line));
    BOOST_TEST((at_seam(R"({"a":)", std::nullopt) == seam::undecided));
    BOOST_TEST((at_seam(R"({"a":1})", std::nullopt) == seam::two_lines));
    BOOST_TEST((at_seam(R"({"a":1})", R"({"b":1})") == seam::two_lines));
    BOOST_TEST((at_seam(R"({"a":)", R"({"b":1})") == seam::two_lines));
    BOOST_TEST((at_seam(R"({"a":)", R"(1)") == seam::two_lines));
    BOOST_TEST((at_seam("", R"({"b":1})") == seam::two_lines));
    BOOST_TEST((at_seam("ls -l", "cat x") == seam::two_lines));
    BOOST_TEST((at_seam("1", "2") == seam::two_lines));
}

BOOST_AUTO_TEST_SUITE_END()
