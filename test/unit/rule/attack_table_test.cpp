#include "rule/confidence_floor.hpp"

#include <rulehost/attack_table.hpp>
#include <rulehost/engine.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace {

using rulehost::attack_table;

attack_table table_of(std::string const& techniques) {
    std::istringstream rows(techniques);
    std::istringstream tactics(
        "# id\tname\tshort\nTA0001\tInitial Access\tinitial-access\nTA0002\tExecution\texecution\n");
    return attack_table(rows, tactics, "1");
}

BOOST_AUTO_TEST_SUITE(attack_table_of_mitre)

BOOST_AUTO_TEST_CASE(built_in_matrix_is_complete) {
    auto const& table = attack_table::enterprise();
    BOOST_TEST(table.release() == "19.2");
    BOOST_REQUIRE_EQUAL(table.tactics().size(), 15u);
    BOOST_TEST(table.tactics().front().id == "TA0043");
    BOOST_REQUIRE(table.find_technique("T1548.001"));
    BOOST_TEST(table.find_technique("T1548.001")->name == "Setuid and Setgid");
    BOOST_TEST(!table.find_technique("T9999"));
    BOOST_TEST(table.find_tactic("TA0007")->name == "Discovery");
    BOOST_TEST(!table.find_tactic("TA9999"));
    auto const* const revoked = table.find_technique("T1002");
    BOOST_REQUIRE(revoked);
    BOOST_TEST((revoked->status == attack_table::standing::revoked));
    BOOST_TEST(revoked->revoked_by == "T1560");
}

BOOST_AUTO_TEST_CASE(ids_of_18_1_are_known_with_what_became_of_them) {
    auto const& table = attack_table::enterprise();
    auto const successor = [&](std::string_view id) {
        auto const* const known = table.find_technique(id);
        BOOST_REQUIRE(known);
        auto const* const now = table.successor_of(*known);
        return now ? now->id : std::string();
    };
    BOOST_TEST(successor("T1562.001") == "T1685");
    BOOST_TEST(successor("T1070.002") == "T1685.006");
    BOOST_TEST(successor("T1054") == "T1685");     // by way of T1562.006 in 18.1
    BOOST_TEST(successor("T1073") == "T1574.001"); // T1574.002 was revoked as well
    BOOST_TEST(successor("T1083") == "T1083");
    BOOST_TEST(table.find_tactic("TA0112")->name == "Defense Impairment");
    BOOST_TEST(table.find_tactic("TA0005")->name == "Stealth");
}

BOOST_AUTO_TEST_CASE(successors_in_a_circle_are_none) {
    auto const table = table_of("T1\tOne\t\trevoked\tT2\nT2\tTwo\t\trevoked\tT1\n");
    BOOST_TEST(!table.successor_of(*table.find_technique("T1")));
}

BOOST_AUTO_TEST_CASE(former_name_of_a_tactic_is_known) {
    for (auto const name : {"Defense Evasion", "defense-evasion", "DEFENSE_EVASION"}) {
        auto const* const former = attack_table::formerly_named(name);
        BOOST_REQUIRE(former);
        BOOST_TEST(former->id == "TA0005");
        BOOST_TEST(former->until == "18.1");
    }
    BOOST_TEST(!attack_table::formerly_named("Stealth"));
    BOOST_TEST(!attack_table::formerly_named(""));
}

BOOST_AUTO_TEST_CASE(tactics_of_a_technique_are_in_matrix_order) {
    auto const table = table_of("T1\tOne\tTA0002,TA0001\tactive\t\n");
    BOOST_TEST(table.find_technique("T1")->tactics.front() == "TA0001");
}

BOOST_AUTO_TEST_CASE(similar_ids_are_near_and_few) {
    auto const& table = attack_table::enterprise();
    BOOST_TEST(table.similar("T15481").front() == "T1548");
    auto const tactics = table.similar("TA00007");
    BOOST_TEST((std::ranges::find(tactics, "TA0007") != tactics.end()));
    BOOST_TEST(table.similar("T1548.01").size() <= 3u);
    BOOST_TEST(table.similar("nothing like it").empty());
    BOOST_TEST(table.similar(std::string(100'000, 'T')).empty());
}

BOOST_AUTO_TEST_CASE(name_leads_to_its_ids) {
    auto const& table = attack_table::enterprise();
    BOOST_TEST(table.named("command-and-control") == std::vector<std::string>{"TA0011"},
               boost::test_tools::per_element());
    BOOST_TEST(table.named("Credential Access") == std::vector<std::string>{"TA0006"},
               boost::test_tools::per_element());
    BOOST_TEST(table.named("ingress tool transfer") == std::vector<std::string>{"T1105"},
               boost::test_tools::per_element());
    BOOST_TEST(table.named("").empty());
    BOOST_TEST(table.named("Ingress").empty());
}

BOOST_AUTO_TEST_CASE(floor_that_is_warned_of_is_the_engines_own) {
    BOOST_TEST(rulehost::default_confidence_floor == rulehost::engine_options{}.confidence_floor);
}

BOOST_AUTO_TEST_CASE(malformed_row_is_named_by_its_line) {
    auto const names_line_two = [](std::runtime_error const& error) {
        return std::string_view(error.what()).find("line 2") != std::string_view::npos;
    };
    BOOST_CHECK_EXCEPTION(table_of("# c\nT1\tOne\n"), std::runtime_error, names_line_two);
    BOOST_CHECK_EXCEPTION(table_of("# c\nT1\tOne\tTA0001\tasleep\t\n"), std::runtime_error, names_line_two);
    BOOST_CHECK_EXCEPTION(table_of("# c\nT1\tOne\tTA0009\tactive\t\n"), std::runtime_error, names_line_two);
    BOOST_CHECK_EXCEPTION(table_of("T1\tOne\tTA0001\tactive\t\nT1\tOne\tTA0001\tactive\t\n"), std::runtime_error,
                          names_line_two);
}

BOOST_AUTO_TEST_CASE(shipped_files_are_what_is_built_in) {
    std::string const folder = RULEHOST_SOURCE_DIR "/config/attack/";
    std::ifstream techniques(folder + "enterprise-19.2.tsv");
    std::ifstream tactics(folder + "tactics-19.2.tsv");
    attack_table const table(techniques, tactics, "19.2");
    BOOST_TEST(table.tactics().size() == attack_table::enterprise().tactics().size());
    BOOST_TEST(table.find_technique("T1083")->name == attack_table::enterprise().find_technique("T1083")->name);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
