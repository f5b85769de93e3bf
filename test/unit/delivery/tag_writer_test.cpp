#include "delivery/tag_writer.hpp"

#include "sql/session.hpp"
#include "support/skewed_time.hpp"
#include "support/tags.hpp"
#include "support/temporary_directory.hpp"
#include "support/test_database.hpp"
#include "support/virtual_loop.hpp"

#include <rulehost/task_group.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <sys/stat.h>

using namespace rulehost;
using rulehost::test::make_tag;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

/// Remembers what it was given.
class collected final : public tag_sink {
public:
    asio::awaitable<void> write(std::vector<tag> const& tags) override {
        for (auto const& each : tags)
            ids.push_back(each.source_id);
        co_return;
    }
    std::vector<std::string> ids;
};

/// Takes `delay` for each batch, and fails while there is a `problem`.
class slow_sink final : public tag_sink {
public:
    explicit slow_sink(time_source& time) : time_(time) {}

    asio::awaitable<void> write(std::vector<tag> const& tags) override {
        struct guard {
            int& writing;
            ~guard() { --writing; }
        } const guarded{++writing};
        BOOST_TEST(writing == 1);
        if (delay > 0s)
            co_await time_.pause(delay);
        if (!problem.empty())
            throw std::runtime_error(problem);
        for (auto const& each : tags)
            ids.push_back(each.source_id);
    }

    std::vector<std::string> ids;
    duration delay{};
    std::string problem;

private:
    time_source& time_;
    int writing = 0;
};

using texts = std::vector<std::string>;

struct fixture : test::virtual_loop {
    fixture() {
        options.database = "sqlite:" + (directory / "rulehost.db").string();
        options.dead_letters = directory / "dead.ndjson";
        options.printed = &printed;
        options.log = [this](std::string const& line) { log.push_back(line); };
        options.random = [] { return 0.5; };
        options.faults.before = [this](std::string_view call) { return hit(call, cut_before); };
        options.faults.after = [this](std::string_view call) { return hit(call, cut_after); };
    }
    ~fixture() { stop(); }

    void start() {
        writer = std::make_unique<tag_writer>(loop.get_executor(), loop.get_executor(), clock, options);
        running = std::make_unique<task_group>(loop.get_executor());
        running->spawn("writer", writer->run());
        time.settle();
    }
    void stop() {
        if (running) {
            running->cancel();
            run(running->join());
            running.reset();
        }
        writer.reset();
    }
    void restart() {
        stop();
        start();
    }

    /// A batch of tags `PREFIX_0`, `PREFIX_1`, ...; its acknowledgement goes to `acknowledged`.
    tag_batch batch(std::string const& prefix, int count, std::string const& place = {}) {
        tag_batch made;
        for (int i = 0; i < count; ++i)
            made.tags.push_back(make_tag(prefix + "_" + std::to_string(i)));
        if (!place.empty())
            made.position = input_position{"in", place};
        made.stored = [this, prefix] { acknowledged.push_back(prefix); };
        return made;
    }
    /// Enqueues without waiting for room.
    void give(tag_batch what) {
        running->spawn("input", writer->enqueue(std::move(what)));
        time.settle();
    }

    session client() const { return session(parse_database_url(options.database)); }
    std::size_t stored_tags() const { return client().query("SELECT uuid FROM ttp_tag", 1).size(); }
    std::string place() {
        auto const known = run(writer->positions({"in"}));
        return known.empty() ? "" : known[0].place;
    }
    std::vector<boost::json::object> dead() const {
        std::vector<boost::json::object> all;
        std::istringstream lines(directory.read("dead.ndjson"));
        for (std::string line; std::getline(lines, line);)
            all.push_back(boost::json::parse(line).as_object());
        return all;
    }

    static asio::awaitable<void> hit(std::string_view call, std::optional<database_error> const& problem) {
        if (problem && call != "positions")
            throw *problem;
        co_return;
    }
    void cut() { cut_before = database_error(database_error::kind::lost, "no route to host"); }
    void mend() { cut_before.reset(); }

