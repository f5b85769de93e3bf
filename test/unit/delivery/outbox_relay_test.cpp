#include "delivery/outbox_relay.hpp"

#include "delivery/tag_messages.hpp"
#include "sql/tag_table.hpp"
#include "support/fake_broker.hpp"
#include "support/skewed_time.hpp"
#include "support/tags.hpp"
#include "support/temporary_directory.hpp"
#include "support/virtual_loop.hpp"

#include <rulehost/task_group.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

using namespace rulehost;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

using texts = std::vector<std::string>;

tag tag_of(std::string source_id, std::string technique, std::string sub_technique = {}) {
    auto made = test::make_tag(std::move(source_id), std::move(technique), std::move(sub_technique));
    made.session_id = "s1";
    made.evidence["command_text"] = "secret";
    return made;
}

struct outbox_relay_fixture : test::virtual_loop {
    outbox_relay_fixture() : table(parse_database_url(url())) { table.store({}, {}, {}); }
    ~outbox_relay_fixture() {
        for (std::size_t i = 0; i < 2; ++i)
            stop(i);
    }

    std::string url() const { return "sqlite:" + (directory / "rulehost.db").string(); }

    void start(std::size_t which) {
        outbox_relay_options options;
        options.database = url();
        options.holder = "worker " + std::to_string(which);
        options.consumer = consumer[which];
        options.log = [this](std::string const& line) { log.push_back(line); };
        options.limit = limit;
        options.database_clock = [this] { return time.now(); };
        options.random = [] { return 0.5; };
        options.write_dead_letters = [this](std::vector<undeliverable_message> messages) {
            return write_dead_letters(std::move(messages));
        };
        relay[which] = std::make_unique<outbox_relay>(loop.get_executor(), clock, publisher[which], options);
        running[which] = std::make_unique<task_group>(loop.get_executor());
        running[which]->spawn("relay", relay[which]->run());
        time.settle();
    }
    asio::awaitable<void> write_dead_letters(std::vector<undeliverable_message> messages) {
        if (failing_writes-- > 0)
            throw std::bad_alloc();
        std::ranges::move(messages, std::back_inserter(dead_lettered));
        co_return;
    }
    void stop(std::size_t which) {
        if (!running[which])
            return;
        running[which]->cancel();
        run(running[which]->join());
        running[which].reset();
        relay[which].reset();
    }
    void store(std::vector<tag> const& tags) {
        std::vector<tag const*> pointers;
        for (auto const& each : tags)
            pointers.push_back(&each);
        table.store(pointers, {}, messages_about);
    }
    std::size_t left() const {
        return session(parse_database_url(url())).query("SELECT sequence FROM ttp_outbox", 1).size();
    }

