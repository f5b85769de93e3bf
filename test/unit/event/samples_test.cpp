#include <rulehost/event_reader.hpp>

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <map>
#include <string>

using namespace rulehost;

namespace {

/// Reads a sample to its end and returns how many events of each kind it holds.
std::map<std::string, std::size_t> kinds_of(std::string const& name, event_reader& reader) {
    std::ifstream sample(RULEHOST_SOURCE_DIR "/config/samples/" + name);
    BOOST_REQUIRE(sample);
    std::map<std::string, std::size_t> kinds;
    for (std::string line; std::getline(sample, line);) {
        auto const read = reader.read(line, {});
        BOOST_REQUIRE_MESSAGE(read, (read ? "" : read.error().reason + ": " + line));
        for (auto const& each : *read) {
            BOOST_TEST(!each.attacker_uuid.empty());
            BOOST_TEST((each.observed_at > time_point{}));
            ++kinds[each.source_kind];
        }
    }
    return kinds;
}

using counts = std::map<std::string, std::size_t>;

} // namespace

BOOST_AUTO_TEST_SUITE(samples)

BOOST_AUTO_TEST_CASE(every_line_of_the_honeypot_log_is_understood) {
    event_reader reader(*event_format_from("cowrie"));
    BOOST_TEST((kinds_of("cowrie.json", reader) ==
                counts{{"command", 48},
                       {"auth_attempt", 18},
                       {"client_fingerprint", 16},
                       {"file_transfer", 5},
                       {"session", 10},
                       {"tunnel", 1}}));
    BOOST_TEST((reader.skipped() ==
                event_reader::counters{{"cowrie.command.failed", 1},
                                       {"cowrie.log.closed", 1},
                                       {"cowrie.session.connect", 10},
                                       {"cowrie.session.params", 7}}));
}

BOOST_AUTO_TEST_CASE(every_event_of_the_generic_sample_is_understood) {
    event_reader reader(event_format::event);
    auto const kinds = kinds_of("events.ndjson", reader);
    BOOST_TEST(kinds.at("command") == 7u); // three, and the four of the session
    BOOST_TEST(kinds.at("session") == 1u);
    BOOST_TEST(kinds.at("http_request") == 7u);
    BOOST_TEST(kinds.at("email") == 2u);
    BOOST_TEST(reader.skipped().empty());
}

BOOST_AUTO_TEST_SUITE_END()
