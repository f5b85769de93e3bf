#include "delivery/spool.hpp"
#include "delivery/spool_record.hpp"

#include "support/temporary_directory.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <limits>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace rulehost;

namespace {

using texts = std::vector<std::string>;

tag tag_of(std::string source_id) {
    tag made;
    made.source_kind = "command";
    made.source_id = std::move(source_id);
    made.uuid = tag_uuid(made.source_kind, made.source_id, "R1", 1, "T1083", {});
    made.attacker_uuid = "11111111-2222-3333-4444-555555555555";
    made.technique_id = "T1083";
    made.confidence = 0.1 + 0.2;
    made.rule_id = "R1";
    made.rule_version = std::numeric_limits<std::int64_t>::min();
    made.evidence["command_text"] = std::string("\xff\0\x1b find /", 10);
    made.created_at = time_point{std::chrono::microseconds{1'767'225'600'123'456}};
    made.observed_at = made.created_at - std::chrono::hours{24};
    made.src_ip = "203.0.113.5";
    made.src_port = 65535;
    made.tactic_name = "Discovery";
    made.technique_name = "File and Directory Discovery";
    made.clipped_from = 0.9;
    made.rule_name = "files are looked for";
    made.truncated = true;
    made.revision = std::numeric_limits<std::uint64_t>::max() / 2;
    made.input = "cowrie.json";
    made.line = 7;
    return made;
}

/// Limits the files of this process to `most` bytes during its lifetime.
class file_size_limit {
public:
    explicit file_size_limit(std::uintmax_t most) : former_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &former_);
        rlimit const limit{static_cast<rlim_t>(most), former_.rlim_max};
        BOOST_REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
    }
    file_size_limit(file_size_limit const&) = delete;
    file_size_limit& operator=(file_size_limit const&) = delete;
    ~file_size_limit() {
        ::setrlimit(RLIMIT_FSIZE, &former_);
        std::signal(SIGXFSZ, former_handler_);
    }

private:
    rlimit former_{};
    void (*former_handler_)(int);
};

struct spool_fixture {
    std::unique_ptr<spool> open(std::uint64_t limit = 1 << 30, std::uint64_t segment = 64 << 20) {
        return std::make_unique<spool>(
            directory / "spool", limit, [this](std::string const& line) { reports.push_back(line); }, segment);
    }

    static spool::outcome append(spool& to, texts const& ids, std::string const& place) {
        std::vector<tag> tags;
        for (auto const& id : ids)
            tags.push_back(tag_of(id));
        std::vector<tag const*> pointers;
        for (auto const& each : tags)
            pointers.push_back(&each);
        std::vector<input_position> const positions{{"in", place}};
        return to.append(pointers, positions);
    }

    /// Takes out everything.
    static texts drained(spool& from) {
        texts ids;
        while (!from.empty()) {
            for (auto const& each : from.front(100).tags)
                ids.push_back(each.source_id);
            from.pop();
        }
        return ids;
    }

    std::vector<std::filesystem::path> segments() const {
        std::set<std::filesystem::path> found;
        for (auto const& file : std::filesystem::directory_iterator(directory / "spool"))
            if (file.path().extension() == ".spool")
                found.insert(file.path());
        return {found.begin(), found.end()};
    }
    std::string bytes_of(std::filesystem::path const& file) const {
        return directory.read(std::filesystem::relative(file, directory.path()));
    }
    void put(std::filesystem::path const& file, std::string_view bytes) const {
        directory.write(std::filesystem::relative(file, directory.path()), bytes);
    }

