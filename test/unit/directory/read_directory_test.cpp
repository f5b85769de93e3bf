#include <rulehost/directory_reader.hpp>

#include "support/rule_text.hpp"
#include "support/temporary_directory.hpp"

#include <rulehost/engine.hpp>

#include <chrono>
#include <string>
#include <system_error>

using namespace rulehost;
using test::rule_text;

namespace {

struct read_directory_fixture {
    test::temporary_directory root;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(read_directories, read_directory_fixture)

BOOST_AUTO_TEST_CASE(good_rules_are_live_and_bad_ones_in_quarantine) {
    root.write("a.yaml", rule_text("R2"));
    root.write("below/b.yml", rule_text("R1"));
    root.write("c.yaml", test::bad_rule_text("R3"));
    root.write("notes.txt", "rule_id: R4");
    auto const snapshot = read_directory(root.path());
    BOOST_REQUIRE_EQUAL(snapshot.rules.size(), 2u);
    BOOST_TEST(snapshot.rules[0]->definition().rule_id == "R1");
    BOOST_TEST(snapshot.rules[1]->definition().rule_id == "R2");
    BOOST_REQUIRE_EQUAL(snapshot.quarantine.size(), 1u);
    BOOST_TEST(snapshot.quarantine[0].rule_id == "R3");
    BOOST_TEST(snapshot.quarantine[0].path == (root / "c.yaml").string());
    BOOST_TEST(!snapshot.quarantine[0].diagnostics.empty());
}

BOOST_AUTO_TEST_CASE(first_of_two_rules_with_one_id_is_live_and_the_other_in_quarantine) {
    root.write("b.yaml", rule_text("R1", "second"));
    root.write("a.yaml", rule_text("R1", "first"));
    auto const snapshot = read_directory(root.path());
    BOOST_REQUIRE_EQUAL(snapshot.rules.size(), 1u);
    BOOST_REQUIRE_EQUAL(snapshot.quarantine.size(), 1u);
    BOOST_TEST(snapshot.quarantine[0].path == (root / "b.yaml").string());
}

BOOST_AUTO_TEST_CASE(lists_are_in_the_snapshot_and_in_the_rules_that_name_them) {
    root.write("lists.yaml", "lists:\n  tools: [wget, curl]\n");
    auto text = rule_text("R1");
    auto const condition = text.find("  field: command_text");
    text.replace(condition, text.find("emits:") - condition, "  command: [{program: $tools}]\n");
    root.write("a.yaml", text);
    auto const snapshot = read_directory(root.path());
    BOOST_TEST(snapshot.quarantine.empty());
    BOOST_REQUIRE(snapshot.lists);
    BOOST_TEST(snapshot.lists->contains("tools"));
    engine rules;
    rules.replace(snapshot);
    BOOST_TEST(rules.evaluate(event::command("curl"), time_point()).value().tags.size() == 1u);
}

BOOST_AUTO_TEST_CASE(missing_directory_is_an_error) {
    BOOST_CHECK_THROW(read_directory(root / "none"), std::system_error);
}

BOOST_AUTO_TEST_CASE(rules_tag_a_command_at_a_time_of_the_system_clock) {
    root.write("a.yaml", rule_text("R1", "wget"));
    engine rules;
    rules.replace(read_directory(root.path()));
    auto const now = std::chrono::sys_time<std::chrono::nanoseconds>(std::chrono::seconds{1'800'000'000});
    auto const tags = rules.evaluate(event::command("wget http://203.0.113.7/x"), now).value().tags;
    BOOST_REQUIRE_EQUAL(tags.size(), 1u);
    BOOST_TEST(tags[0].rule_id == "R1");
    BOOST_TEST((tags[0].created_at == now));
    auto const seconds = std::chrono::sys_seconds(std::chrono::seconds{1'800'000'000});
    BOOST_TEST((rules.evaluate(event::command("wget x"), seconds).value().tags.at(0).created_at == now));
}

BOOST_AUTO_TEST_SUITE_END()
