#include "tag_writing.hpp"

using namespace test;

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

BOOST_AUTO_TEST_CASE(tags_in_the_database_are_not_reported_again) {
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

/// A server that receives many tags over several connections.
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

    /// The events of each session in the order of the messages about them, each of which is about `tags` tags.
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
    int refused = 0; ///< number of the store call without a database; 0: none
};

BOOST_FIXTURE_TEST_CASE(many_tags_are_stored_over_several_connections_and_reported_in_order, with_server) {
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
    BOOST_TEST(writer->counts().stored == expected.size()); // none was stored twice
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
