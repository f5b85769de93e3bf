#include "report/misp_event.hpp"
#include "report/stix_bundle.hpp"
#include "report_tags.hpp"

#include <rulehost/json_text.hpp>

#include <boost/json/array.hpp>
#include <boost/test/unit_test.hpp>
#include <boost/uuid/string_generator.hpp>

#include <map>
#include <set>
#include <string>
#include <string_view>

using namespace rulehost;
namespace json = boost::json;

namespace {

attack_table const& attack = attack_table::enterprise();

tag tag_from(std::string address, int seconds, std::string sub_technique = "T1059.004") {
    auto made = test::seen_tag("s1", seconds, "id");
    made.src_ip = std::move(address);
    made.technique_id = sub_technique.substr(0, 5);
    made.sub_technique_id = sub_technique.size() > 5 ? sub_technique : "";
    return made;
}

sightings summed(std::vector<tag> const& tags) {
    sightings seen;
    for (auto const& each : tags)
        seen.add(each, *each.observed_at);
    return seen;
}

std::string text_of(json::value const& object, std::string_view key) {
    return std::string(object.at(key).as_string());
}

std::map<std::string, std::vector<json::object>> by_type(json::object const& bundle) {
    std::map<std::string, std::vector<json::object>> objects;
    for (auto const& each : bundle.at("objects").as_array())
        objects[text_of(each, "type")].push_back(each.as_object());
    return objects;
}

/// Checks the requirements of STIX 2.1 on objects of these types.
void check_bundle(json::object const& bundle) {
    BOOST_TEST(text_of(bundle, "type") == "bundle");
    BOOST_TEST(text_of(bundle, "id").starts_with("bundle--"));
    BOOST_TEST(!bundle.contains("spec_version"));
    static std::map<std::string, std::set<std::string>> const required{
        {"identity", {"name"}},
        {"attack-pattern", {"name"}},
        {"ipv4-addr", {"value"}},
        {"ipv6-addr", {"value"}},
        {"observed-data", {"first_observed", "last_observed", "number_observed", "object_refs"}},
        {"sighting", {"sighting_of_ref", "first_seen", "last_seen", "count"}}};
    std::set<std::string> ids;
    for (auto const& each : bundle.at("objects").as_array()) {
        auto const type = text_of(each, "type");
        auto const id = text_of(each, "id");
        BOOST_TEST_CONTEXT(id) {
            BOOST_REQUIRE(required.contains(type));
            BOOST_TEST(ids.insert(id).second);
            BOOST_TEST(id.starts_with(type + "--"));
            BOOST_TEST(boost::uuids::string_generator()(id.substr(type.size() + 2)).version() ==
                       boost::uuids::uuid::version_name_based_sha1);
            BOOST_TEST(text_of(each, "spec_version") == "2.1");
            for (auto const& key : required.at(type))
                BOOST_TEST(each.as_object().contains(key), key);
            if (!type.ends_with("-addr")) {
                BOOST_TEST(text_of(each, "created") <= text_of(each, "modified"));
                BOOST_TEST(text_of(each, "created").size() == std::string_view("2026-01-01T00:00:00.000Z").size());
                BOOST_TEST(text_of(each, "modified").ends_with("Z"));
            }
        }
    }
    for (auto const& each : bundle.at("objects").as_array()) // every reference has its object
        for (auto const& [key, value] : each.as_object()) {
            if (std::string_view(key).ends_with("_ref"))
                BOOST_TEST(ids.contains(std::string(value.as_string())));
            if (!std::string_view(key).ends_with("_refs"))
                continue;
            BOOST_TEST(!value.as_array().empty());
            for (auto const& id : value.as_array())
                BOOST_TEST(ids.contains(std::string(id.as_string())));
        }
}

} // namespace

BOOST_AUTO_TEST_SUITE(exchanged_reports)