    test::temporary_directory directory;
    test::skewed_time clock{time};
    tag_table table;
    test::fake_broker publisher[2];
    std::string consumer[2]{"nats", "nats"};
    std::uint64_t limit = 1'000'000;
    texts log;
    std::vector<undeliverable_message> dead_lettered;
    int failing_writes = 0; ///< attempts that fail
    std::unique_ptr<outbox_relay> relay[2];
    std::unique_ptr<task_group> running[2];
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(outbox_relays, outbox_relay_fixture)

BOOST_AUTO_TEST_CASE(an_event_is_reported_once_and_each_technique_once) {
    store({tag_of("a", "T1548", "T1548.001"), tag_of("a", "T1083"), tag_of("b", "T1083")});
    start(0);
    auto const& sent = publisher[0].sent;
    BOOST_REQUIRE_EQUAL(sent.size(), 5u);
    texts topics;
    for (auto const& each : sent)
        topics.push_back(each.topic);
    BOOST_TEST(
        topics ==
            (texts{"ttp.tagged", "ttp.rule.fired.T1548", "ttp.rule.fired.T1083", "ttp.tagged", "ttp.rule.fired.T1083"}),
        boost::test_tools::per_element());
    auto const tagged = boost::json::parse(sent[0].payload).as_object();
    BOOST_TEST(tagged.at("attacker_uuid").as_string() == "11111111-2222-3333-4444-555555555555");
    BOOST_TEST(tagged.at("identity_uuid").is_null());
    BOOST_TEST(tagged.at("session_id").as_string() == "s1");
    BOOST_TEST(tagged.at("source_id").as_string() == "a");
    BOOST_TEST(boost::json::serialize(tagged.at("techniques")) == "[\"T1548.001\",\"T1083\"]");
    BOOST_TEST(tagged.at("tags").as_array().size() == 2u);
    auto const fired = boost::json::parse(sent[1].payload).as_object();
    BOOST_TEST(fired.at("tag").as_string() == to_string(tag_of("a", "T1548", "T1548.001").uuid));
    for (auto const& each : sent)
        BOOST_TEST(each.payload.find("secret") == std::string::npos);
    BOOST_TEST(left() == 0u);
    BOOST_TEST(relay[0]->unpublished() == 0u);
}

BOOST_AUTO_TEST_CASE(a_replay_that_stores_nothing_publishes_nothing) {
    start(0);
    store({tag_of("a", "T1083")});
    time.advance(1s);
    store({tag_of("a", "T1083")});
    time.advance(1min);
    BOOST_TEST(publisher[0].sent.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_broker_that_is_away_is_waited_for_and_reported_once) {
    publisher[0].away = true;
    start(0);
    store({tag_of("a", "T1083")});
    time.advance(10min);
    BOOST_TEST(left() == 2u);
    BOOST_TEST(relay[0]->unpublished() == 2u);
    publisher[0].away = false;
    time.advance(10s);
    BOOST_TEST(left() == 0u);
    BOOST_TEST(publisher[0].sent.size() == 2u);
    BOOST_TEST(log.size() == 2u);
}

BOOST_AUTO_TEST_CASE(the_oldest_messages_become_dead_letters_when_too_many_wait) {
    limit = 100;
    publisher[0].away = true;
    start(0);
    std::vector<tag> tags;
    for (int i = 0; i < 75; ++i)
        tags.push_back(tag_of(std::to_string(i), "T1083"));
    store(tags);
    time.advance(30s);
    BOOST_TEST(left() == 100u);
    BOOST_TEST(relay[0]->overflowed() == 50u);
    BOOST_TEST(relay[0]->unpublished() == 100u);
    BOOST_REQUIRE_EQUAL(dead_lettered.size(), 50u);
    BOOST_TEST(boost::json::parse(dead_lettered[0].message.payload).at("source_id").as_string() == "0");
    BOOST_TEST(boost::json::parse(dead_lettered[49].message.payload).at("source_id").as_string() == "24");
    BOOST_TEST(dead_lettered[0].reason == "more than 100 messages wait in the outbox for the consumer 'nats'");
    time.advance(1min);
    BOOST_TEST(relay[0]->overflowed() == 50u);
    publisher[0].away = false;
    time.advance(10s);
    BOOST_TEST(publisher[0].sent.size() == 100u);
    BOOST_TEST(left() == 0u);
    BOOST_TEST(log.size() == 3u); // away, too many, back
}

BOOST_AUTO_TEST_CASE(a_consumer_that_is_slow_loses_its_own_messages_and_costs_another_none) {
    limit = 100;
    publisher[1].away = true;
    consumer[1] = "output-slow";
    start(0);
    start(1);
    publisher[0].away = true; // for a while
    std::vector<tag> tags;
    for (int i = 0; i < 40; ++i)
        tags.push_back(tag_of("early" + std::to_string(i), "T1083"));
    store(tags);
    time.advance(20s);
    for (auto& each : tags)
        each = tag_of("late" + each.source_id, "T1083");
    publisher[0].away = false;
    time.advance(20s);
    store(tags);
    time.advance(20s);
    BOOST_TEST(publisher[0].sent.size() == 160u);
    BOOST_TEST(relay[0]->overflowed() == 0u);
    BOOST_TEST(relay[1]->overflowed() == 60u);
    BOOST_TEST(relay[1]->unpublished() == 100u);
    BOOST_REQUIRE_EQUAL(dead_lettered.size(), 60u);
    publisher[1].away = false;
    time.advance(20s);
    BOOST_REQUIRE_EQUAL(publisher[1].sent.size(), 100u);
    BOOST_TEST(publisher[1].sent[0].id == publisher[0].sent[60].id);
    BOOST_TEST(publisher[0].sent.size() == 160u);
    time.advance(5min);
    BOOST_TEST(left() == 0u);
}

BOOST_AUTO_TEST_CASE(a_consumer_without_a_worker_has_the_same_bound) {
    limit = 100;
    outbox_table(parse_database_url(url())).passed("output-gone");
    start(0);
    std::vector<tag> tags;
    for (int i = 0; i < 75; ++i)
        tags.push_back(tag_of(std::to_string(i), "T1083"));
    store(tags);
    time.advance(30s);
    BOOST_TEST(publisher[0].sent.size() == 150u);
    BOOST_TEST(dead_lettered.size() == 50u);
    BOOST_TEST(outbox_table(parse_database_url(url())).count("output-gone") == 100u);
    BOOST_REQUIRE_EQUAL(log.size(), 1u);
    BOOST_TEST(log[0].starts_with("no worker serves the consumer 'output-gone'"));
    BOOST_TEST(dead_lettered[0].reason == "more than 100 messages wait in the outbox for the consumer 'output-gone'");
    BOOST_TEST(relay[0]->overflowed() == 0u); // its own lost none
    BOOST_TEST(relay[0]->overflowed_of_others() == 50u);
    for (auto& each : tags)
        each = tag_of("late" + each.source_id, "T1083");
    store(tags);
    time.advance(5min);
    BOOST_TEST(left() == 100u);
    BOOST_TEST(dead_lettered.size() == 200u);
    BOOST_TEST(log.size() == 1u); // once for the whole outage
}

BOOST_AUTO_TEST_CASE(a_consumer_that_is_behind_keeps_what_was_published) {
    outbox_table(parse_database_url(url())).passed("other");
    store({tag_of("a", "T1083")});
    start(0);
    BOOST_TEST(publisher[0].sent.size() == 2u);
    time.advance(5min);
    BOOST_TEST(publisher[0].sent.size() == 2u);
    BOOST_TEST(left() == 2u);
    stop(0);
    start(0); // it continues where it was
    time.advance(1min);
    BOOST_TEST(publisher[0].sent.size() == 2u);
    outbox_table(parse_database_url(url())).settle("other", 2, {1, 2});
    BOOST_TEST(left() == 0u);
}

BOOST_AUTO_TEST_CASE(a_message_that_is_refused_delays_no_other_and_is_discarded_in_the_end) {
    publisher[0].poison = "bad";
    store({tag_of("a", "T1083"), tag_of("bad", "T1083"), tag_of("b", "T1083")});
    start(0);
    texts sent;
    for (auto const& each : publisher[0].sent)
        sent.emplace_back(boost::json::parse(each.payload).at("source_id").as_string());
    BOOST_TEST(sent == (texts{"a", "a", "b", "b"}), boost::test_tools::per_element());
    BOOST_TEST(left() == 2u);
    BOOST_TEST(dead_lettered.empty());
    store({tag_of("c", "T1083")});
    relay[0]->notify();
    time.settle();
    BOOST_TEST(publisher[0].sent.size() == 6u);
    BOOST_TEST(publisher[0].refusals == 2u); // a rejected message is not retried with each new one
    time.advance(1min);
    BOOST_TEST(left() == 0u);
    BOOST_TEST(relay[0]->unpublished() == 0u);
    BOOST_TEST(publisher[0].refusals == 2 * outbox_relay::max_refusals);
    BOOST_REQUIRE_EQUAL(dead_lettered.size(), 2u);
    BOOST_TEST(dead_lettered[0].message.topic == "ttp.tagged");
    BOOST_TEST(dead_lettered[1].message.topic == "ttp.rule.fired.T1083");
    BOOST_TEST(dead_lettered[0].reason == "too large");
    BOOST_TEST(log.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_round_without_memory_ends_nothing_and_loses_nothing) {
    publisher[0].poison = "bad";
    failing_writes = 2;
    store({tag_of("a", "T1083"), tag_of("bad", "T1083"), tag_of("b", "T1083")});
    start(0);
    time.advance(2min);
    BOOST_TEST(left() == 0u);
    BOOST_TEST(dead_lettered.size() == 2u);
    BOOST_TEST(failing_writes < 0);
    store({tag_of("c", "T1083")});
    time.advance(1min);
    BOOST_TEST(left() == 0u);
    BOOST_TEST(publisher[0].sent.back().payload.find("\"c\"") != std::string::npos);
    BOOST_TEST(std::ranges::count_if(log, [](auto const& each) { return each.ends_with("out of memory"); }) >= 1);
}

BOOST_AUTO_TEST_CASE(a_message_that_is_taken_after_all_is_not_discarded) {
    publisher[0].poison = "bad";
    store({tag_of("bad", "T1083")});
    start(0);
    time.advance(2s);
    publisher[0].poison.clear();
    time.advance(2s);
    BOOST_TEST(publisher[0].sent.size() == 2u);
    BOOST_TEST(dead_lettered.empty());
    BOOST_TEST(log.empty());
    BOOST_TEST(left() == 0u);
}

BOOST_AUTO_TEST_CASE(drain_waits_for_messages_that_can_be_published_and_for_nothing_else) {
    start(0);
    start(1);
    std::vector<tag> many;
    for (int i = 0; i < 1000; ++i)
        many.push_back(tag_of("e" + std::to_string(i), "T1083"));
    store(many);
    run(relay[1]->drain()); // the other relay publishes
    BOOST_TEST(publisher[1].sent.empty());
    run(relay[0]->drain());
    BOOST_TEST(publisher[0].sent.size() == 2000u);
    publisher[0].away = true;
    store({tag_of("a", "T1083")});
    run(relay[0]->drain());
    run(relay[0]->drain()); // it has received that
    BOOST_TEST(left() == 2u);
}

BOOST_AUTO_TEST_CASE(an_outage_of_the_broker_discards_no_rejected_message) {
    publisher[0].poison = "bad";
    store({tag_of("bad", "T1083")});
    start(0);
    publisher[0].away = true;
    time.advance(10min);
    BOOST_TEST(dead_lettered.empty());
    publisher[0].away = false;
    time.advance(1min);
    BOOST_TEST(dead_lettered.size() == 2u);
    BOOST_TEST(left() == 0u);
}

BOOST_AUTO_TEST_CASE(more_refused_messages_than_a_round_takes_do_not_delay_the_rest) {
    publisher[0].poison = "bad";
    std::vector<tag> tags;
    for (int i = 0; i < 600; ++i)
        tags.push_back(tag_of("bad " + std::to_string(i), "T1083"));
    tags.push_back(tag_of("good", "T1083"));
    store(tags);
    start(0);
    time.advance(1min);
    BOOST_TEST(dead_lettered.size() == 1200u);
    BOOST_TEST(publisher[0].sent.size() == 2u);
    BOOST_TEST(left() == 0u);
}

BOOST_AUTO_TEST_CASE(one_worker_publishes_and_another_takes_over) {
    start(0);
    start(1);
    store({tag_of("a", "T1083")});
    time.advance(1min);
    BOOST_TEST(publisher[0].sent.size() == 2u);
    BOOST_TEST(publisher[1].sent.empty());
    stop(0);
    store({tag_of("b", "T1083")});
    time.advance(10s); // the lease was released
    BOOST_TEST(publisher[1].sent.size() == 2u);
    // A dead worker releases nothing.
    session(parse_database_url(url())).execute("UPDATE ttp_lease SET holder = 'dead'");
    stop(1);
    start(1);
    store({tag_of("c", "T1083")});
    time.advance(5s);
    BOOST_TEST(publisher[1].sent.size() == 2u);
    time.advance(15s); // its lease, and the third of it between two checks
    BOOST_TEST(publisher[1].sent.size() == 4u);
}

BOOST_AUTO_TEST_CASE(one_worker_publishes_regardless_of_its_clock) {
    start(0);
    start(1);
    clock.error = -std::chrono::hours{1};
    time.advance(1min);
    store({tag_of("a", "T1083")});
    time.advance(5s);
    BOOST_TEST(publisher[0].sent.size() == 2u);
    BOOST_TEST(publisher[1].sent.empty());
    stop(0);
    store({tag_of("b", "T1083")});
    time.advance(10s);
    BOOST_TEST(publisher[1].sent.size() == 2u);
}

BOOST_AUTO_TEST_CASE(sent_message_that_was_not_deleted_is_sent_again_under_its_id) {
    store({tag_of("a", "T1083")});
    session client(parse_database_url(url()));
    client.execute("CREATE TRIGGER keep BEFORE DELETE ON ttp_outbox BEGIN SELECT RAISE(ABORT, 'crash'); END");
    start(0);
    client.execute("DROP TRIGGER keep");
    time.advance(10s);
    auto const& sent = publisher[0].sent;
    BOOST_REQUIRE_EQUAL(sent.size(), 4u);
    BOOST_TEST(sent[0].id == sent[2].id);
    BOOST_TEST(sent[1].id == sent[3].id);
    BOOST_TEST(sent[0].id != sent[1].id);
    BOOST_TEST(left() == 0u);
}

BOOST_AUTO_TEST_CASE(a_large_backlog_goes_out_in_order) {
    std::vector<tag> tags;
    for (int i = 0; i < 2000; ++i)
        tags.push_back(tag_of(std::to_string(i), "T1083"));
    store(tags);
    start(0);
    auto const& sent = publisher[0].sent;
    BOOST_REQUIRE_EQUAL(sent.size(), 4000u);
    for (std::size_t i = 0; i < 2000; ++i)
        BOOST_REQUIRE(boost::json::parse(sent[2 * i].payload).at("source_id").as_string() == std::to_string(i));
}

BOOST_AUTO_TEST_SUITE_END()
