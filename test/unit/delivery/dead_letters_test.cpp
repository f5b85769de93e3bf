#include "tag_writing.hpp"

using namespace test;

BOOST_FIXTURE_TEST_SUITE(dead_letters, fixture)

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

BOOST_AUTO_TEST_CASE(dead_letters_that_cannot_be_written_delay_nothing_and_are_counted) {
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

BOOST_AUTO_TEST_CASE(dead_letters_keep_to_their_limit) {
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

BOOST_AUTO_TEST_CASE(a_message_that_the_broker_refuses_is_a_dead_letter) {
    struct : message_publisher {
        asio::awaitable<std::vector<refused_message>> publish(std::span<outgoing_message const> messages) override {
            std::vector<refused_message> refused;
            for (std::size_t i = 0; i < messages.size(); ++i)
                if (messages[i].topic == "ttp.rule.fired.T1083")
                    refused.push_back({i, "too large"});
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
    stop(); // before the broker is destroyed
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

BOOST_AUTO_TEST_SUITE_END()