BOOST_AUTO_TEST_CASE(a_bundle_has_techniques_addresses_and_a_sighting_for_each_pair) {
    auto const bundle = stix_bundle(
        summed({tag_from("203.0.113.5", 10), tag_from("203.0.113.5", 5), tag_from("203.0.113.5", 7, "T1082"),
                tag_from("2001:DB8::1", 8), tag_from("::ffff:192.0.2.1", 9)}),
        attack);
    check_bundle(bundle);
    auto objects = by_type(bundle);
    BOOST_TEST(objects["identity"].size() == 1u);
    BOOST_REQUIRE_EQUAL(objects["attack-pattern"].size(), 2u);
    BOOST_TEST(objects["sighting"].size() == 4u);
    BOOST_TEST(objects["observed-data"].size() == 3u);
    BOOST_REQUIRE_EQUAL(objects["ipv4-addr"].size(), 2u);
    BOOST_REQUIRE_EQUAL(objects["ipv6-addr"].size(), 1u);
    BOOST_TEST(text_of(objects["ipv6-addr"][0], "value") == "2001:db8::1");
    // The specification's namespace and canonical text, so that all producers give this address the same id.
    BOOST_TEST(text_of(objects["ipv4-addr"][0], "value") == "192.0.2.1");
    BOOST_TEST(text_of(objects["ipv4-addr"][0], "id") == "ipv4-addr--8dded90c-40c0-545a-8027-5b212bb37e8e");

    auto const& pattern = objects["attack-pattern"][0];
    BOOST_TEST(text_of(pattern, "name") == "Unix Shell");
    auto const& reference = pattern.at("external_references").at(0);
    BOOST_TEST(text_of(reference, "source_name") == "mitre-attack");
    BOOST_TEST(text_of(reference, "external_id") == "T1059.004");
    BOOST_TEST(text_of(reference, "url") == "https://attack.mitre.org/techniques/T1059/004/");
    BOOST_TEST(text_of(pattern.at("kill_chain_phases").at(0), "phase_name") == "execution");

    for (auto const& each : objects["observed-data"])
        if (each.at("number_observed").as_uint64() == 3) {
            BOOST_TEST(text_of(each, "first_observed") == "2026-01-01T00:00:05.000000Z");
            BOOST_TEST(text_of(each, "last_observed") == "2026-01-01T00:00:10.000000Z");
        }
}

BOOST_AUTO_TEST_CASE(an_attacker_without_an_address_is_a_sighting_without_observed_data) {
    auto const bundle = stix_bundle(summed({tag_from("", 1), tag_from("sha256:abcdef", 2)}), attack);
    check_bundle(bundle);
    auto objects = by_type(bundle);
    BOOST_REQUIRE_EQUAL(objects["sighting"].size(), 1u);
    BOOST_TEST(objects["sighting"][0].at("count").as_uint64() == 2u);
    BOOST_TEST(!objects["sighting"][0].contains("observed_data_refs"));
    BOOST_TEST(!objects.contains("observed-data"));
}

BOOST_AUTO_TEST_CASE(nothing_and_unknown_techniques_are_valid_too) {
    check_bundle(stix_bundle(sightings(), attack));
    auto unknown = tag_from("192.0.2.1", 1, "T9999");
    unknown.rule_id = "R\x1b\n";
    unknown.confidence = 7;
    auto const bundle = stix_bundle(summed({unknown}), attack);
    check_bundle(bundle);
    auto objects = by_type(bundle);
    BOOST_TEST(text_of(objects["attack-pattern"][0], "name") == "T9999");
    BOOST_TEST(objects["sighting"][0].at("confidence").as_int64() == 100);
    auto const text = json_text(bundle);
    BOOST_TEST(text.find('\x1b') == text.npos);
    BOOST_TEST(text.find('\n') == text.npos);
}

BOOST_AUTO_TEST_CASE(the_same_tags_give_the_same_ids_and_others_give_others) {
    auto const ids = [](std::vector<tag> const& tags) {
        std::set<std::string> all;
        auto const bundle = stix_bundle(summed(tags), attack);
        for (auto const& each : bundle.at("objects").as_array())
            all.insert(text_of(each, "id"));
        return all;
    };
    std::vector<tag> const one{tag_from("192.0.2.1", 1), tag_from("192.0.2.2", 2)};
    BOOST_TEST(ids(one) == ids({one[1], one[0]}));
    std::size_t kept = 0;
    auto const before = ids(one);
    for (auto const& id : ids({one[0], one[1], tag_from("192.0.2.2", 3)}))
        kept += before.contains(id);
    BOOST_TEST(before.size() == 8u);
    BOOST_TEST(kept == 6u); // all but the observed data of one address, and its sighting
}

