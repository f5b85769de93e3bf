// Golden samples: a line as its producer writes it, and the exact events of it.
#include "event/shipped_adapters.hpp"

#include <rulehost/adapter_table.hpp>
#include <rulehost/event_reader.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string>
#include <vector>

using namespace rulehost;

namespace {

time_point const arrived{std::chrono::seconds{1'772'359'200}}; // 2026-03-01T10:00:00Z

boost::json::object as_json(event const& e) {
    boost::json::object all;
    all["source_kind"] = e.source_kind;
    all["attacker"] = !e.attacker_uuid.empty();
    all["session_id"] = e.session_id;
    all["decky_id"] = e.decky_id;
    all["observed_at"] = format_time(e.observed_at);
    all["payload"] = e.payload;
    return all;
}

struct adapters_fixture {
    boost::json::array events(std::string_view line, std::string_view topic = {}) {
        auto const read = reader.read(line, arrived, {.topic = topic});
        BOOST_REQUIRE_MESSAGE(read, (read ? "" : read.error().reason));
        boost::json::array all;
        for (auto const& each : *read) {
            BOOST_TEST(!each.source_id.empty());
            all.push_back(as_json(each));
        }
        return all;
    }

    void check(std::string_view line, std::string_view expected, std::string_view topic = {}) {
        auto const got = events(line, topic);
        BOOST_TEST((boost::json::value(got) == boost::json::parse({expected.data(), expected.size()})),
                   boost::json::serialize(got) << "\nis not\n"
                                               << expected);
    }

    std::string source_id(std::string_view line, std::string_view topic = {}) {
        auto const read = reader.read(line, arrived, {.topic = topic});
        BOOST_REQUIRE(read && !read->empty());
        return read->front().source_id;
    }

    std::string problem(std::string_view line) {
        auto const read = reader.read(line, arrived);
        return read ? "none" : read.error().reason;
    }

    event_reader reader{event_format::detect};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(adapters, adapters_fixture)

BOOST_AUTO_TEST_CASE(shipped_adapters_have_no_findings) {
    std::vector<std::string> names;
    for (auto const& file : shipped_adapters()) {
        BOOST_TEST_CONTEXT(file.path) {
            adapter_table table;
            for (auto const& each : table.add(file.text, file.path))
                BOOST_ERROR(to_text(each));
            BOOST_TEST(!table.all().empty());
            std::ranges::move(table.names(), std::back_inserter(names));
        }
    }
    BOOST_TEST(names.size() >= 11u);
    BOOST_TEST(adapter_table::shipped()->names() == names, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(opencanary_login) {
    check(
        R"({"dst_host":"192.0.2.9","dst_port":22,"local_time":"2026-03-01 11:00:00.250000","logdata":{"LOCALVERSION":"SSH-2.0-OpenSSH_5.1p1","PASSWORD":"hunter2","REMOTEVERSION":"SSH-2.0-Go","USERNAME":"root"},"logtype":4002,"node_id":"opencanary-1","src_host":"203.0.113.7","src_port":50123,"utc_time":"2026-03-01 10:00:00.250000"})",
        R"([{"source_kind":"auth_attempt","attacker":true,"session_id":"","decky_id":"opencanary-1","observed_at":"2026-03-01T10:00:00.250000Z",
               "payload":{"dst_host":"192.0.2.9","dst_port":22,"logdata":{"LOCALVERSION":"SSH-2.0-OpenSSH_5.1p1","REMOTEVERSION":"SSH-2.0-Go"},
                          "logtype":4002,"src":"203.0.113.7","src_port":50123,"username":"root","password":"hunter2","service":"ssh","result":"failed"}}])");
}

BOOST_AUTO_TEST_CASE(opencanary_request) {
    check(
        R"({"dst_host":"192.0.2.9","dst_port":80,"logdata":{"HOSTNAME":"192.0.2.9","PATH":"/index.html","SKIN":"nasLogin","USERAGENT":"curl/8"},"logtype":3000,"node_id":"n","src_host":"203.0.113.7","src_port":1,"utc_time":"2026-03-01 10:00:00"})",
        R"([{"source_kind":"http_request","attacker":true,"session_id":"","decky_id":"n","observed_at":"2026-03-01T10:00:00.000000Z",
               "payload":{"dst_host":"192.0.2.9","dst_port":80,"logdata":{"SKIN":"nasLogin"},"logtype":3000,"src":"203.0.113.7","src_port":1,
                          "raw_url":"/index.html","user_agent":"curl/8","host":"192.0.2.9","method":"GET"}}])");
}

BOOST_AUTO_TEST_CASE(opencanary_talk_of_itself_is_skipped_and_counted_by_its_type) {
    BOOST_TEST(
        events(
            R"({"logtype":1001,"node_id":"n","src_host":"","logdata":{"msg":"Canary running"},"utc_time":"2026-03-01 10:00:00"})")
            .empty());
    BOOST_TEST((reader.skipped() == event_reader::counters{{"1001", 1}}));
}

BOOST_AUTO_TEST_CASE(dionaea_connection_with_credentials_is_a_session_and_attempts) {
    check(
        R"({"timestamp":"2026-03-01T10:00:00.5","sensor":"d1","src_ip":"203.0.113.7","src_port":4,"src_hostname":"","dst_ip":"192.0.2.9","dst_port":21,"connection":{"protocol":"ftpd","transport":"tcp","type":"accept"},"credentials":[{"username":"ftp","password":"a"},{"username":"admin","password":"b"}]})",
        R"([{"source_kind":"session","attacker":true,"session_id":"","decky_id":"d1","observed_at":"2026-03-01T10:00:00.500000Z",
               "payload":{"src":"203.0.113.7","src_port":4,"src_hostname":"","dst_ip":"192.0.2.9","dst_port":21,"connection":{"transport":"tcp","type":"accept"},
                          "credentials":[{"username":"ftp","password":"a"},{"username":"admin","password":"b"}],"service":"ftpd"}},
              {"source_kind":"auth_attempt","attacker":true,"session_id":"","decky_id":"d1","observed_at":"2026-03-01T10:00:00.500000Z",
               "payload":{"username":"ftp","password":"a","src":"203.0.113.7","src_port":4,"dst_port":21,"result":"failed"}},
              {"source_kind":"auth_attempt","attacker":true,"session_id":"","decky_id":"d1","observed_at":"2026-03-01T10:00:00.500000Z",
               "payload":{"username":"admin","password":"b","src":"203.0.113.7","src_port":4,"dst_port":21,"result":"failed"}}])");
}

