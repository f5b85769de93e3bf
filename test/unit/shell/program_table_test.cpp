#include "shell/programs/program_table.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(programs)

using namespace rulehost;
using namespace rulehost::shell;

BOOST_AUTO_TEST_CASE(shipped_table_is_large_and_good) {
    BOOST_TEST(program_table::shipped()->size() >= 350U);
    BOOST_TEST(program_table::shipped()->find("busybox") != nullptr);
    BOOST_TEST(program_table::shipped()->find("frobnicate") == nullptr);
}

BOOST_AUTO_TEST_CASE(version_behind_a_name_is_taken_off) {
    auto const table = program_table::shipped();
    BOOST_REQUIRE(table->find("python3.11") != nullptr);
    BOOST_TEST(table->find("python3.11")->name == "python");
    BOOST_TEST(table->find("gcc-12")->name == "gcc");
    BOOST_TEST(table->find("cat3") == nullptr);
}

BOOST_AUTO_TEST_CASE(entry_of_a_user_wins) {
    program_table table(*program_table::shipped());
    BOOST_TEST(table.add("programs: [{program: cat, writes: operands}]", "own.yaml").empty());
    BOOST_REQUIRE(table.find("cat")->effects.size() == 1U);
    BOOST_TEST((table.find("cat")->effects[0].kind == effect_kind::writes));
}

BOOST_AUTO_TEST_CASE(mistakes_are_reported_with_their_place) {
    program_table table;
    auto const found = table.add(
        "programs:\n- {program: x, reeds: operands}\n- {program: y, writes: operand}\n- {program: z, takes: [o]}\n",
        "own.yaml");
    BOOST_REQUIRE(found.size() == 3U);
    BOOST_TEST(found[0].line == 2U);
    BOOST_TEST(found[0].hint.find("reads") != std::string::npos);
    BOOST_TEST(found[1].hint == "did you mean 'operands'?");
    BOOST_TEST(found[2].line == 4U);
    BOOST_TEST(table.size() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
