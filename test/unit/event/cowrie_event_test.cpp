#include <rulehost/event_reader.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>

using namespace rulehost;

namespace {

struct cowrie_event_fixture {
    static constexpr std::string_view envelope =
        R"("sensor":"sensor-1","timestamp":"2026-03-01T10:00:00.123456Z","src_ip":"203.0.113.7","session":"a1b2c3d4e5f6"})";

    static std::string line(std::string_view members) {
        return "{" + std::string(members) + "," + std::string(envelope);
    }

    event only(std::string_view text) {
        auto const read = reader.read(text, {});
        BOOST_REQUIRE_MESSAGE(read, (read ? "" : read.error().reason));
        BOOST_REQUIRE_EQUAL(read->size(), 1u);
        return read->front();
    }

    std::string problem(std::string_view text) {
        auto const read = reader.read(text, {});
        return read ? "none" : read.error().reason;
    }

    std::string source_id(std::string_view text) { return only(text).source_id; }

    event_reader reader{*event_format_from("cowrie")};
};

void check_payload(event const& e, std::string_view expected) {
    BOOST_TEST((boost::json::value(e.payload) == boost::json::parse({expected.data(), expected.size()})),
               boost::json::serialize(e.payload) << " is not " << expected);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(reading_cowrie, cowrie_event_fixture)

BOOST_AUTO_TEST_CASE(command_has_its_text_anchors_and_time) {
    auto const e = only(line(R"("eventid":"cowrie.command.input","input":"uname -a","message":"CMD: uname -a")"));
    BOOST_TEST(e.source_kind == "command");
    BOOST_TEST(e.source_id == "2b809e19-d60a-5166-b3e6-b6001e283af8");
    BOOST_TEST(e.attacker_uuid == "67fcd020-9e10-5ebc-a9b1-c2348c24e3b9");
    BOOST_TEST(e.identity_uuid.empty());
    BOOST_TEST(e.session_id == "a1b2c3d4e5f6");
    BOOST_TEST(e.decky_id == "sensor-1");
    BOOST_TEST(format_time(e.observed_at) == "2026-03-01T10:00:00.123456Z");
    check_payload(e, R"({"command_text":"uname -a","src":"203.0.113.7"})");
}

BOOST_AUTO_TEST_CASE(logins_say_what_was_tried_and_what_came_of_it) {
    auto const failed =
        only(line(R"("eventid":"cowrie.login.failed","username":"root","password":"1234","message":"x")"));
    BOOST_TEST(failed.source_kind == "auth_attempt");
    check_payload(failed, R"({"username":"root","password":"1234","result":"failed","src":"203.0.113.7"})");
    auto const success = only(line(R"("eventid":"cowrie.login.success","username":"root","password":"1234")"));
    check_payload(success, R"({"username":"root","password":"1234","result":"success","src":"203.0.113.7"})");
}

BOOST_AUTO_TEST_CASE(login_names_its_service_where_it_is_logged) {
    check_payload(only(line(R"("eventid":"cowrie.login.failed","username":"a","password":"b","protocol":"telnet")")),
                  R"({"username":"a","password":"b","service":"telnet","result":"failed","src":"203.0.113.7"})");
}

BOOST_AUTO_TEST_CASE(file_transfers_say_their_direction) {
    auto const down =
        only(line(R"("eventid":"cowrie.session.file_download","url":"http://x/y","shasum":"ab","outfile":"dl/ab")"));
    BOOST_TEST(down.source_kind == "file_transfer");
    check_payload(down,
                  R"({"direction":"download","url":"http://x/y","shasum":"ab","outfile":"dl/ab","src":"203.0.113.7"})");
    auto const up = only(line(R"("eventid":"cowrie.session.file_upload","filename":"x.sh","shasum":"ab")"));
    check_payload(up, R"({"direction":"upload","filename":"x.sh","shasum":"ab","src":"203.0.113.7"})");
}

BOOST_AUTO_TEST_CASE(duration_of_a_session_is_a_number_in_every_version) {
    for (auto const* const spelt : {"2.5", R"("2.5")"}) {
        auto const e = only(line(std::string(R"("eventid":"cowrie.session.closed","duration":)") + spelt));
        BOOST_TEST(e.source_kind == "session");
        check_payload(e, R"({"duration":2.5,"src":"203.0.113.7"})");
    }
    check_payload(only(line(R"("eventid":"cowrie.session.closed","duration":"2.5s")")),
                  R"({"duration":"2.5s","src":"203.0.113.7"})");
}

BOOST_AUTO_TEST_CASE(client_version_is_text_even_where_it_was_printed_as_bytes) {
    for (auto const* const spelt : {"SSH-2.0-Go", "b'SSH-2.0-Go'", R"(b\"SSH-2.0-Go\")"}) {
        auto const e = only(line(std::string(R"("eventid":"cowrie.client.version","version":")") + spelt + '"'));
        BOOST_TEST(e.source_kind == "client_fingerprint");
        check_payload(e, R"({"version":"SSH-2.0-Go","src":"203.0.113.7"})");
    }
    for (auto const* const spelt : {"b'", "b'x\\\"", "b", "", "b'x"})
        check_payload(only(line(std::string(R"("eventid":"cowrie.client.version","version":")") + spelt + '"')),
                      std::string(R"({"version":")") + spelt + R"(","src":"203.0.113.7"})");
}

BOOST_AUTO_TEST_CASE(key_exchange_keeps_every_list) {
    auto const e = only(line(R"("eventid":"cowrie.client.kex","hassh":"51cb","kexAlgs":["a","b"],"compCS":["none"])"));
    BOOST_TEST(e.source_kind == "client_fingerprint");
    check_payload(e, R"({"hassh":"51cb","kexAlgs":["a","b"],"compCS":["none"],"src":"203.0.113.7"})");
}

BOOST_AUTO_TEST_CASE(event_ids_without_anything_to_evaluate_are_skipped) {
    for (auto const* const id : {"cowrie.session.connect", "cowrie.session.params", "cowrie.command.failed",
                                 "cowrie.log.closed", "cowrie.something.new"}) {
        auto const read = reader.read(line(std::string(R"("eventid":")") + id + '"'), {});
        BOOST_REQUIRE(read);
        BOOST_TEST(read->empty());
    }
}

BOOST_AUTO_TEST_CASE(skipped_lines_are_counted_by_their_event_id) {
    for (auto const* const id : {"cowrie.session.connect", "cowrie.log.closed", "cowrie.session.connect", "other"})
        BOOST_TEST(reader.read(line(std::string(R"("eventid":")") + id + '"'), {})->empty());
    only(line(R"("eventid":"cowrie.command.input","input":"id")"));
    problem(line(R"("eventid":"cowrie.command.input")"));
    BOOST_TEST((reader.skipped() ==
                event_reader::counters{{"cowrie.session.connect", 2}, {"cowrie.log.closed", 1}, {"other", 1}}));
}

BOOST_AUTO_TEST_CASE(forged_event_ids_do_not_grow_the_counters) {
    for (std::size_t number = 0; number < 2 * event_reader::max_skipped_names; ++number)
        BOOST_TEST(reader.read(line(R"("eventid":"forged.)" + std::to_string(number) + '"'), {})->empty());
    BOOST_TEST(reader.read(line(R"("eventid":")" + std::string(100'000, 'x') + '"'), {})->empty());
    BOOST_TEST(reader.skipped().size() == event_reader::max_skipped_names + 1);
    BOOST_TEST(reader.skipped().at("other") == event_reader::max_skipped_names + 1);
}

BOOST_AUTO_TEST_CASE(same_observation_has_the_same_id_however_its_time_is_spelt) {
    auto const at = [](std::string const& time) {
        return R"({"eventid":"cowrie.command.input","input":"id","sensor":"s","session":"1","src_ip":"203.0.113.7","timestamp":")" +
            time + "\"}";
    };
    auto const id = source_id(at("2026-03-01T10:00:00.000000Z"));
    BOOST_TEST(source_id(at("2026-03-01T12:00:00+0200")) == id);
    BOOST_TEST(source_id(at("2026-03-01T12:00:00.000+02:00")) == id);
    BOOST_TEST(source_id(at("2026-03-01T10:00:00.000001Z")) != id);
}

BOOST_AUTO_TEST_CASE(different_observations_of_one_moment_have_different_ids) {
    auto const a = source_id(line(R"("eventid":"cowrie.command.input","input":"id")"));
    BOOST_TEST(a != source_id(line(R"("eventid":"cowrie.command.input","input":"w")")));
    BOOST_TEST(source_id(line(R"("eventid":"cowrie.login.failed","username":"a|b","password":"c")")) !=
               source_id(line(R"("eventid":"cowrie.login.failed","username":"a","password":"b|c")")));
    BOOST_TEST(source_id(line(R"("eventid":"cowrie.login.failed","username":"a","password":"c")")) !=
               source_id(line(R"("eventid":"cowrie.login.success","username":"a","password":"c")")));
    BOOST_TEST(source_id(line(R"("eventid":"cowrie.command.input","input":"cat a | wc")")) ==
               "24da0368-8d39-5814-952e-2b6148767f84");
}

BOOST_AUTO_TEST_CASE(source_address_has_one_identity_however_it_is_written) {
    auto const from = [](std::string const& address) {
        return R"({"eventid":"cowrie.session.closed","session":"1","src_ip":")" + address + "\"}";
    };
    BOOST_TEST(only(from("203.0.113.7")).attacker_uuid == "67fcd020-9e10-5ebc-a9b1-c2348c24e3b9");
    BOOST_TEST(only(from("::ffff:203.0.113.7")).attacker_uuid == "67fcd020-9e10-5ebc-a9b1-c2348c24e3b9");
    BOOST_TEST(only(from("2001:0DB8:0::1")).attacker_uuid == "0855cfb2-b7f6-5049-8c54-1ebd3c262428");
    BOOST_TEST(problem(from("attacker.example")) == "src_ip is not an address");
}

BOOST_AUTO_TEST_CASE(missing_and_malformed_members_are_named) {
    BOOST_TEST(problem(R"({"input":"id"})") == "eventid is missing");
    BOOST_TEST(problem(R"({"eventid":7})") == "none"); // counts as an unknown kind
    BOOST_TEST(problem(line(R"("eventid":"cowrie.command.input")")) == "input is missing");
    BOOST_TEST(problem(line(R"("eventid":"cowrie.command.input","input":["id"])")) == "input is not a text");
    BOOST_TEST(problem(R"({"eventid":"cowrie.session.closed","src_ip":"203.0.113.7"})") == "session is missing");
    BOOST_TEST(problem(R"({"eventid":"cowrie.session.closed","session":"1"})") == "src_ip is missing");
    BOOST_TEST(
        problem(R"({"eventid":"cowrie.session.closed","session":"1","src_ip":"203.0.113.7","timestamp":"noon"})") ==
        "timestamp is not a time");
}

BOOST_AUTO_TEST_SUITE_END()