BOOST_AUTO_TEST_CASE(an_address_that_the_payload_does_not_name_is_added) {
    auto const all = events(
        R"({"timestamp":"2026-03-01T10:00:00","connection":{"protocol":"ftpd","transport":"tcp","remote":{"address":"203.0.113.7","port":4}},"credentials":[{"username":"ftp","password":"a"}]})");
    BOOST_REQUIRE_EQUAL(all.size(), 2u);
    for (auto const& each : all)
        BOOST_TEST(each.at("payload").at("src") == "203.0.113.7");
}

std::string dionaea(std::string const& credentials) {
    return R"({"connection":{"protocol":"mysqld","transport":"tcp","type":"accept"},"dst_port":3306,"src_ip":"203.0.113.7",)"
           R"("src_port":33776,"timestamp":"2026-03-01T10:00:00","credentials":)" +
        credentials + "}";
}

BOOST_AUTO_TEST_CASE(dionaea_credentials_in_parallel_lists_are_those_in_a_list) {
    auto const flat = events(dionaea(R"({"username":["root","admin"],"password":["","toor"]})"));
    auto const nested =
        events(dionaea(R"([{"username":"root","password":""},{"username":"admin","password":"toor"}])"));
    BOOST_REQUIRE_EQUAL(flat.size(), 3u);
    BOOST_TEST(flat.at(1) == nested.at(1));
    BOOST_TEST(flat.at(2) == nested.at(2));
    BOOST_TEST(flat.at(2).at("payload").at("password").as_string() == "toor");
    BOOST_TEST(events(dionaea(R"({"username":["root","admin"],"password":["x"]})")).size() == 3u);
    BOOST_TEST(events(dionaea(R"({})")).size() == 1u);
}

