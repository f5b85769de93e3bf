#include "input/file_source.hpp"

#include "support/followed_log.hpp"

#include <string>
#include <vector>

using namespace rulehost;
using test::followed_log;
using end = file_source_options::end;

BOOST_FIXTURE_TEST_SUITE(file_sources, followed_log)

BOOST_AUTO_TEST_CASE(file_is_read_to_its_end_with_its_last_line) {
    directory.write("log", "one\ntwo\r\nthree");
    start(end::stop);
    BOOST_TEST(ended);
    BOOST_TEST(text == "one\ntwo\nthree\n");
    BOOST_TEST(numbers == (std::vector<std::uint64_t>{1, 2, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(absent_file_is_refused_unless_it_is_followed) {
    BOOST_CHECK_THROW(start(end::stop), std::system_error);
    start();
    append("log", "one\n");
    wait();
    BOOST_TEST(text == "one\n");
}

BOOST_AUTO_TEST_CASE(followed_file_that_cannot_be_read_when_it_appears_is_waited_for) {
    start();
    std::filesystem::create_directory(directory / "log");
    wait();
    wait();
    BOOST_TEST(!ended);
    BOOST_REQUIRE_EQUAL(logged.size(), 2u);
    BOOST_TEST(logged.back().ends_with("log: Is a directory; it is waited for"));
    std::filesystem::remove(directory / "log");
    append("log", "one\n");
    wait();
    BOOST_TEST(text == "one\n");
}

BOOST_AUTO_TEST_CASE(followed_file_gives_what_is_appended_once_the_line_is_whole) {
    directory.write("log", "one\ntw");
    start();
    BOOST_TEST(text == "one\n");
    append("log", "o\n");
    wait();
    BOOST_TEST(text == "one\ntwo\n");
}

BOOST_AUTO_TEST_CASE(file_is_followed_regardless_of_the_clock) {
    start();
    append("log", "one\n");
    wait();
    clock.error = -std::chrono::hours{1};
    append("log", "two\n");
    wait();
    BOOST_TEST(text == "one\ntwo\n");
}

BOOST_AUTO_TEST_CASE(renamed_file_is_read_to_its_end_before_the_new_one) {
    directory.write("log", "one\n");
    start();
    directory.rename("log", "log.1");
    append("log.1", "late\n");
    append("log", "two\n");
    append("log.1", "later without a line break");
    wait();
    BOOST_TEST(text == "one\nlate\nlater without a line break\ntwo\n");
    BOOST_TEST(numbers == (std::vector<std::uint64_t>{1, 2, 3, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(writer_that_goes_on_with_the_old_file_is_waited_for) {
    directory.write("log", "one\n");
    start();
    directory.rename("log", "log.1");
    directory.write("log", "");
    wait();
    append("log.1", "late\n");
    wait();
    append("log", "two\n");
    wait();
    BOOST_TEST(text == "one\nlate\ntwo\n");
}

BOOST_AUTO_TEST_CASE(truncated_file_is_read_from_its_front) {
    directory.write("log", "one\ntwo\n");
    start();
    directory.write("log", "3\n");
    wait();
    BOOST_TEST(text == "one\ntwo\n3\n");
}

BOOST_AUTO_TEST_CASE(file_that_was_rewritten_and_longer_is_read_from_its_front) {
    directory.write("log", "one\n");
    start();
    directory.write("log", "two\nthree\n");
    wait();
    BOOST_TEST(text == "one\ntwo\nthree\n");
}

BOOST_AUTO_TEST_CASE(lines_copied_before_the_truncation_are_read_from_the_copy) {
    directory.write("log", "one\nt");
    start();
    append("log", "wo\nthree\n");
    copy_and_truncate("log.1");
    append("log", "four\n");
    wait();
    BOOST_TEST(text == "one\ntwo\nthree\nfour\n");
    BOOST_TEST(numbers.back() == 1u);
}

BOOST_AUTO_TEST_CASE(restart_goes_on_behind_the_last_line) {
    directory.write("log", "one\ntwo\n");
    start();
    stop();
    append("log", "three\n");
    start();
    BOOST_TEST(text == "one\ntwo\nthree\n");
    BOOST_TEST(numbers.back() == 3u);
}

BOOST_AUTO_TEST_CASE(restart_finishes_files_that_were_rotated_away_meanwhile) {
    directory.write("log", "one\n");
    start();
    stop();
    append("log", "two\n");
    directory.rename("log", "log.1");
    append("log", "three\n");
    directory.rename("log.1", "log.2");
    directory.rename("log", "log.1");
    append("log", "four\n");
    directory.write("log.bak", "not ours\n");
    directory.write("log.old.gz", "not ours\n");
    start();
    BOOST_TEST(text == "one\ntwo\nthree\nfour\n");
}

BOOST_AUTO_TEST_CASE(restart_finishes_the_copy_of_a_file_that_was_truncated_meanwhile) {
    directory.write("log", "one\n");
    start();
    stop();
    append("log", "two\n");
    copy_and_truncate("log-20261201");
    append("log", "three is longer\n");
    start();
    BOOST_TEST(text == "one\ntwo\nthree is longer\n");
}

BOOST_AUTO_TEST_CASE(restart_begins_at_the_front_and_logs_it_when_the_file_is_gone) {
    directory.write("log", "one\n");
    start();
    stop();
    directory.remove("log");
    directory.write("log", "two\n");
    start();
    BOOST_TEST(text == "one\ntwo\n");
    BOOST_REQUIRE(!logged.empty());
    BOOST_TEST(logged.back().find("is gone") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(line_that_is_too_long_has_its_number_and_its_beginning) {
    directory.write("log", std::string(line_framer::max_line_size + 1, 'x') + "\ntwo\n");
    start();
    BOOST_TEST(text == std::string(line_framer::max_line_size, 'x') + "\ntwo\n");
    BOOST_TEST(numbers.back() == 2u);
}

BOOST_AUTO_TEST_CASE(lines_are_counted_on_through_rotation_truncation_and_restarts) {
    directory.write("log", "one\ntwo\n");
    start();
    directory.rename("log", "log.1");
    append("log.1", "three\n");
    append("log", "four\n");
    wait();
    stop();
    append("log", "five\n");
    start();
    copy_and_truncate("log.2");
    append("log", "six\n");
    wait();
    stop();
    directory.write("log", "seven\n"); // and nothing is left of the text read earlier
    start();
    BOOST_TEST(text == "one\ntwo\nthree\nfour\nfive\nsix\nseven\n");
    BOOST_TEST(numbers == (std::vector<std::uint64_t>{1, 2, 3, 1, 2, 1, 1}), boost::test_tools::per_element());
    BOOST_TEST(sequences == (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
