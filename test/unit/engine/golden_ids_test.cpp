// The ids of tags never change: a replay of old events writes no tag twice.
#include "support/shipped_rules.hpp"

#include <rulehost/tag.hpp>

#include <boost/test/unit_test.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <cstdint>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace rulehost {

namespace {

struct golden_rule {
    std::int64_t version = 0;
    std::string kind;
    std::map<std::pair<std::string, std::string>, std::string> ids; ///< by technique and sub-technique
};

std::map<std::string, golden_rule> golden_rules() {
    std::ifstream file(RULEHOST_SOURCE_DIR "/test/corpus/golden_tag_ids.tsv");
    std::map<std::string, golden_rule> rules;
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line.front() == '#')
            continue;
        std::vector<std::string> cells;
        std::istringstream row(line);
        for (std::string cell; std::getline(row, cell, '\t');)
            cells.push_back(cell);
        BOOST_REQUIRE_EQUAL(cells.size(), 6u);
        auto& rule = rules[cells[0]];
        rule.version = std::stoll(cells[1]);
        rule.kind = cells[2];
        rule.ids[{cells[3], cells[4]}] = cells[5];
    }
    return rules;
}

std::map<std::pair<std::string, std::string>, std::string> ids_of(rule_definition const& rule,
                                                                  std::string const& kind) {
    std::map<std::pair<std::string, std::string>, std::string> ids;
    auto const add = [&](emission const& each) {
        ids[{each.technique_id, each.sub_technique_id}] = to_string(
            tag_uuid(kind, "golden-1", rule.rule_id, rule.rule_version, each.technique_id, each.sub_technique_id));
    };
    for (auto const& each : rule.emits)
        add(each);
    for (auto const& table : rule.emits_by_value)
        for (auto const& [value, emissions] : table.values)
            for (auto const& each : emissions)
                add(each);
    return ids;
}

std::string changelog() {
    std::ifstream file(RULEHOST_SOURCE_DIR "/CHANGELOG.md");
    return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(golden_ids)

BOOST_AUTO_TEST_CASE(shipped_rule_of_the_same_version_gives_the_same_tag_ids) {
    auto const golden = golden_rules();
    BOOST_TEST(golden.size() > 200u);
    auto const changes = changelog();
    std::set<std::string> shipped;
    for (auto const& document : test::shipped_rules()) {
        BOOST_REQUIRE(document.definition);
        auto const& rule = *document.definition;
        shipped.insert(rule.rule_id);
        auto const known = golden.find(rule.rule_id);
        if (known == golden.end())
            continue;
        BOOST_TEST_CONTEXT(rule.rule_id) {
            if (rule.rule_version == known->second.version)
                BOOST_TEST((ids_of(rule, known->second.kind) == known->second.ids));
            else
                BOOST_TEST((changes.find(rule.rule_id) != std::string::npos),
                           "its tags get new ids on a replay, which CHANGELOG.md has to say");
        }
    }
    for (auto const& [rule_id, known] : golden)
        BOOST_TEST((shipped.contains(rule_id) || changes.find(rule_id) != std::string::npos), rule_id << " is gone");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