BOOST_AUTO_TEST_CASE(event_that_cannot_be_made_takes_no_other_of_its_line_along) {
    auto const part = [this](std::string const& line) {
        auto const read = reader.read(line, arrived);
        BOOST_REQUIRE(read);
        return std::to_string(read->size()) + " events, " + std::string(read->problem);
    };
    BOOST_TEST(part(dionaea(R"([{"username":"a"},7,{"username":"b"}])")) ==
               "3 events, credentials[1] is not an object");
    BOOST_TEST(part(dionaea(R"("root")")) == "1 events, credentials is not a list");
    BOOST_TEST(part(dionaea(R"({"username":["a"],"password":"b"})")) == "1 events, credentials is not a list");
}

BOOST_AUTO_TEST_CASE(dionaea_events_of_a_connection_have_ids_of_their_own) {
    auto const read = reader.read(
        R"({"timestamp":"2026-03-01T10:00:00","src_ip":"203.0.113.7","src_port":4,"dst_port":21,"connection":{"protocol":"ftpd","transport":"tcp"},"credentials":[{"username":"a","password":"a"},{"username":"a","password":"a"}]})",
        arrived);
    BOOST_REQUIRE(read);
    std::vector<std::string> ids;
    for (auto const& each : *read)
        ids.push_back(each.source_id);
    std::ranges::sort(ids);
    BOOST_TEST(ids.size() == 3u);
    BOOST_TEST((std::ranges::unique(ids).begin() == ids.end()));
}

BOOST_AUTO_TEST_CASE(suricata_request) {
    check(
        R"({"timestamp":"2026-03-01T12:00:00.123456+0200","flow_id":1764,"in_iface":"eth0","event_type":"http","src_ip":"203.0.113.7","src_port":4,"dest_ip":"192.0.2.9","dest_port":80,"proto":"TCP","tx_id":0,"http":{"hostname":"192.0.2.9","url":"/cgi-bin/x","http_user_agent":"zgrab/0.x","http_method":"GET","protocol":"HTTP/1.1","status":404,"length":9}})",
        R"([{"source_kind":"http_request","attacker":true,"session_id":"1764","decky_id":"","observed_at":"2026-03-01T10:00:00.123456Z",
               "payload":{"in_iface":"eth0","event_type":"http","src":"203.0.113.7","src_port":4,"dest_ip":"192.0.2.9","dest_port":80,"proto":"TCP","tx_id":0,
                          "http":{"protocol":"HTTP/1.1","length":9},"raw_url":"/cgi-bin/x","user_agent":"zgrab/0.x","method":"GET","host":"192.0.2.9","status":404}}])");
}

BOOST_AUTO_TEST_CASE(suricata_alert) {
    check(
        R"({"timestamp":"2026-03-01T10:00:00.000000+0000","flow_id":7,"event_type":"alert","src_ip":"203.0.113.7","src_port":4,"dest_ip":"192.0.2.9","dest_port":80,"proto":"TCP","alert":{"action":"allowed","gid":1,"signature_id":2000001,"rev":1,"signature":"x","category":"y","severity":1},"payload_printable":"GET /"})",
        R"([{"source_kind":"payload","attacker":true,"session_id":"7","decky_id":"","observed_at":"2026-03-01T10:00:00.000000Z",
               "payload":{"event_type":"alert","src":"203.0.113.7","src_port":4,"dest_ip":"192.0.2.9","dest_port":80,"proto":"TCP",
                          "alert":{"action":"allowed","gid":1,"signature_id":2000001,"rev":1,"signature":"x","category":"y","severity":1},"payload_text":"GET /"}}])");
}

