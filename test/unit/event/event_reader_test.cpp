#include <rulehost/event_reader.hpp>

#include <boost/json/serialize.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <set>

using namespace rulehost;
using namespace std::string_literals;

namespace {

time_point const received_at{std::chrono::seconds{1'700'000'000}};

struct event_reader_fixture {
    std::vector<event> events(std::string_view line) {
        auto const read = reader.read(line, received_at);
        BOOST_REQUIRE_MESSAGE(read, (read ? "" : read.error().reason));
        return {read->begin(), read->end()};
    }

    event only(std::string_view line) {
        auto all = events(line);
        BOOST_REQUIRE_EQUAL(all.size(), 1u);
        return all.front();
    }

    std::string problem(std::string_view line) {
        auto const read = reader.read(line, received_at);
        return read ? "none" : read.error().reason;
    }

    adapter_counts counted() const {
        auto all = reader.counts();
        return counts_of("event", all);
    }

    /// Problem of a line with some valid events.
    std::string problem_of_a_part(std::string_view line) {
        auto const read = reader.read(line, received_at);
        BOOST_REQUIRE_MESSAGE(read, (read ? "" : read.error().reason));
        return std::string(read->problem);
    }

    event_reader reader{event_format::event};
};

std::string with(std::string_view members) {
    return R"({"source_kind":"command","source_id":"c1","payload":{"command_text":"id"},)" + std::string(members) + "}";
}

std::string text_of(event const& e, std::string_view key) {
    auto const& text = e.payload.at(key).as_string();
    return {text.data(), text.size()};
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(reading_events, event_reader_fixture)

BOOST_AUTO_TEST_CASE(every_member_of_an_event_is_read) {
    auto const e = only(R"({"source_kind":"command","source_id":"cmd_42","attacker_uuid":"a","identity_uuid":"i",)"
                        R"("session_id":"s","decky_id":"d","observed_at":"2026-03-01T12:00:00.5+02:00",)"
                        R"("payload":{"command_text":"id","uid":0}})");
    BOOST_TEST(e.source_kind == "command");
    BOOST_TEST(e.source_id == "cmd_42");
    BOOST_TEST(e.attacker_uuid == "a");
    BOOST_TEST(e.identity_uuid == "i");
    BOOST_TEST(e.session_id == "s");
    BOOST_TEST(e.decky_id == "d");
    BOOST_TEST(format_time(e.observed_at) == "2026-03-01T10:00:00.500000Z");
    BOOST_TEST(boost::json::serialize(e.payload) == R"({"command_text":"id","uid":0})");
}

BOOST_AUTO_TEST_CASE(anchors_may_be_missing_or_null) {
    auto const e = only(with(R"("attacker_uuid":null,"session_id":null)"));
    BOOST_TEST(e.attacker_uuid.empty());
    BOOST_TEST(e.identity_uuid.empty());
    BOOST_TEST(e.session_id.empty());
}

BOOST_AUTO_TEST_CASE(nothing_of_one_line_is_left_in_the_next) {
    only(with(R"("attacker_uuid":"a","session_id":"s","decky_id":"d","observed_at":5)"));
    auto const e = only(R"({"source_kind":"x","source_id":"1","payload":{}})");
    BOOST_TEST(e.attacker_uuid.empty());
    BOOST_TEST(e.session_id.empty());
    BOOST_TEST(e.decky_id.empty());
    BOOST_TEST((e.observed_at == received_at));
    BOOST_TEST(e.payload.empty());
    BOOST_TEST(problem("{") != "none");
    BOOST_TEST(events(R"({"source_kind":"x","source_id":"1","payload":{}})").size() == 1u);
}

BOOST_AUTO_TEST_CASE(time_is_text_or_seconds_and_arrival_when_there_is_none) {
    BOOST_TEST((only(with(R"("x":1)")).observed_at == received_at));
    BOOST_TEST(format_time(only(with(R"("timestamp":"2026-03-01 10:00Z")")).observed_at) ==
               "2026-03-01T10:00:00.000000Z");
    BOOST_TEST(format_time(only(with(R"("observed_at":1772359200.25)")).observed_at) == "2026-03-01T10:00:00.250000Z");
    BOOST_TEST(format_time(only(with(R"("timestamp":1,"observed_at":1772359200)")).observed_at) ==
               "2026-03-01T10:00:00.000000Z");
    for (auto const* const bad : {R"("yesterday")", "-1", "1e300", "1e99999", "true", "{}", "[]", "253402214401"})
        BOOST_TEST(problem(with(std::string(R"("observed_at":)") + bad)) == "observed_at is not a time");
}

BOOST_AUTO_TEST_CASE(whole_numbers_may_be_ids) {
    BOOST_TEST(only(R"({"source_kind":"command","source_id":42,"payload":{}})").source_id == "42");
    BOOST_TEST(only(R"({"source_kind":"command","source_id":18446744073709551615,"payload":{}})").source_id ==
               "18446744073709551615");
}

BOOST_AUTO_TEST_CASE(missing_and_malformed_members_are_named) {
    BOOST_TEST(problem(R"({"source_id":"1","payload":{}})") == "source_kind is missing");
    BOOST_TEST(problem(R"({"source_kind":"","source_id":"1","payload":{}})") == "source_kind is empty");
    BOOST_TEST(problem(R"({"source_kind":"command","payload":{}})") == "source_id is missing");
    BOOST_TEST(problem(R"({"source_kind":"command","source_id":1.5,"payload":{}})") == "source_id is not a text");
    BOOST_TEST(problem(R"({"source_kind":"command","source_id":"1"})") == "payload is missing");
    BOOST_TEST(problem(R"({"source_kind":"command","source_id":"1","payload":"x"})") == "payload is not an object");
    BOOST_TEST(problem(with(R"("session_id":["a"])")) == "session_id is not a text");
    BOOST_TEST(problem("[1,2]") == "not a JSON object");
    BOOST_TEST(problem("nonsense").starts_with("not JSON: "));
    BOOST_TEST(problem("{} {}").starts_with("not JSON: "));
}

BOOST_AUTO_TEST_CASE(memory_for_a_long_line_does_not_depend_on_the_long_lines_before_it) {
    auto const long_line = with(R"("payload":{"command_text":"id","n":[1)" + [] {
        std::string numbers;
        for (int i = 0; i < 100'000; ++i)
            numbers += ",1";
        return numbers;
    }() + "]}");
    // Doubling from 64 KiB, forty lines would ask for more than there are addresses.
    for (int lines = 0; lines < 40; ++lines)
        BOOST_TEST_REQUIRE(text_of(only(long_line), "command_text") == "id");
    BOOST_TEST(text_of(only(with(R"("x":1)")), "command_text") == "id");
}

BOOST_AUTO_TEST_CASE(blank_line_is_no_event_and_no_mistake) {
    for (auto const* const blank : {"", " ", "\t \r"})
        BOOST_TEST(events(blank).empty());
    BOOST_TEST(reader.skipped().empty());
}

BOOST_AUTO_TEST_CASE(events_of_a_line_without_a_time_are_counted) {
    only(with(R"("x":1)"));
    only(with(R"("observed_at":1772359200)"));
    BOOST_TEST(counted().untimed == 1u);
    event_reader text(event_format::text);
    BOOST_REQUIRE(text.read("id", received_at));
    BOOST_TEST(text.counts().front().untimed == 0u);
}

BOOST_AUTO_TEST_CASE(events_of_a_truncated_line_are_marked_and_counted) {
    auto const read = reader.read(with(R"("x":1)"), received_at, {.truncated = true});
    BOOST_REQUIRE(read);
    BOOST_TEST(read->front().truncated);
    BOOST_TEST(counted().truncated == 1u);
    BOOST_TEST(!only(with(R"("x":1)")).truncated);
}

BOOST_AUTO_TEST_CASE(identifiers_fit_into_a_table_key) {
    auto const id = [](std::string const& text) {
        return R"({"source_kind":"command","source_id":")" + text + R"(","payload":{}})";
    };
    BOOST_TEST(only(id(std::string(255, 'x'))).source_id.size() == 255u);
    BOOST_TEST(problem(id(std::string(256, 'x'))) == "source_id is longer than 255 bytes");
    BOOST_TEST(problem(id(R"(a\u0000b)")) == "source_id holds a control character");
    BOOST_TEST(problem(id(R"(a\nb)")) == "source_id holds a control character");
}

BOOST_AUTO_TEST_CASE(last_of_duplicate_keys_counts) {
    auto const e = only(with(R"("payload":{"command_text":"whoami","command_text":"uname"})"));
    BOOST_TEST(text_of(e, "command_text") == "uname");
}

BOOST_AUTO_TEST_CASE(text_that_is_not_utf8_is_still_an_event) {
    BOOST_TEST(text_of(only(with("\"payload\":{\"command_text\":\"cat \xFF/etc/shadow\"}")), "command_text") ==
               "cat \xEF\xBF\xBD/etc/shadow");
    BOOST_TEST(text_of(only(with(R"("payload":{"command_text":"\udc80 cat"})")), "command_text") == "\xEF\xBF\xBD cat");
    BOOST_TEST(text_of(only(with(R"("payload":{"command_text":"\ud83d\ude00"})")), "command_text") ==
               "\xF0\x9F\x98\x80");
}

BOOST_AUTO_TEST_CASE(payload_text_may_hold_nul) {
    BOOST_TEST(text_of(only(with(R"("payload":{"command_text":"a\u0000b"})")), "command_text") == "a\0b"s);
    BOOST_TEST(text_of(only(with("\"payload\":{\"command_text\":\"a\0b\"}"s)), "command_text") == "a\0b"s);
    BOOST_TEST(text_of(only(with("\"payload\":{\"command_text\":\"\x1b[31mid\"}")), "command_text") == "\x1b[31mid");
}

BOOST_AUTO_TEST_CASE(depth_is_limited) {
    auto const nested = [](std::size_t depth) {
        return with(R"("x":)" + std::string(depth, '[') + std::string(depth, ']'));
    };
    BOOST_TEST(problem(nested(20)) == "none");
    BOOST_TEST(problem(nested(100)).starts_with("not JSON: "));
    BOOST_TEST(problem(nested(400'000)).starts_with("not JSON: "));
}

BOOST_AUTO_TEST_CASE(huge_numbers_do_no_harm) {
    auto const e = only(with(R"("payload":{"a":1e400,"b":123456789012345678901234567890,"c":-0.0,"d":1e-999})"));
    BOOST_TEST(e.payload.size() == 4u);
    BOOST_TEST(problem(with(R"("payload":{"a":)" + std::string(100'000, '9') + "}")) == "none");
}

BOOST_AUTO_TEST_CASE(line_of_a_megabyte_is_read) {
    auto const e = only(with(R"("payload":{"command_text":")" + std::string(1'000'000, 'A') + R"("})"));
    BOOST_TEST(e.payload.at("command_text").as_string().size() == 1'000'000u);
    BOOST_TEST(text_of(only(with(R"("x":1)")), "command_text") == "id");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(reading_sessions, event_reader_fixture)

BOOST_AUTO_TEST_CASE(commands_of_a_session_become_events_of_their_own) {
    auto const all = events(
        R"({"source_kind":"session","source_id":"s1","attacker_uuid":"a","identity_uuid":"i","session_id":"s","decky_id":"d",)"
        R"("observed_at":"2026-03-01T10:00:00Z","payload":{"fail_count":3,"commands":["id",)"
        R"({"command_text":"uname","uid":0,"observed_at":"2026-03-01T10:00:07Z"},{"source_id":"cmd_7","command_text":"w"}]}})");
    BOOST_REQUIRE_EQUAL(all.size(), 4u);
    BOOST_TEST(all[0].source_kind == "session");
    BOOST_TEST(all[0].payload.at("fail_count").to_number<int>() == 3);
    BOOST_TEST(all[0].payload.at("commands").as_array().size() == 3u);
    for (std::size_t index = 1; index < all.size(); ++index) {
        BOOST_TEST(all[index].source_kind == "command");
        BOOST_TEST(all[index].attacker_uuid == "a");
        BOOST_TEST(all[index].identity_uuid == "i");
        BOOST_TEST(all[index].session_id == "s");
        BOOST_TEST(all[index].decky_id == "d");
    }
    BOOST_TEST(all[1].source_id == "e38cded1-81c4-579f-975c-29d30c87abb4");
    BOOST_TEST(text_of(all[1], "command_text") == "id");
    BOOST_TEST((all[1].observed_at == all[0].observed_at));
    BOOST_TEST(all[2].source_id == "3a076891-0d20-5cc3-8131-b71ec359253c");
    BOOST_TEST(text_of(all[2], "command_text") == "uname");
    BOOST_TEST(all[2].payload.at("uid").to_number<int>() == 0);
    BOOST_TEST(format_time(all[2].observed_at) == "2026-03-01T10:00:07.000000Z");
    BOOST_TEST(all[3].source_id == "cmd_7");
}

BOOST_AUTO_TEST_CASE(commands_of_a_session_come_from_where_it_does) {
    auto const all = events(
        R"({"source_kind":"session","source_id":"s1","payload":{"src":"203.0.113.5","src_port":50022,"commands":["id",)"
        R"({"command_text":"w","src":"203.0.113.9","observed_at":"2026-03-01T10:00:07Z"}]}})");
    BOOST_REQUIRE_EQUAL(all.size(), 3u);
    BOOST_TEST(text_of(all[1], "src") == "203.0.113.5");
    BOOST_TEST(all[1].payload.at("src_port").to_number<int>() == 50022);
    BOOST_TEST(text_of(all[2], "src") == "203.0.113.9");
    BOOST_TEST((all[0].untimed && all[1].untimed && !all[2].untimed));
    auto const hostile = events(R"({"source_kind":"session","source_id":"s1","payload":{"src":")" +
                                std::string(256, 'a') + R"(","commands":["id"]}})");
    BOOST_TEST(!hostile.at(1).payload.contains("src"));
}

BOOST_AUTO_TEST_CASE(repeated_command_of_a_session_is_an_event_each_time) {
    auto const all = events(R"({"source_kind":"session","source_id":"s1","payload":{"commands":["id","id","id"]}})");
    std::set<std::string> ids;
    for (auto const& each : all)
        ids.insert(each.source_id);
    BOOST_TEST(ids.size() == 4u);
}

std::string session_of(std::size_t commands) {
    std::string many;
    for (std::size_t i = 0; i != commands; ++i)
        many += (i == 0 ? "\"id" : ",\"id") + std::to_string(i) + '"';
    return R"({"source_kind":"session","source_id":"s1","payload":{"commands":[)" + many + "]}}";
}

BOOST_AUTO_TEST_CASE(session_of_too_many_commands_keeps_as_many_as_there_may_be) {
    auto const all = events(session_of(event_reader::max_commands + 5));
    BOOST_REQUIRE_EQUAL(all.size(), event_reader::max_commands + 1);
    BOOST_TEST(text_of(all.back(), "command_text") == "id9999");
    for (auto const& each : all)
        BOOST_TEST_REQUIRE(each.truncated);
    auto const counts = counted();
    BOOST_TEST(counts.truncated == 1u);
    BOOST_TEST(counts.left_out == 5u);
    BOOST_TEST(!events(session_of(event_reader::max_commands)).back().truncated);
    BOOST_TEST(counted().truncated == 1u);
}

BOOST_AUTO_TEST_CASE(bad_command_takes_no_other_along) {
    auto const session = [](std::string const& commands) {
        return R"({"source_kind":"session","source_id":"s1","payload":{"commands":)" + commands + "}}";
    };
    BOOST_TEST(events(session(R"(["id",7,{"uid":0},"w"])")).size() == 3u);
    BOOST_TEST(counted().unparsable == 1u);
    BOOST_TEST(events(session("7")).size() == 1u);
    BOOST_TEST(events(session("[]")).size() == 1u);
    BOOST_TEST(counted().unparsable == 2u);
}

BOOST_AUTO_TEST_CASE(bad_command_is_named) {
    auto const session = [](std::string const& commands) {
        return R"({"source_kind":"session","source_id":"s1","payload":{"commands":)" + commands + "}}";
    };
    BOOST_TEST(problem_of_a_part(session("7")) == "commands is not a list");
    BOOST_TEST(problem_of_a_part(session(R"(["id",7])")) == "commands[1] is neither a text nor an object");
    BOOST_TEST(problem_of_a_part(session(R"([{"uid":0}])")) == "commands[0]: command_text is missing");
    BOOST_TEST(problem_of_a_part(session(R"([{"command_text":["id"]}])")) == "commands[0]: command_text is not a text");
}

BOOST_AUTO_TEST_CASE(commands_of_another_kind_are_only_payload) {
    BOOST_TEST(events(R"({"source_kind":"email","source_id":"m","payload":{"commands":["id"]}})").size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(formats)

BOOST_AUTO_TEST_CASE(format_is_known_by_its_name) {
    for (auto const& each : {event_format::detect, event_format::event, event_format::text})
        BOOST_TEST((event_format_from(each.name()) == each));
    for (auto const& name : event_format_names())
        BOOST_TEST((event_format_from(name).value().name() == name));
    BOOST_TEST(!event_format_from("syslog"));
}

BOOST_AUTO_TEST_CASE(format_is_detected_line_by_line) {
    event_reader reader(event_format::detect);
    auto const native = reader.read(R"({"source_kind":"command","source_id":"1","payload":{}})", received_at);
    BOOST_REQUIRE(native);
    BOOST_TEST(native->front().source_id == "1");
    auto const cowrie = reader.read(
        R"({"eventid":"cowrie.command.input","input":"id","session":"s","src_ip":"192.0.2.1"})", received_at);
    BOOST_REQUIRE(cowrie);
    BOOST_TEST(cowrie->front().session_id == "s");
    auto const other =
        reader.read(R"({"eventid":"other","source_kind":"x","source_id":"1","payload":{}})", received_at);
    BOOST_REQUIRE(other);
    BOOST_TEST(other->front().source_kind == "x");
}

BOOST_AUTO_TEST_CASE(text_is_a_command_a_line) {
    event_reader reader(event_format::text);
    auto const read = reader.read("cat \xFF/etc/shadow", received_at);
    BOOST_REQUIRE(read);
    auto const& command = read->front();
    BOOST_TEST(command.source_kind == "command");
    BOOST_TEST(text_of(command, "command_text") == "cat \xEF\xBF\xBD/etc/shadow");
    BOOST_TEST(!command.attacker_uuid.empty());
}

BOOST_AUTO_TEST_CASE(line_of_text_is_known_by_its_place_in_its_input_and_by_what_it_says) {
    auto const id = [](std::string_view line, line_origin const& origin) {
        event_reader reader(event_format::text);
        return std::string(reader.read(line, received_at, origin)->front().source_id);
    };
    BOOST_TEST(id("ls", {.input = "a", .sequence = 7}) == id("ls", {.input = "a", .sequence = 7}));
    std::set<std::string> const ids{id("ls", {.input = "a", .sequence = 7}), id("ls", {.input = "a", .sequence = 8}),
                                    id("ls", {.input = "b", .sequence = 7}), id("id", {.input = "a", .sequence = 7})};
    BOOST_TEST(ids.size() == 4u);
}

BOOST_AUTO_TEST_CASE(value_of_a_bad_line_throws_its_reason) {
    event_reader reader(event_format::event);
    BOOST_CHECK_EXCEPTION(reader.read("[]", received_at).value(), std::invalid_argument,
                          [](auto const& problem) { return std::string_view(problem.what()) == "not a JSON object"; });
}

BOOST_AUTO_TEST_SUITE_END()
