#include "store/filesystem/state_journal.hpp"

#include "support/small_files.hpp"
#include "support/temporary_directory.hpp"

#include <rulehost/rule_store.hpp>

using namespace rulehost;
using namespace std::chrono_literals;

namespace {

rule_state decided(revision number) {
    auto state = rule_state::clipped(0.1 + 0.2, "line\none \"quoted\" \xe2\x82\xac", time_point{1'800'000'000s} + 1us);
    state.set_by = "ops";
    state.set_at = time_point{1'700'000'000s};
    state.revision = number;
    return state;
}

decision stacked(decision_id id) {
    decision made(decision_effect::clip, {"R02*"});
    made.id = id;
    made.confidence_max = 1.0 / 3;
    made.scope = {"src_ip=10.0.0.0/8"};
    made.ends_at = time_point{1'700'000'001s} + 1us;
    made.set_by = "ops";
    made.set_at = time_point{1'700'000'000s};
    return made;
}

struct state_journal_fixture {
    test::temporary_directory root;
    std::filesystem::path const file = root / "states.json";
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(journal_of_states, state_journal_fixture)

BOOST_AUTO_TEST_CASE(saved_snapshot_is_loaded_field_by_field) {
    state_table states;
    states.put("R1", decided(7));
    auto plain = rule_state(rule_status::enabled);
    plain.set_by = "ops";
    plain.revision = 1;
    states.put("R2", plain);
    state_journal(file).save(9, states);
    auto const loaded = state_journal(file).load();
    BOOST_TEST(loaded.revision == 9u);
    BOOST_TEST((loaded.states.stored() == states.stored()));
}

BOOST_AUTO_TEST_CASE(decisions_are_loaded_as_they_were_saved) {
    state_table states;
    states.put("R1", decided(7));
    states.put(stacked(8));
    state_journal(file).save(9, states);
    BOOST_TEST(root.read("states.json").find("rulehost_states\":2") != std::string::npos);
    auto const loaded = state_journal(file).load();
    BOOST_TEST((loaded.states.stored() == states.stored()));
    BOOST_TEST((loaded.states.decisions() == states.decisions()));
    BOOST_TEST((loaded.states.next_expiry() == states.next_expiry()));
}

BOOST_AUTO_TEST_CASE(program_that_knows_no_decisions_reads_a_file_without_them) {
    state_table states;
    states.put("R1", decided(7));
    states.put(stacked(8));
    states.remove_decision(8);
    state_journal(file).save(9, states);
    auto const text = root.read("states.json");
    BOOST_TEST(text.find("rulehost_states\":1") != std::string::npos);
    BOOST_TEST(text.find("decisions") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(missing_file_is_no_states) {
    auto const loaded = state_journal(file).load();
    BOOST_TEST(loaded.revision == 0u);
    BOOST_TEST(loaded.states.stored().empty());
}

BOOST_AUTO_TEST_CASE(damaged_file_is_an_error_that_names_it) {
    state_table states;
    states.put("R1", decided(7));
    states.put(stacked(8));
    state_journal const journal(file);
    journal.save(9, states);
    auto const good = root.read("states.json");
    std::vector<std::string> damaged{
        "", "{}", "null", "[1]", good.substr(0, good.size() / 2), good + good, std::string(100, '\0')};
    for (auto const& [from, to] :
         std::vector<std::pair<std::string, std::string>>{{"clipped", "sliced"},
                                                          {"\"revision\":7", "\"revision\":10"},
                                                          {"\"revision\":7", "\"revision\":-1"},
                                                          {"\"revision\":9", "\"revision\":\"9\""},
                                                          {"rulehost_states\":2", "rulehost_states\":3"},
                                                          {"\"decisions\":", "\"others\":"},
                                                          {"\"id\":8", "\"id\":10"},
                                                          {"\"id\":8", "\"id\":0"},
                                                          {"[\"R02*\"]", "[]"},
                                                          {"\"effect\":\"clip\"", "\"effect\":7"},
                                                          {"\"R1\"", "\"R 1\""},
                                                          {"\"confidence_max\":", "\"confidence_max\":\"high\",\"x\":"},
                                                          {"\"set_by\":\"ops\"", "\"set_by\":null"}}) {
        auto text = good;
        auto const at = text.find(from);
        BOOST_REQUIRE(at != std::string::npos);
        damaged.push_back(text.replace(at, from.size(), to));
    }
    for (auto const& text : damaged) {
        root.write("states.json", text);
        BOOST_CHECK_EXCEPTION(journal.load(), std::runtime_error, [&](std::runtime_error const& error) {
            return std::string(error.what()).find(file.string()) != std::string::npos;
        });
    }
}

BOOST_AUTO_TEST_CASE(failed_save_leaves_the_old_file) {
    state_table states;
    state_journal const journal(file);
    journal.save(1, states);
    auto const before = root.read("states.json");
    states.put("R1", decided(2));
    {
        test::small_files const limit(before.size());
        BOOST_CHECK_THROW(journal.save(2, states), store_unavailable);
    }
    BOOST_TEST(root.read("states.json") == before);
}

BOOST_AUTO_TEST_CASE(second_holder_is_refused) {
    state_journal const journal(file);
    BOOST_CHECK_THROW(state_journal{file}, std::runtime_error);
}

BOOST_AUTO_TEST_CASE(missing_directory_is_an_error) {
    BOOST_CHECK_THROW(state_journal{root / "none/states.json"}, std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()