BOOST_AUTO_TEST_CASE(suricata_lines_without_a_flow_are_recognised) {
    BOOST_TEST(
        events(R"({"timestamp":"2026-03-01T10:00:00.000000+0000","event_type":"stats","stats":{"uptime":8}})").empty());
    auto const alert =
        events(R"({"timestamp":"2026-03-01T10:00:01.000000+0000","event_type":"alert","src_ip":"203.0.113.5",)"
               R"("alert":{"gid":1,"signature_id":2100366},"payload_printable":"x"})");
    BOOST_REQUIRE_EQUAL(alert.size(), 1u);
    BOOST_TEST(alert.at(0).at("payload").at("payload_text").as_string() == "x");
    BOOST_TEST(problem(R"({"timestamp":"2026-03-01T10:00:01Z","event_type":"alert","src_ip":"203.0.113.5"})") ==
               "source_kind is missing");
}

BOOST_AUTO_TEST_CASE(opencanary_line_with_local_time_only_is_in_utc) {
    auto const line = [](std::string const& time) {
        return R"({"dst_port":22,"logdata":{"USERNAME":"root"},"logtype":4002,"node_id":"n","src_host":"203.0.113.7",)" +
            time + "}";
    };
    auto const old = line(R"("local_time":"2026-03-01 09:00:00.000000")");
    BOOST_TEST(events(old).at(0).at("observed_at").as_string() == "2026-03-01T09:00:00.000000Z");
    BOOST_TEST(source_id(old) ==
               source_id(line(R"("utc_time":"2026-03-01 09:00:00.000000","local_time":"2026-03-01 11:00:00")")));
    BOOST_TEST(reader.counts().front().untimed == 0u);
    events(line(R"("x":1)"));
    BOOST_TEST(reader.counts().front().untimed == 1u);
}