BOOST_AUTO_TEST_CASE(pairs_beyond_the_bound_are_left_out_and_reported) {
    sightings seen;
    for (std::size_t i = 0; i <= sightings::max_pairs; ++i)
        seen.add(tag_from("10." + std::to_string(i >> 16) + '.' + std::to_string(i >> 8 & 255) + '.' +
                              std::to_string(i & 255),
                          1),
                 test::report_start);
    BOOST_TEST(seen.is_cut());
    BOOST_TEST(seen.all().size() == sightings::max_pairs);
}

BOOST_AUTO_TEST_CASE(an_event_of_misp_has_an_attribute_for_each_address) {
    auto const whole = misp_event(summed({tag_from("203.0.113.5", 10), tag_from("203.0.113.5", 5, "T1082"),
                                          tag_from("", 3, "T1105"), tag_from("2001:db8::1", 8)}),
                                  test::report_start, test::report_start + std::chrono::hours{1}, attack);
    auto const& event = whole.at("Event").as_object();
    for (auto const* key : {"uuid", "info", "date", "timestamp", "threat_level_id", "analysis", "distribution"})
        BOOST_TEST(event.at(key).is_string(), key);
    BOOST_TEST(!event.at("published").as_bool());
    BOOST_TEST(text_of(event, "date") == "2026-01-01");
    BOOST_TEST(text_of(event, "timestamp") == "1767225610");
    BOOST_TEST(event.at("Tag").as_array().size() == 3u);
    auto const& attributes = event.at("Attribute").as_array();
    BOOST_REQUIRE_EQUAL(attributes.size(), 2u);
    BOOST_TEST(text_of(event, "attribute_count") == "2");
    auto const& first = attributes[1];
    BOOST_TEST(text_of(first, "type") == "ip-src");
    BOOST_TEST(text_of(first, "category") == "Network activity");
    BOOST_TEST(text_of(first, "value") == "203.0.113.5");
    BOOST_TEST(!first.at("to_ids").as_bool());
    BOOST_TEST(text_of(first, "first_seen") == "2026-01-01T00:00:05.000000Z");
    BOOST_REQUIRE_EQUAL(first.at("Tag").as_array().size(), 2u);
    BOOST_TEST(text_of(first.at("Tag").at(0), "name") == "misp-galaxy:mitre-attack-pattern=\"Unix Shell - T1059.004\"");
    BOOST_TEST(text_of(first, "uuid") != text_of(attributes[0], "uuid"));
    BOOST_TEST(text_of(event, "info") == "Attacks that rulehost saw from 2026-01-01T00:00:03Z to 2026-01-01T00:00:10Z");
    auto const nothing = misp_event(sightings(), test::report_start, test::report_start, attack);
    BOOST_TEST(nothing.at("Event").at("Attribute").as_array().empty());
}

BOOST_AUTO_TEST_CASE(an_event_of_misp_has_the_id_of_its_tags_for_any_span) {
    auto const event = [](std::vector<tag> const& tags, time_point since) {
        return misp_event(summed(tags), since, since + std::chrono::hours{1}, attack).at("Event").as_object();
    };
    std::vector<tag> const tags{tag_from("192.0.2.1", 1), tag_from("192.0.2.2", 2)};
    auto const whole = event(tags, test::report_start);
    BOOST_TEST(json_text(whole) == json_text(event(tags, test::report_start - std::chrono::hours{48})));
    BOOST_TEST(text_of(whole, "date") == "2026-01-01");
    auto const more = event({tags[0], tags[1], tag_from("192.0.2.2", 3)}, test::report_start);
    BOOST_TEST(text_of(whole, "uuid") != text_of(more, "uuid"));
}

BOOST_AUTO_TEST_SUITE_END()