    test::temporary_directory directory;
    test::skewed_time clock{time};
    collected printed;
    texts log;
    texts acknowledged;
    std::optional<database_error> cut_before;
    std::optional<database_error> cut_after;
    tag_writer_options options;
    std::unique_ptr<tag_writer> writer;
    std::unique_ptr<task_group> running;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(tag_writers, fixture)

BOOST_AUTO_TEST_CASE(tags_and_their_position_are_stored_and_then_acknowledged_in_order) {
    start();
    BOOST_TEST(place() == "");
    give(batch("a", 3, "10"));
    give(batch("b", 2, "20"));
    run(writer->drain());
    BOOST_TEST(acknowledged == (texts{"a", "b"}), boost::test_tools::per_element());
    BOOST_TEST(printed.ids == (texts{"a_0", "a_1", "a_2", "b_0", "b_1"}), boost::test_tools::per_element());
    BOOST_TEST(stored_tags() == 5u);
    BOOST_TEST(place() == "20");
    BOOST_TEST(writer->counts().stored == 5u);
    BOOST_TEST(writer->counts().waiting == 0u);
    BOOST_TEST(log.empty());
}

BOOST_AUTO_TEST_CASE(a_sink_that_nobody_reads_holds_up_no_tag) {
    slow_sink stuck(time);
    stuck.delay = 1h;
    options.printed = &stuck;
    options.max_waiting = 10;
    start();
    for (int i = 0; i < 100; ++i)
        give(batch("b" + std::to_string(i), 5));
    BOOST_TEST(stored_tags() == 500u);
    BOOST_TEST(acknowledged.size() == 100u);
    BOOST_TEST(writer->counts().waiting == 0u);
    BOOST_TEST(writer->counts().unprinted == 490u);
    BOOST_TEST(log == texts{"tags are stored, and not printed: nobody reads them"}, boost::test_tools::per_element());
    stuck.delay = {};
    time.advance(3h);
    BOOST_TEST(stuck.ids.size() == 10u);
    give(batch("again", 1));
    BOOST_TEST(stuck.ids.back() == "again_0");
    BOOST_TEST(log.back() == "tags are printed again; 490 were not");
}

BOOST_AUTO_TEST_CASE(a_sink_that_fails_costs_only_what_it_was_given) {
    slow_sink full(time);
    full.problem = "standard output: No space left on device";
    options.printed = &full;
    start();
    give(batch("a", 3));
    give(batch("b", 2));
    BOOST_TEST(acknowledged == (texts{"a", "b"}), boost::test_tools::per_element());
    BOOST_TEST(stored_tags() == 5u);
    BOOST_TEST(writer->counts().unprinted == 5u);
    full.problem.clear();
    give(batch("c", 1));
    BOOST_TEST(full.ids == texts{"c_0"}, boost::test_tools::per_element());
    BOOST_TEST(log ==
                   (texts{"tags are stored, and not printed: standard output: No space left on device",
                          "tags are printed again; 5 were not"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_slow_sink_gets_every_tag_where_it_is_waited_for) {
    slow_sink slow(time);
    slow.delay = 1s;
    options.printed = &slow;
    options.printing = tag_printer::policy::patient;
    options.max_waiting = 10;
    start();
    for (int i = 0; i < 20; ++i)
        give(batch("b" + std::to_string(i), 5));
    BOOST_TEST(stored_tags() < 100u);
    bool drained = false;
    auto const wait = [&]() -> asio::awaitable<void> {
        co_await writer->drain();
        drained = true;
    };
    running->spawn("end", wait());
    time.advance(1min);
    BOOST_TEST(drained);
    BOOST_TEST(slow.ids.size() == 100u);
    BOOST_TEST(writer->counts().unprinted == 0u);
}

BOOST_AUTO_TEST_CASE(what_waits_to_be_printed_at_the_end_is_counted) {
    slow_sink stuck(time);
    stuck.delay = 1h;
    options.printed = &stuck;
    start();
    give(batch("a", 3));
    give(batch("b", 2));
    running->cancel();
    run(running->join());
    running.reset();
    BOOST_TEST(writer->counts().unprinted == 5u);
    BOOST_TEST(writer->counts().waiting == 0u);
}

BOOST_AUTO_TEST_CASE(a_sink_gets_one_batch_at_a_time_whoever_stored_it) {
    slow_sink slow(time);
    slow.delay = 1h;
    options.printed = &slow;
    options.spool = directory / "spool";
    int calls = 0;
    options.faults.before = [&](std::string_view call) -> asio::awaitable<void> {
        // The first half of the group is stored, and then the database goes.
        if (call == "store" && ++calls == 3)
            throw database_error(database_error::kind::lost, "no route to host");
        co_return;
    };
    start();
    place();
    client().execute("CREATE TRIGGER refuse BEFORE INSERT ON ttp_tag WHEN NEW.technique_id = 'T666' "
                     "BEGIN SELECT RAISE(ABORT, 'not this one'); END");
    auto mixed = batch("a", 4);
    mixed.tags.push_back(make_tag("poison", "T666"));
    give(std::move(mixed));
    BOOST_TEST(stored_tags() == 2u); // what is left is in the spool
    BOOST_TEST(acknowledged == texts{"a"}, boost::test_tools::per_element());
    time.advance(1min); // the spool is stored while the first tags are being printed
    BOOST_TEST(stored_tags() == 4u);
    time.advance(3h);
    BOOST_TEST(slow.ids == (texts{"a_0", "a_1", "a_2", "a_3"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_the_database_has_is_not_told_again) {
    start();
    give(batch("a", 2));
    restart();
    give(batch("a", 3));
    BOOST_TEST(printed.ids == (texts{"a_0", "a_1", "a_2"}), boost::test_tools::per_element());
    BOOST_TEST(acknowledged == (texts{"a", "a"}), boost::test_tools::per_element());
    BOOST_TEST(writer->counts().known == 2u);
    BOOST_TEST(writer->counts().stored == 1u);
}

BOOST_AUTO_TEST_CASE(inputs_wait_while_too_much_is_in_memory) {
    options.max_waiting = 10;
    start();
    cut();
    for (auto const* const name : {"a", "b", "c", "d"})
        give(batch(name, 6));
    BOOST_TEST(writer->counts().waiting == 12u);
    time.advance(1min);
    BOOST_TEST(writer->counts().waiting == 12u);
    BOOST_TEST(acknowledged.empty());
    mend();
    time.advance(1min);
    BOOST_TEST(acknowledged == (texts{"a", "b", "c", "d"}), boost::test_tools::per_element());
    BOOST_TEST(stored_tags() == 24u);
    BOOST_TEST(log.size() == 2u);
    BOOST_TEST(!writer->counts().database_lost_since);
}

BOOST_AUTO_TEST_CASE(inputs_wait_while_few_tags_hold_much_evidence) {
    std::string const much(10 * 1024, 'x');
    for (auto const& evidence :
         {boost::json::value(much), boost::json::value({much}), boost::json::value({{"a", {{"b", {much}}}}})}) {
        options.max_waiting = 10;
        start();
        cut();
        for (auto const* const name : {"a", "b"}) {
            auto heavy = batch(name, 1);
            heavy.tags.front().evidence["seen"] = evidence;
            give(std::move(heavy));
        }
        BOOST_TEST(writer->counts().waiting == 1u);
        stop();
        mend();
    }
}

BOOST_AUTO_TEST_CASE(a_batch_whose_commit_is_in_doubt_is_given_again) {
    start();
    cut_after = database_error(database_error::kind::lost, "cut off");
    give(batch("a", 3, "10"));
    BOOST_TEST(acknowledged.empty());
    cut_after.reset();
    time.advance(1min);
    BOOST_TEST(acknowledged == texts{"a"}, boost::test_tools::per_element());
    BOOST_TEST(stored_tags() == 3u);
    BOOST_TEST(place() == "10");
}

BOOST_AUTO_TEST_CASE(only_the_tag_that_the_database_refuses_is_left_out) {
    start();
    place();
    client().execute("CREATE TRIGGER refuse BEFORE INSERT ON ttp_tag WHEN NEW.technique_id = 'T666' "
                     "BEGIN SELECT RAISE(ABORT, 'not this one'); END");
    auto first = batch("a", 5, "10");
    first.tags.insert(first.tags.begin() + 2, make_tag("poison\x1b[2J\xff", "T666"));
    give(std::move(first));
    give(batch("b", 4, "20"));
    BOOST_TEST(acknowledged == (texts{"a", "b"}), boost::test_tools::per_element());
    BOOST_TEST(stored_tags() == 9u);
    BOOST_TEST(place() == "20");
    BOOST_TEST(writer->counts().dead == 1u);
    BOOST_TEST(printed.ids.size() == 9u);
    BOOST_TEST(log.empty());
    BOOST_REQUIRE(dead().size() == 1u);
    BOOST_TEST(dead()[0].at("reason").as_string().find("not this one") != std::string::npos);
    BOOST_TEST(dead()[0].at("tag").at("technique_id").as_string() == "T666");
    for (char const c : directory.read("dead.ndjson"))
        BOOST_TEST((c == '\n' || (c >= 0x20 && c < 0x7f)));
}

BOOST_AUTO_TEST_CASE(a_database_that_refuses_everything_is_no_reason_to_give_a_tag_up) {
    start();
    place();
    client().execute("CREATE TRIGGER refuse BEFORE INSERT ON ttp_tag BEGIN SELECT RAISE(ABORT, 'closed'); END");
    give(batch("a", 5));
    time.advance(1min);
    BOOST_TEST(acknowledged.empty());
    BOOST_TEST(log.size() == 1u);
    BOOST_TEST(writer->counts().dead == 0u);
    client().execute("DROP TRIGGER refuse");
    time.advance(1min);
    BOOST_TEST(acknowledged.size() == 1u);
    BOOST_TEST(stored_tags() == 5u);
    BOOST_TEST(log.size() == 2u);
}

BOOST_AUTO_TEST_CASE(lines_that_are_no_events_are_on_the_disk_before_they_are_acknowledged) {
    start();
    auto bad = batch("a", 1);
    bad.rejected.push_back({"cowrie.json", 7, "not JSON", std::string("\x1b]0;x\x07\xff\x00{\"\xe2\x80\xae", 13)});
    bad.stored = [this] {
        BOOST_TEST(dead().size() == 1u);
        acknowledged.push_back("a");
    };
    give(std::move(bad));
    BOOST_REQUIRE(acknowledged.size() == 1u);
    auto const letter = dead().at(0);
    BOOST_TEST(letter.at("input").as_string() == "cowrie.json");
    BOOST_TEST(letter.at("line").to_number<int>() == 7);
    BOOST_TEST(letter.at("reason").as_string() == "not JSON");
    BOOST_TEST(letter.at("text_base64").as_string() == "G10wO3gH/wB7IuKArg==");
}

BOOST_AUTO_TEST_CASE(dead_letters_that_cannot_be_written_hold_up_nothing_and_are_counted) {
    std::filesystem::create_directory(directory / "dead.ndjson");
    start();
    auto const give_bad = [this](std::string const& name) {
        auto bad = batch(name, 1);
        bad.rejected.push_back({"in", 1, "not JSON", "x"});
        give(std::move(bad));
    };
    give_bad("a");
    give_bad("b");
    BOOST_TEST(acknowledged.size() == 2u);
    BOOST_TEST(stored_tags() == 2u);
    BOOST_TEST(writer->counts().dead == 2u);
    BOOST_TEST(writer->counts().dead_dropped == 2u);
    BOOST_TEST(log.size() == 1u);
    std::filesystem::remove(directory / "dead.ndjson");
    give_bad("c");
    BOOST_TEST(writer->counts().dead_dropped == 2u);
    BOOST_TEST(log.size() == 2u);
    BOOST_TEST(dead().size() == 1u);
}

BOOST_AUTO_TEST_CASE(dead_letters_take_no_more_room_than_they_may) {
    options.dead_letter_limit = 20'000;
    start();
    for (int round = 0; round < 50; ++round) {
        auto bad = batch("b" + std::to_string(round), 0);
        for (std::uint64_t line = 1; line <= 20; ++line)
            bad.rejected.push_back({"in", line, "not JSON", std::string(100, 'x')});
        give(std::move(bad));
        BOOST_REQUIRE(directory.read("dead.ndjson").size() + directory.read("dead.ndjson.1").size() <= 20'000u);
    }
    BOOST_TEST(directory.read("dead.ndjson.1").size() > 9'000u); // the newest letters, up to what fits
    BOOST_TEST(dead().back().at("line").to_number<int>() == 20);
    BOOST_TEST(writer->counts().dead == 1000u);
    BOOST_TEST(writer->counts().dead_dropped == 0u);
    auto huge = batch("huge", 0);
    for (auto const size : {10u, 20'000u, 11u})
        huge.rejected.push_back({"in", size, "not JSON", std::string(size, 'x')});
    give(std::move(huge));
    BOOST_TEST(writer->counts().dead_dropped == 1u);
    BOOST_TEST(dead().back().at("line").to_number<int>() == 11);
    BOOST_TEST(acknowledged.size() == 51u);
}

BOOST_AUTO_TEST_CASE(a_pipe_that_nobody_reads_holds_up_nothing) {
    BOOST_REQUIRE(::mkfifo((directory / "dead.ndjson").c_str(), 0600) == 0);
    options.dead_letter_limit = 1000;
    start();
    for (int round = 0; round < 10; ++round) {
        auto bad = batch("b" + std::to_string(round), 0);
        bad.rejected.push_back({"in", 1, "not JSON", std::string(200'000, 'x')}); // more than a pipe holds
        give(std::move(bad));
    }
    BOOST_TEST(acknowledged.size() == 10u); // nobody reads it
    BOOST_TEST(writer->counts().dead_dropped == 10u);
    BOOST_TEST(std::filesystem::is_fifo(directory / "dead.ndjson"));
}

BOOST_AUTO_TEST_CASE(a_message_that_the_broker_refuses_is_a_dead_letter) {
    struct : message_publisher {
        asio::awaitable<std::vector<refused_message>> publish(std::span<outgoing_message const> messages) override {
            std::vector<refused_message> refused;
            for (std::size_t i = 0; i < messages.size(); ++i) {
                if (messages[i].topic == "ttp.rule.fired.T1083")
                    refused.push_back({i, "too large"});
            }
            co_return refused;
        }
    } broker;
    options.outbox = true;
    options.publisher = &broker;
    options.database_clock = [this] { return time.now(); };
    start();
    place();
    give(batch("a", 1));
    BOOST_TEST(acknowledged.size() == 1u);
    time.advance(1min);
    BOOST_REQUIRE_EQUAL(dead().size(), 1u);
    BOOST_TEST(dead()[0].at("reason").as_string() == "too large");
    auto const message = dead()[0].at("message").as_object();
    BOOST_TEST(message.at("topic").as_string() == "ttp.rule.fired.T1083");
    BOOST_TEST(message.at("id").as_string().starts_with("fired-"));
    BOOST_TEST(boost::json::parse(message.at("payload").as_string()).at("source_id").as_string() == "a_0");
    BOOST_TEST(writer->counts().dead == 1u);
    BOOST_TEST(writer->counts().unpublished == 0u);
    stop(); // before the broker goes
}

BOOST_AUTO_TEST_CASE(a_line_that_a_crash_cut_short_does_not_spoil_the_next) {
    directory.write("dead.ndjson", "{\"at\":");
    start();
    auto bad = batch("a", 0);
    bad.rejected.push_back({"in", 1, "not JSON", "x"});
    give(std::move(bad));
    auto const text = directory.read("dead.ndjson");
    BOOST_TEST(text.starts_with("{\"at\":\n{\"at\":\"2026"));
}

BOOST_AUTO_TEST_CASE(without_a_database_tags_are_printed) {
    options.database.clear();
    start();
    give(batch("a", 2, "10"));
    BOOST_TEST(printed.ids.size() == 2u);
    BOOST_TEST(acknowledged.size() == 1u);
    BOOST_TEST(place() == "");
}

BOOST_AUTO_TEST_CASE(a_long_outage_is_spooled_and_caught_up_with_in_order) {
    options.spool = directory / "spool";
    start();
    place();
    cut();
    texts names;
    for (int minute = 0; minute < 10; ++minute) {
        names.push_back("m" + std::to_string(minute));
        give(batch(names.back(), 50, std::to_string(minute)));
        BOOST_TEST(acknowledged.size() == names.size()); // durable though the database is away
        time.advance(1min);
    }
    BOOST_TEST(writer->counts().spooled_bytes > 0u);
    BOOST_TEST(writer->counts().waiting == 0u);
    BOOST_TEST(printed.ids.empty());
    BOOST_TEST(log.size() == 1u);
    mend();
    time.advance(10s);
    BOOST_TEST(stored_tags() == 500u);
    BOOST_TEST(writer->counts().spooled_bytes == 0u);
    BOOST_REQUIRE(printed.ids.size() == 500u);
    BOOST_TEST(printed.ids.front() == "m0_0");
    BOOST_TEST(printed.ids.back() == "m9_49");
    BOOST_TEST(log.size() == 2u);
    BOOST_TEST(acknowledged == names, boost::test_tools::per_element());
    give(batch("after", 1, "after"));
    BOOST_TEST(stored_tags() == 501u);
    BOOST_TEST(place() == "after");
}

BOOST_AUTO_TEST_CASE(a_database_that_comes_back_is_noticed_whatever_the_clock_is_set_to) {
    options.spool = directory / "spool";
    start();
    place();
    cut();
    give(batch("a", 5, "1"));
    BOOST_TEST(stored_tags() == 0u);
    clock.error = -1h;
    mend();
    time.advance(10s);
    BOOST_TEST(stored_tags() == 5u);
}

BOOST_AUTO_TEST_CASE(a_restart_stores_what_was_spooled_first_and_knows_how_far_inputs_were_read) {
    options.spool = directory / "spool";
    start();
    place();
    give(batch("a", 2, "1"));
    cut();
    give(batch("b", 2, "2"));
    stop();
    writer = std::make_unique<tag_writer>(loop.get_executor(), loop.get_executor(), clock, options);
    BOOST_TEST(place() == "2"); // while the database is still away
    running = std::make_unique<task_group>(loop.get_executor());
    running->spawn("writer", writer->run());
    give(batch("c", 2, "3"));
    BOOST_TEST(acknowledged.size() == 3u);
    mend();
    time.advance(10s);
    BOOST_TEST(printed.ids == (texts{"a_0", "a_1", "b_0", "b_1", "c_0", "c_1"}), boost::test_tools::per_element());
    restart();
    BOOST_TEST(place() == "3");
}

BOOST_AUTO_TEST_CASE(a_full_spool_makes_inputs_wait_and_nothing_is_lost) {
    options.spool = directory / "spool";
    options.spool_limit = 20'000;
    options.max_waiting = 20;
    start();
    place();
    cut();
    for (int i = 0; i < 30; ++i)
        give(batch("n" + std::to_string(i), 10, std::to_string(i)));
    time.advance(10min);
    BOOST_TEST(writer->counts().spooled_bytes <= 20'000u);
    BOOST_TEST(acknowledged.size() < 15u);
    BOOST_TEST(acknowledged.size() > 2u);
    BOOST_TEST(writer->counts().waiting <= 40u);
    BOOST_TEST(log.size() == 2u); // it went; the spool is full
    mend();
    time.advance(1min);
    BOOST_TEST(acknowledged.size() == 30u);
    BOOST_TEST(stored_tags() == 300u);
    BOOST_TEST(place() == "29");
    BOOST_TEST(printed.ids.size() == 300u);
}

BOOST_AUTO_TEST_CASE(a_spool_whose_disk_fails_makes_inputs_wait_and_nothing_is_lost) {
    options.spool = directory / "spool";
    start();
    place();
    std::filesystem::rename(directory / "spool", directory / "elsewhere");
    cut();
    give(batch("a", 5, "1"));
    time.advance(1min);
    BOOST_TEST(acknowledged.empty());
    BOOST_TEST(log.size() == 2u); // the database went; the spool cannot be written
    std::filesystem::rename(directory / "elsewhere", directory / "spool");
    time.advance(10s);
    BOOST_TEST(acknowledged == texts{"a"}, boost::test_tools::per_element());
    BOOST_TEST(log.size() == 3u);
    std::filesystem::rename(directory / "spool", directory / "elsewhere");
    mend();
    give(batch("b", 5, "2"));
    time.advance(1min);
    BOOST_TEST(stored_tags() == 5u);
    BOOST_TEST(log.size() == 5u); // the database is back; what is stored cannot be taken out of the spool
    std::filesystem::rename(directory / "elsewhere", directory / "spool");
    time.advance(1min);
    BOOST_TEST(stored_tags() == 10u);
    BOOST_TEST(acknowledged == (texts{"a", "b"}), boost::test_tools::per_element());
    BOOST_TEST(writer->counts().spooled_bytes == 0u);
    BOOST_TEST(place() == "2");
    BOOST_TEST(printed.ids.size() == 10u);
    BOOST_TEST(log.size() == 6u);
}

BOOST_AUTO_TEST_CASE(poison_in_the_spool_is_left_out_alone) {
    options.spool = directory / "spool";
    start();
    place();
    client().execute("CREATE TRIGGER refuse BEFORE INSERT ON ttp_tag WHEN NEW.technique_id = 'T666' "
                     "BEGIN SELECT RAISE(ABORT, 'not this one'); END");
    cut();
    auto poisoned = batch("a", 5, "1");
    poisoned.tags.insert(poisoned.tags.begin() + 3, make_tag("poison", "T666"));
    give(std::move(poisoned));
    give(batch("b", 5, "2"));
    mend();
    time.advance(10s);
    BOOST_TEST(stored_tags() == 10u);
    BOOST_TEST(dead().size() == 1u);
    BOOST_TEST(place() == "2");
    BOOST_TEST(writer->counts().spooled_bytes == 0u);
}

BOOST_AUTO_TEST_CASE(a_full_disk_and_a_locked_database_are_waited_for) {
    options.spool = directory / "spool";
    start();
    place();
    for (auto const kind : {database_error::kind::full, database_error::kind::busy, database_error::kind::read_only}) {
        cut_before = database_error(kind, "not now");
        give(batch("k" + std::to_string(static_cast<int>(kind)), 3));
        mend();
        time.advance(1min);
    }
    BOOST_TEST(acknowledged.size() == 3u);
    BOOST_TEST(stored_tags() == 9u);
    BOOST_TEST(writer->counts().dead == 0u);
    BOOST_TEST(log.size() == 6u);
}

BOOST_AUTO_TEST_CASE(a_database_that_comes_and_goes_gets_every_tag_once) {
    options.spool = directory / "spool";
    options.spool_limit = 60'000;
    options.max_waiting = 30;
    std::mt19937 random(20'261'125);
    start();
    place();
    int number = 0;
    for (int round = 0; round < 200; ++round) {
        switch (random() % 6) {
        case 0:
            cut();
            break;
        case 1:
            mend();
            cut_after.reset();
            break;
        case 2:
            cut_after = database_error(database_error::kind::lost, "cut off");
            break;
        case 3:
            time.advance(std::chrono::seconds{random() % 20});
            break;
        case 4:
            if (random() % 4 == 0)
                restart(); // a crash: who waited to be taken is not acknowledged
            break;
        default:
            break;
        }
        auto const name = "n" + std::to_string(number++);
        give(batch(name, static_cast<int>(1 + random() % 12), name));
    }
    mend();
    cut_after.reset();
    time.advance(5min);
    std::set<std::string> stored;
    for (auto const& row : client().query("SELECT source_id FROM ttp_tag", 1))
        stored.insert(row[0].value());
    for (auto const& name : acknowledged)
        BOOST_REQUIRE_MESSAGE(stored.contains(name + "_0"), name << " was acknowledged and is not stored");
    BOOST_TEST(std::ranges::is_sorted(acknowledged, std::ranges::less(),
                                      [](std::string const& name) { return std::stoi(name.substr(1)); }));
    BOOST_TEST(writer->counts().waiting == 0u);
    BOOST_TEST(writer->counts().spooled_bytes == 0u);
    std::set<std::string> const told(printed.ids.begin(), printed.ids.end());
    BOOST_TEST(told.size() == printed.ids.size()); // nothing twice
}

/// A server to which many tags go over several connections.
struct with_server : fixture {
    with_server() {
        options.database = database.url();
        options.outbox = true;
        options.faults.before = [this](std::string_view call) -> asio::awaitable<void> {
            if (call == "store" && ++stores == refused)
                throw database_error(database_error::kind::lost, "cut off");
            co_return;
        };
        for (int i = 0; i < events; ++i) {
            for (auto const* const technique : {"T1083", "T1087"}) {
                auto& made = many.tags.emplace_back(make_tag("e" + std::to_string(i), technique));
                made.session_id = "s" + std::to_string(i % sessions);
                expected.push_back(made.source_id);
            }
        }
        many.position = input_position{"in", "10"};
        many.stored = [this] { acknowledged.push_back("many"); };
    }
    ~with_server() { stop(); }

    /// The events of each session in the order of the messages about them, each of which tells of `tags` tags.
    std::map<int, std::vector<int>> published(std::size_t tags) const {
        std::map<int, std::vector<int>> of_session;
        for (auto const& row :
             client().query("SELECT payload FROM ttp_outbox WHERE topic = 'ttp.tagged' ORDER BY sequence", 1)) {
            auto const message = boost::json::parse(row[0].value()).as_object();
            BOOST_TEST(message.at("tags").as_array().size() == tags);
            auto const event = std::stoi(std::string(message.at("source_id").as_string()).substr(1));
            of_session[event % sessions].push_back(event);
        }
        return of_session;
    }

    static constexpr int events = 2500;
    static constexpr int sessions = 50;
    test::test_database database{database_kind::postgresql};
    tag_batch many;
    texts expected; ///< printed texts
    int stores = 0;
    int refused = 0; ///< the number of the store call that finds no database; 0: none
};

BOOST_FIXTURE_TEST_CASE(many_tags_are_stored_over_several_connections_and_told_of_in_order, with_server) {
    start();
    give(std::move(many));
    BOOST_TEST(stores > 2); // parts, and the position
    BOOST_TEST(acknowledged == texts{"many"}, boost::test_tools::per_element());
    BOOST_TEST(printed.ids == expected, boost::test_tools::per_element());
    BOOST_TEST(stored_tags() == expected.size());
    BOOST_TEST(place() == "10");
    auto const all = published(2);
    BOOST_TEST(all.size() == static_cast<std::size_t>(sessions));
    for (auto const& [session, of_it] : all) {
        BOOST_TEST(of_it.size() == static_cast<std::size_t>(events / sessions));
        BOOST_TEST(std::ranges::is_sorted(of_it));
    }
}

BOOST_FIXTURE_TEST_CASE(a_connection_that_is_lost_leaves_the_rest_to_the_next_attempt, with_server) {
    refused = 2;
    start();
    give(std::move(many));
    auto const at_first = stored_tags();
    BOOST_TEST(at_first > 0u);
    BOOST_TEST(at_first < expected.size());
    BOOST_TEST(place() == "");
    BOOST_TEST(acknowledged.empty());
    time.advance(1min);
    BOOST_TEST(acknowledged == texts{"many"}, boost::test_tools::per_element());
    BOOST_TEST(stored_tags() == expected.size());
    BOOST_TEST(place() == "10");
    BOOST_TEST(writer->counts().stored == expected.size()); // none was given again
    BOOST_TEST(writer->counts().known == 0u);
    std::ranges::sort(expected);
    std::ranges::sort(printed.ids);
    BOOST_TEST(printed.ids == expected, boost::test_tools::per_element());
    for (auto const& [session, of_it] : published(2))
        BOOST_TEST(std::ranges::is_sorted(of_it));
}

BOOST_FIXTURE_TEST_CASE(a_position_is_stored_after_the_tags_of_every_connection, with_server) {
    refused = 4; // three parts, and the position
    start();
    give(std::move(many));
    BOOST_TEST(stored_tags() == expected.size());
    BOOST_TEST(place() == "");
    BOOST_TEST(acknowledged.empty());
    time.advance(1min);
    BOOST_TEST(place() == "10");
    BOOST_TEST(acknowledged == texts{"many"}, boost::test_tools::per_element());
    BOOST_TEST(printed.ids == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(poison_among_many_is_left_out_alone, with_server) {
    start();
    place();
    client().execute("ALTER TABLE ttp_tag ADD CHECK (technique_id <> 'T666')");
    many.tags.insert(many.tags.begin() + 1234, make_tag("poison", "T666"));
    give(std::move(many));
    BOOST_TEST(acknowledged == texts{"many"}, boost::test_tools::per_element());
    BOOST_TEST(printed.ids == expected, boost::test_tools::per_element());
    BOOST_TEST(stored_tags() == expected.size());
    BOOST_TEST(place() == "10");
    BOOST_TEST(dead().size() == 1u);
}

BOOST_AUTO_TEST_CASE(an_input_that_stops_waiting_leaves_nothing_behind) {
    options.max_waiting = 1;
    start();
    cut();
    give(batch("a", 1));
    give(batch("b", 1));
    stop();
    mend();
    start();
    time.advance(1min);
    BOOST_TEST(acknowledged.empty());
}

BOOST_AUTO_TEST_SUITE_END()