BOOST_AUTO_TEST_CASE(cowrie_tunnels_and_failed_downloads_are_events) {
    auto const cowrie = [this](std::string const& more) {
        return events(R"({"session":"s1","src_ip":"203.0.113.5","timestamp":"2026-03-01T10:00:00Z",)" + more + "}")
            .at(0);
    };
    auto const request = cowrie(R"("eventid":"cowrie.direct-tcpip.request","dst_ip":"198.51.100.25","dst_port":25)");
    BOOST_TEST(request.at("source_kind").as_string() == "tunnel");
    BOOST_TEST(request.at("payload").at("dst_ip").as_string() == "198.51.100.25");
    BOOST_TEST(request.at("payload").at("step").as_string() == "request");
    auto const data =
        cowrie(R"("eventid":"cowrie.direct-tcpip.data","dst_ip":"198.51.100.25","dst_port":25,"data":"b'EHLO x'")");
    BOOST_TEST(data.at("payload").at("data").as_string() == "EHLO x");
    auto const failed = cowrie(R"("eventid":"cowrie.session.file_download.failed","url":"ftp://198.51.100.9/.sh")");
    BOOST_TEST(failed.at("source_kind").as_string() == "file_transfer");
    BOOST_TEST(failed.at("payload").at("result").as_string() == "failed");
}

BOOST_AUTO_TEST_CASE(members_whose_names_hold_dots_are_found) {
    auto const line = R"({"ts":1772359200,"uid":"C1","id.orig_h":"203.0.113.9","a":{"b.c":"d"},"uri":"/"})";
    for (std::string const path : {R"(id.orig_h)", R"('"id.orig_h"')"}) {
        auto const table = std::make_shared<adapter_table>();
        auto const findings = table->add("adapter: zeek\nrecognise: {" + path +
                                             ": {exists: true}, 'a.\"b.c\"': d}\ntime: ts\n"
                                             "anchors: {attacker_uuid: {address_of: " +
                                             path +
                                             "}}\nid: [uid]\n"
                                             "events: [{source_kind: http_request, rename: {" +
                                             path + ": src, 'a.\"b.c\"': e}}]\n",
                                         "zeek.yaml");
        BOOST_TEST_REQUIRE(findings.empty(), (findings.empty() ? "" : to_text(findings.front())));
        event_reader zeek(*event_format_from("detect", table));
        auto const read = zeek.read(line, arrived);
        BOOST_REQUIRE_MESSAGE(read, (read ? "" : read.error().reason));
        BOOST_REQUIRE_EQUAL(read->size(), 1u);
        BOOST_TEST(!read->front().attacker_uuid.empty());
        BOOST_TEST(boost::json::serialize(read->front().payload) ==
                   R"({"ts":1772359200,"uid":"C1","src":"203.0.113.9","uri":"/","e":"d"})");
    }
}

BOOST_AUTO_TEST_CASE(topic_chooses_the_adapter) {
    auto const message =
        R"({"event_id":"e1","timestamp":"2026-03-01T10:00:00Z","attacker_uuid":"a1","session_id":"s1","decky_id":"d1","fail_count":7,"commands":["id"]})";
    check(
        message,
        R"([{"source_kind":"session","attacker":true,"session_id":"s1","decky_id":"d1","observed_at":"2026-03-01T10:00:00.000000Z","payload":{"fail_count":7,"commands":["id"]}},
              {"source_kind":"command","attacker":true,"session_id":"s1","decky_id":"d1","observed_at":"2026-03-01T10:00:00.000000Z","payload":{"command_text":"id"}}])",
        "attacker.session.ended");
    BOOST_TEST(source_id(message, "attacker.session.ended") == "e1");
    BOOST_TEST(problem(message) == "source_kind is missing");
    for (auto const& [topic, kind] : {std::pair{"email.received", "email"},
                                      {"attacker.intel.enriched", "intel"},
                                      {"credential.reuse.detected", "credential"},
                                      {"identity.formed", "identity"},
                                      {"identity.merged", "identity"},
                                      {"attacker.fingerprinted", "client_fingerprint"}})
        BOOST_TEST(events(R"({"attacker_uuid":"a1"})", topic).front().at("source_kind").as_string() == kind);
}

BOOST_AUTO_TEST_CASE(message_without_an_id_is_known_by_all_that_it_says) {
    auto const first = source_id(R"({"attacker_uuid":"a1","verdict":"x"})", "attacker.intel.enriched");
    BOOST_TEST(source_id(R"({"attacker_uuid":"a1","verdict":"x"})", "attacker.intel.enriched") == first);
    BOOST_TEST(source_id(R"({"attacker_uuid":"a1","verdict":"y"})", "attacker.intel.enriched") != first);
    auto const canary = source_id(R"({"attacker_uuid":"a1"})", "canary.one.triggered");
    BOOST_TEST(source_id(R"({"attacker_uuid":"a1"})", "canary.two.triggered") != canary);
}

BOOST_AUTO_TEST_CASE(token_of_a_topic_is_kept) {
    check(
        R"({"attacker_uuid":"a1","navigator_webdriver":true})",
        R"([{"source_kind":"canary_fingerprint","attacker":true,"session_id":"","decky_id":"","observed_at":"2026-03-01T10:00:00.000000Z","payload":{"navigator_webdriver":true,"token":"t-9"}}])",
        "canary.t-9.triggered");
}

BOOST_AUTO_TEST_CASE(token_of_a_topic_that_is_not_utf8_is_repaired) {
    auto const got = events(R"({"attacker_uuid":"a1"})", "canary.t\xd2.triggered");
    BOOST_REQUIRE(got.size() == 1u);
    BOOST_TEST(got.front().at("payload").at("token").as_string() == "t\xef\xbf\xbd");
}

