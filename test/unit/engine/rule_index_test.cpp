#include "engine/rule_index.hpp"

#include <rulehost/event.hpp>
#include <rulehost/rule_reader.hpp>

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <set>
#include <string>
#include <vector>

using namespace rulehost;

namespace {

constexpr std::size_t scan_limit = 64 * 1024;

using ids = std::set<std::string>;

std::shared_ptr<rule_program const> program(std::string const& rule_id, std::string const& kind,
                                            std::string const& condition) {
    auto const documents =
        read_rules("rule_id: " + rule_id + "\nname: a_test\napplies_to: [" + kind + "]\nmatch: " + condition +
                       "\nemits: [{tactic: TA0011, technique_id: T1105, confidence: 0.9}]\n",
                   "test.yaml");
    BOOST_REQUIRE_MESSAGE(documents.at(0).definition, condition);
    return std::make_shared<rule_program const>(documents[0].definition);
}

struct rule_index_fixture {
    ids candidates(std::string const& kind, std::string const& payload,
                   rule_index::prefilter how = rule_index::prefilter::tables) {
        auto const index = std::make_shared<rule_index const>(rules, how);
        memory.make_ready_for(index);
        event e;
        e.source_kind = kind;
        e.payload = boost::json::parse(payload).as_object();
        on.look_at(e, scan_limit);
        ids found;
        for (auto const& each : index->candidates(on, memory))
            found.insert(rules[each.rule]->definition().rule_id);
        return found;
    }

    std::vector<std::shared_ptr<rule_program const>> rules{
        program("word", "http_request", "{field: a, contains: masscan}"),
        program("other_field", "http_request", "{field: b, contains: masscan}"),
        program("both", "http_request", "{all_of: [{field: a, contains: masscan}, {field: b, contains: zgrab}]}"),
        program("present", "http_request", "{field: c, at_least: 1}"),
        program("always", "http_request", "{not: {field: a, contains: masscan}}"),
        program("other_kind", "command", "{field: a, contains: masscan}"),
    };
    rule_index::memory memory;
    subject on;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(rule_indexes, rule_index_fixture)

BOOST_AUTO_TEST_CASE(rules_whose_words_occur_in_their_field_are_candidates) {
    BOOST_TEST((candidates("http_request", R"({"a": "MASSCAN/1.0"})") == ids{"word", "always"}));
    BOOST_TEST((candidates("http_request", R"({"b": "masscan"})") == ids{"other_field", "always"}));
    BOOST_TEST((candidates("http_request", R"({"a": "masscan", "b": "zgrab"})") == ids{"word", "both", "always"}));
}

BOOST_AUTO_TEST_CASE(a_rule_without_words_needs_its_field) {
    BOOST_TEST((candidates("http_request", R"({"c": 0})") == ids{"present", "always"}));
    BOOST_TEST((candidates("http_request", R"({"c": null})") == ids{"always"}));
}

BOOST_AUTO_TEST_CASE(rules_of_other_kinds_are_no_candidates) {
    BOOST_TEST((candidates("command", R"({"a": "masscan"})") == ids{"other_kind"}));
    BOOST_TEST((candidates("email", R"({"a": "masscan"})") == ids{}));
}

BOOST_AUTO_TEST_CASE(without_tables_every_rule_of_the_kind_is_a_candidate) {
    BOOST_TEST((candidates("http_request", R"({})", rule_index::prefilter::none) ==
                ids{"word", "other_field", "both", "present", "always"}));
}

BOOST_AUTO_TEST_CASE(one_memory_serves_one_index_after_the_other) {
    BOOST_TEST((candidates("http_request", R"({"a": "masscan"})") == ids{"word", "always"}));
    rules.erase(rules.begin());
    BOOST_TEST((candidates("http_request", R"({"a": "masscan"})") == ids{"always"}));
}

BOOST_AUTO_TEST_SUITE_END()