    test::temporary_directory directory;
    texts reports;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(spools, spool_fixture)

BOOST_AUTO_TEST_CASE(a_tag_that_an_older_program_kept_is_read) {
    tag plain;
    plain.source_kind = "command";
    plain.source_id = "a";
    plain.rule_id = "R1";
    plain.evidence["command_text"] = "find /";
    std::string entry;
    append_entry(entry, plain);
    constexpr std::size_t added =
        5 * 4 + 3 + 1 + 8 + 8; // five empty texts, three missing numbers, flag, revision, line
    entry.resize(entry.size() - added);
    entry.front() = 1;
    spool::page page;
    read_record(entry, page);
    BOOST_REQUIRE_EQUAL(page.tags.size(), 1u);
    BOOST_TEST(boost::json::serialize(to_json(page.tags[0])) == boost::json::serialize(to_json(plain)));
}

BOOST_AUTO_TEST_CASE(a_tag_says_on_its_own_what_was_cut_and_what_is_undecided) {
    for (bool const truncated : {false, true})
        for (bool const undecided : {false, true}) {
            auto full = tag_of("a");
            full.truncated = truncated;
            full.undecided = undecided;
            std::string entry;
            append_entry(entry, full);
            spool::page page;
            read_record(entry, page);
            BOOST_REQUIRE_EQUAL(page.tags.size(), 1u);
            BOOST_TEST(page.tags[0].truncated == truncated);
            BOOST_TEST(page.tags[0].undecided == undecided);
        }
}

BOOST_AUTO_TEST_CASE(a_tag_says_who_observes_or_withholds_it_and_the_next_one_follows) {
    auto withheld = tag_of("a");
    withheld.withheld_by = 42;
    auto observed = tag_of("b");
    observed.observe = true;
    std::string entries;
    append_entry(entries, withheld);
    append_entry(entries, observed);
    spool::page page;
    read_record(entries, page);
    BOOST_REQUIRE_EQUAL(page.tags.size(), 2u);
    BOOST_TEST(page.tags[0].withheld_by == 42u);
    BOOST_TEST(!page.tags[0].observe);
    BOOST_TEST(page.tags[1].withheld_by == 0u);
    BOOST_TEST(page.tags[1].observe);
    BOOST_TEST(page.tags[1].source_id == "b");
}

BOOST_AUTO_TEST_CASE(tags_come_out_as_they_went_in_also_after_a_restart) {
    auto files = open();
    BOOST_TEST(files->empty());
    BOOST_TEST((append(*files, {"a", "b"}, "1") == spool::outcome::kept));
    BOOST_TEST((append(*files, {"c"}, "2") == spool::outcome::kept));
    files.reset();
    files = open();
    BOOST_TEST(files->positions().at("in") == "2");
    auto const page = files->front(100);
    BOOST_REQUIRE_EQUAL(page.tags.size(), 3u);
    BOOST_TEST(page.positions.size() == 2u);
    auto const expected = tag_of("a");
    BOOST_TEST(boost::json::serialize(to_json(page.tags[0])) == boost::json::serialize(to_json(expected)));
    BOOST_TEST((page.tags[0].uuid == expected.uuid));
    BOOST_TEST(page.tags[0].confidence == expected.confidence);
    BOOST_TEST((page.tags[0].created_at == expected.created_at));
    BOOST_TEST((append(*files, {"d"}, "3") == spool::outcome::kept));
    files->pop();
    BOOST_TEST(drained(*files) == texts{"d"}, boost::test_tools::per_element());
    BOOST_TEST(segments().empty());
    BOOST_TEST(files->positions().empty());
    files.reset();
    BOOST_TEST(open()->empty());
    BOOST_TEST(reports.empty());
}

BOOST_AUTO_TEST_CASE(tags_read_and_not_removed_are_read_again) {
    auto files = open();
    append(*files, {"a"}, "1");
    files->front(100);
    files.reset();
    files = open();
    BOOST_TEST(drained(*files) == texts{"a"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_limit_holds_and_room_comes_back) {
    auto files = open(10'000, 1'000);
    texts kept;
    for (int i = 0; i < 1000; ++i) {
        auto const id = std::to_string(i);
        if (append(*files, {id}, id) == spool::outcome::no_room)
            break;
        kept.push_back(id);
    }
    BOOST_TEST(kept.size() > 10u);
    BOOST_TEST(kept.size() < 100u);
    BOOST_TEST(files->bytes() <= 10'000u);
    BOOST_TEST(segments().size() > 5u);
    files->front(3);
    files->pop();
    BOOST_TEST((append(*files, {"more"}, "x") == spool::outcome::kept));
    auto const rest = drained(*files);
    BOOST_TEST(rest.size() > kept.size() - 10);
    BOOST_TEST(rest.back() == "more");
}

BOOST_AUTO_TEST_CASE(failed_write_succeeds_later_and_spoils_nothing) {
    auto files = open();
    BOOST_TEST((append(*files, {"a"}, "1") == spool::outcome::kept));
    {
        file_size_limit const no_more(std::filesystem::file_size(segments().front()) + 10);
        BOOST_CHECK_THROW(append(*files, {"b"}, "2"), std::system_error);
    }
    BOOST_TEST((append(*files, {"b"}, "2") == spool::outcome::kept));
    std::filesystem::rename(directory / "spool", directory / "elsewhere");
    BOOST_CHECK_THROW(files->front(100), std::system_error);
    std::filesystem::rename(directory / "elsewhere", directory / "spool");
    auto const taken = files->front(100);
    BOOST_TEST(taken.tags.size() == 2u);
    std::filesystem::rename(directory / "spool", directory / "elsewhere");
    BOOST_CHECK_THROW(files->pop(), std::system_error);
    BOOST_CHECK_THROW(append(*files, {"c"}, "3"), std::system_error);
    std::filesystem::rename(directory / "elsewhere", directory / "spool");
    BOOST_TEST((append(*files, {"c"}, "3") == spool::outcome::kept));
    files->pop();
    files.reset();
    files = open();
    BOOST_TEST(files->positions().at("in") == "3");
    BOOST_TEST(drained(*files) == texts{"c"}, boost::test_tools::per_element());
    BOOST_TEST(reports.empty());
}

BOOST_AUTO_TEST_CASE(one_process_at_a_time_has_it) {
    auto const files = open();
    BOOST_CHECK_THROW(open(), std::system_error);
}

BOOST_AUTO_TEST_CASE(a_segment_that_ends_anywhere_keeps_every_whole_record) {
    auto files = open();
    std::vector<std::uint64_t> ends;
    for (auto const* const id : {"a", "b", "c"}) {
        append(*files, {id}, id);
        ends.push_back(std::filesystem::file_size(segments().at(0)));
    }
    files.reset();
    auto const file = segments().at(0);
    auto const whole = bytes_of(file);
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        put(file, std::string_view(whole).substr(0, size));
        files = open();
        texts expected;
        for (std::size_t i = 0; i < ends.size(); ++i)
            if (ends[i] <= size)
                expected.push_back(std::string(1, static_cast<char>('a' + i)));
        BOOST_REQUIRE((expected.empty() ? "" : expected.back()) == (files->empty() ? "" : files->positions().at("in")));
        BOOST_REQUIRE((append(*files, {"next"}, "n") == spool::outcome::kept)); // continues after the cut
        files.reset();
        files = open();
        expected.push_back("next");
        BOOST_REQUIRE(drained(*files) == expected);
        files.reset();
    }
    for (auto const& line : reports)
        BOOST_TEST(line.find("was not finished") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_changed_byte_costs_its_record_only_and_is_set_aside) {
    auto files = open();
    for (auto const* const id : {"a", "b", "c"})
        append(*files, {id}, id);
    files.reset();
    auto const file = segments().at(0);
    auto const whole = bytes_of(file);
    std::mt19937 random(7);
    for (int round = 0; round < 300; ++round) {
        auto const at = random() % whole.size();
        auto changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ static_cast<char>(1 + random() % 255));
        put(file, changed);
        reports.clear();
        files = open();
        auto const left = drained(*files);
        files.reset();
        BOOST_REQUIRE_MESSAGE(!reports.empty(), "byte " << at);
        bool const in_header = at < 25;
        BOOST_REQUIRE_MESSAGE(left.size() == (in_header ? 0u : 2u), "byte " << at << " leaves " << left.size());
    }
}

BOOST_AUTO_TEST_CASE(files_of_others_are_left_alone) {
    directory.write("spool/notes.txt", "x");
    directory.write("spool/1.spool", "x");
    directory.write("spool/00000000000000000007.spool", "something else entirely, and longer than a header");
    auto const files = open();
    BOOST_TEST(files->empty());
    BOOST_TEST(reports.size() == 2u);
    BOOST_TEST(directory.read("spool/1.spool") == "x");
    BOOST_TEST(std::filesystem::exists(directory / "spool/00000000000000000007.spool.damaged-0"));
}

BOOST_AUTO_TEST_CASE(a_record_that_an_attacker_wrote_into_another_is_not_taken_for_one) {
    // A whole segment of another spool, in the evidence of a tag with a damaged record.
    auto files = open();
    append(*files, {"forged"}, "evil");
    files.reset();
    auto const forged = bytes_of(segments().at(0));
    std::filesystem::remove(segments().at(0));
    files = open();
    auto hostile = tag_of("hostile");
    hostile.session_id = forged;
    std::vector<tag const*> const tags{&hostile};
    files->append(tags, {});
    append(*files, {"after"}, "good");
    files.reset();
    auto bytes = bytes_of(segments().at(0));
    bytes[60] = static_cast<char>(bytes[60] ^ 1);
    put(segments().at(0), bytes);
    files = open();
    BOOST_TEST(drained(*files) == texts{"after"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(kill_at_any_moment_loses_nothing_that_was_kept) {
    // A child appends and acknowledges each id once it is kept; it is killed at random moments.
    std::mt19937 random(20'261'125);
    std::size_t acknowledged = 0;
    int next = 0;
    for (int round = 0; round < 200; ++round) {
        int pipe_ends[2];
        BOOST_REQUIRE(::pipe(pipe_ends) == 0);
        auto const child = ::fork();
        BOOST_REQUIRE(child >= 0);
        if (child == 0) {
            ::close(pipe_ends[0]);
            try {
                spool files(
                    directory / "spool", 1 << 30, [](std::string const&) {}, 4096);
                for (int i = next;; ++i) {
                    auto const id = std::to_string(i);
                    if (append(files, {id}, id) != spool::outcome::kept ||
                        ::write(pipe_ends[1], &i, sizeof i) != sizeof i)
                        ::_exit(1);
                }
            } catch (...) {
                ::_exit(2);
            }
        }
        ::close(pipe_ends[1]);
        // Killed once it has acknowledged some ids, which is somewhere within the next one.
        auto const wanted = random() % 8;
        int id = 0;
        for (unsigned seen = 0; seen < wanted && ::read(pipe_ends[0], &id, sizeof id) == sizeof id;
             ++seen, ++acknowledged)
            next = id + 1;
        std::atomic<unsigned> spin = static_cast<unsigned>(random() % 20'000);
        while (spin.load() > 0)
            spin.fetch_sub(1);
        ::kill(child, SIGKILL);
        while (::read(pipe_ends[0], &id, sizeof id) == sizeof id) {
            next = id + 1;
            ++acknowledged;
        }
        ::close(pipe_ends[0]);
        int status = 0;
        ::waitpid(child, &status, 0);
        BOOST_REQUIRE(WIFSIGNALED(status));
    }
    BOOST_TEST(acknowledged > 200u);
    auto files = open();
    auto const kept = drained(*files);
    std::set<std::string> const distinct(kept.begin(), kept.end());
    for (int i = 0; i < next; ++i)
        BOOST_REQUIRE_MESSAGE(distinct.contains(std::to_string(i)), "id " << i << " is lost");
    for (auto const& line : reports)
        BOOST_TEST(line.find("was not finished") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