BOOST_AUTO_TEST_CASE(event_under_a_topic_is_taken_as_it_is) {
    check(
        R"({"source_kind":"email","source_id":"m1","attacker_uuid":"a","payload":{"subject":"x"}})",
        R"([{"source_kind":"email","attacker":true,"session_id":"","decky_id":"","observed_at":"2026-03-01T10:00:00.000000Z","payload":{"subject":"x"}}])",
        "email.received");
}

BOOST_AUTO_TEST_CASE(adapter_of_a_user_replaces_one_and_adds_another) {
    auto table = std::make_shared<adapter_table>(*adapter_table::shipped());
    auto const before = table->all().size();
    auto const findings = table->add("adapter: cowrie\nid: [a]\nevents: [{source_kind: payload}]\n"
                                     "---\n"
                                     "adapter: mine\ntime: {member: ts, unit: milliseconds}\nid: [ts]\n"
                                     "events: [{source_kind: payload}]\n",
                                     "x.yaml");
    BOOST_TEST(findings.empty());
    BOOST_TEST(table->all().size() == before + 1);
    event_reader mine(*event_format_from("mine", table));
    auto const read = mine.read(R"({"ts":1772359200250})", {});
    BOOST_REQUIRE(read);
    BOOST_TEST(format_time(read->front().observed_at) == "2026-03-01T10:00:00.250000Z");
    BOOST_TEST(!event_format_from("nobody", table));
}

BOOST_AUTO_TEST_CASE(zone_of_a_time_that_names_none_is_the_adapters) {
    auto table = std::make_shared<adapter_table>();
    BOOST_TEST(
        table
            ->add("adapter: local\ntime: {member: at, zone: '+02:00'}\nid: [at]\nevents: [{source_kind: payload}]\n",
                  "x.yaml")
            .empty());
    event_reader local(*event_format_from("local", table));
    for (auto const* const spelt : {"2026-03-01 12:00:00", "2026-03-01T10:00:00Z", "2026-03-01T05:00:00-05:00"})
        BOOST_TEST(format_time(local.read(R"({"at":")" + std::string(spelt) + "\"}", {})->front().observed_at) ==
                   "2026-03-01T10:00:00.000000Z");
    BOOST_TEST(local.read(R"({"at":"0000-01-01 01:59:59"})", {}).error().reason == "at is not a time");
}

BOOST_AUTO_TEST_CASE(only_a_text_that_is_a_number_becomes_one) {
    auto table = std::make_shared<adapter_table>();
    BOOST_TEST(table->add("adapter: a\nid: [x]\ntransform: {x: number}\nevents: [{source_kind: payload}]\n", "x.yaml")
                   .empty());
    event_reader numeric(*event_format_from("a", table));
    auto const made_of = [&](std::string_view written) {
        return boost::json::serialize(
            numeric.read("{\"x\":\"" + std::string(written) + "\"}", {})->front().payload.at("x"));
    };
    BOOST_TEST(made_of("-2") == "-2E0");
    for (std::string const text : {"nan", "inf", "1e999", "2 ", "+2", ""})
        BOOST_TEST(made_of(text) == '"' + text + '"');
}

BOOST_AUTO_TEST_CASE(every_mistake_of_an_author_is_found_with_its_place) {
    struct mistake {
        std::string_view text;
        std::string_view code;
        std::size_t line;
        std::size_t column;
    };
    for (auto const& [text, code, line, column] : {
             mistake{"adapter: a\nid: [x]\nevents: [{source_kind: k}]\nrecognize: {a: 1}\n", "unknown-key", 4, 1},
             mistake{"adapter: Big\nid: [x]\nevents: [{source_kind: k}]\n", "invalid-value", 1, 10},
             mistake{"adapter: event\nid: [x]\nevents: [{source_kind: k}]\n", "invalid-value", 1, 10},
             mistake{"adapter: a\nid: [x]\n", "missing-key", 1, 1},
             mistake{"adapter: a\nevents: [{source_kind: k}]\n", "invalid-value", 2, 10},
             mistake{"adapter: a\nid: [x]\nevents: [{source_kind: k, with: [b]}]\n", "conflicting-keys", 3, 27},
             mistake{"adapter: a\nid: [x]\ntransform: {d: nunber}\nevents: [{source_kind: k}]\n", "invalid-value", 3,
                     16},
             mistake{"adapter: a\nid: [x]\ntopics: [a..b]\nevents: [{source_kind: k}]\n", "invalid-value", 3, 10},
             mistake{"adapter: a\nid: [x]\ntime: {member: t, zone: CET}\nevents: [{source_kind: k}]\n", "invalid-value",
                     3, 25},
             mistake{"adapter: a\nid: [x]\nevents: [{source_kind: \"a\\tb\"}]\n", "invalid-value", 3, 24},
             mistake{"adapter: a\nid: [x]\nevents: []\n", "empty-list", 3, 9},
         }) {
        adapter_table table;
        auto const found = table.add(text, "a.yaml");
        BOOST_TEST_CONTEXT(text) {
            BOOST_REQUIRE(!found.empty());
            BOOST_TEST(found.front().code == code);
            BOOST_TEST(found.front().line == line);
            BOOST_TEST(found.front().column == column);
            BOOST_TEST(table.all().empty());
        }
    }
}

BOOST_AUTO_TEST_CASE(kind_of_events_that_is_nearly_a_known_one_is_warned_of) {
    auto const findings_of = [](std::string const& kind) {
        return adapter_table().add("adapter: a\nid: [x]\nevents: [{source_kind: " + kind + "}]\n", "x.yaml");
    };
    auto const found = findings_of("comand");
    BOOST_REQUIRE_EQUAL(found.size(), 1u);
    BOOST_TEST(found[0].code == "unknown-source-kind");
    BOOST_TEST((found[0].level == severity::warning));
    BOOST_TEST(findings_of("command").empty());
    BOOST_TEST(findings_of("industrial_protocol").empty());
}

BOOST_AUTO_TEST_CASE(hostile_documents_are_refused_with_a_reason) {
    BOOST_TEST(problem(R"({"logtype":4002,"node_id":"n","src_host":"nowhere","utc_time":"2026-03-01 10:00:00"})") ==
               "src_host is not an address");
    BOOST_TEST(problem(R"({"logtype":4002,"node_id":"n","src_host":{"a":1},"utc_time":"x"})") ==
               "utc_time is not a time");
    BOOST_TEST(problem(R"({"logtype":4002,"node_id":"n","utc_time":"2026-03-01 10:00:00"})") == "src_host is missing");
}

BOOST_AUTO_TEST_CASE(outcomes_of_lines_are_counted_by_adapter) {
    reader.read(
        R"({"logtype":4002,"node_id":"n","src_host":"203.0.113.7","utc_time":"2026-03-01 10:00:00","logdata":{}})",
        arrived);
    reader.read(
        R"({"logtype":4002,"node_id":"n","src_host":"203.0.113.7","utc_time":"2026-03-03 10:00:00","logdata":{}})",
        arrived);
    reader.read(R"({"logtype":1001,"node_id":"n"})", arrived);
    reader.read(R"({"logtype":4002,"node_id":"n"})", arrived);
    reader.read(R"({"a":1})", arrived);
    reader.read("nonsense", arrived);
    BOOST_REQUIRE_EQUAL(reader.counts().size(), 2u);
    auto const& canary = reader.counts()[0];
    BOOST_TEST(canary.adapter == "opencanary");
    BOOST_TEST(canary.parsed == 2u);
    BOOST_TEST(canary.skewed == 1u);
    BOOST_TEST(canary.skipped == 1u);
    BOOST_TEST(canary.unparsable == 1u);
    BOOST_TEST(reader.counts()[1].adapter == "detect");
    BOOST_TEST(reader.counts()[1].unparsable == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
