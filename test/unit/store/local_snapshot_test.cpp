#include "store/database/local_snapshot.hpp"

#include "support/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <string>
#include <system_error>
#include <vector>

using namespace rulehost;
using namespace std::chrono_literals;

namespace {

struct local_snapshot_fixture {
    std::vector<std::string> files() const {
        std::vector<std::string> names;
        for (auto const& entry : std::filesystem::directory_iterator(place.path()))
            names.push_back(entry.path().filename().string());
        std::ranges::sort(names);
        return names;
    }

    test::temporary_directory place;
    std::filesystem::path file = place / "snapshot.json";
};

using names = std::vector<std::string>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(local_snapshots, local_snapshot_fixture)

BOOST_AUTO_TEST_CASE(saved_states_are_loaded) {
    BOOST_TEST(!load_local_snapshot(file).has_value());
    local_snapshot saved;
    saved.position = {"some", 7};
    saved.clock_ahead = -1500ms;
    auto state = rule_state::clipped(1.0 / 3, "noisy", time_point(1h));
    state.set_by = "ops";
    saved.states.put("R1", state);
    save(saved, file);
    auto const loaded = load_local_snapshot(file);
    BOOST_REQUIRE(loaded.has_value());
    BOOST_TEST((loaded->position == saved.position));
    BOOST_TEST((loaded->clock_ahead == saved.clock_ahead));
    BOOST_TEST((*loaded->states.find("R1") == state));
}

BOOST_AUTO_TEST_CASE(directory_in_its_place_is_an_error_that_names_it) {
    BOOST_CHECK_EXCEPTION(
        load_local_snapshot(place.path()), std::runtime_error, [&](std::runtime_error const& problem) {
            return problem.what() == "the snapshot " + place.path().string() + " cannot be read: Is a directory";
        });
}

BOOST_AUTO_TEST_CASE(unreadable_state_costs_no_other) {
    local_snapshot saved;
    auto clipped = rule_state::clipped(0.5, "noisy");
    auto disabled = rule_state::disabled("noisy");
    clipped.set_by = disabled.set_by = "ops";
    saved.states.put("R1", clipped);
    saved.states.put("R2", disabled);
    save(saved, file);
    auto text = place.read("snapshot.json");
    auto const at = text.find("\"0.5\"");
    BOOST_REQUIRE(at != text.npos);
    place.write("snapshot.json", text.insert(at + 4, "x"));
    auto const loaded = load_local_snapshot(file);
    BOOST_REQUIRE(loaded.has_value());
    BOOST_TEST(loaded->states.find("R1") == nullptr);
    BOOST_TEST(loaded->states.find("R2") != nullptr);
    BOOST_TEST(loaded->left_out == names{"the state of R1: confidence_max is no number"},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(decisions_are_loaded_and_an_unreadable_one_costs_no_other) {
    local_snapshot saved;
    decision clip(decision_effect::clip, {"technique:T1059"});
    clip.id = 4;
    clip.confidence_max = 0.1 + 0.2;
    clip.scope = {"session_id=4711"};
    clip.starts_at = time_point(1h);
    clip.ends_at = time_point(2h);
    clip.set_by = "ops";
    auto observing = decision(decision_effect::observe, {"R1"});
    observing.id = 5;
    observing.set_by = "ops";
    saved.states.put(clip);
    saved.states.put(observing);
    save(saved, file);
    BOOST_TEST((load_local_snapshot(file)->states.decisions() == saved.states.decisions()));
    auto text = place.read("snapshot.json");
    auto const at = text.find("\"observe\"");
    BOOST_REQUIRE(at != text.npos);
    place.write("snapshot.json", text.insert(at + 1, "x"));
    auto const loaded = load_local_snapshot(file);
    BOOST_TEST((loaded->states.decisions() == decision_map{{4, clip}}));
    BOOST_TEST(loaded->left_out == names{"a decision: 'effect' is none of disable, clip and observe"},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(snapshot_of_a_program_without_decisions_has_none) {
    save(local_snapshot(), file);
    auto text = place.read("snapshot.json");
    auto const at = text.find(",\"decisions\":[]");
    BOOST_REQUIRE(at != text.npos);
    place.write("snapshot.json", text.erase(at, std::string(",\"decisions\":[]").size()));
    auto const loaded = load_local_snapshot(file);
    BOOST_REQUIRE(loaded.has_value());
    BOOST_TEST(loaded->states.decisions().empty());
}

BOOST_AUTO_TEST_CASE(leftovers_of_a_killed_process_are_removed_and_nothing_else) {
    place.write("snapshot.json.saving-aaaaaa", "{\"rules");
    place.write("snapshot.json.saving-bbbbbb", "");
    place.write("snapshot.json.backup", "an operator's");
    place.write("other.json.saving-aaaaaa", "of another one");
    auto const at_work = ::open((place / "snapshot.json.saving-bbbbbb").c_str(), O_WRONLY);
    BOOST_REQUIRE(::flock(at_work, LOCK_EX) == 0);
    BOOST_TEST(!load_local_snapshot(file).has_value());
    BOOST_TEST(files() == (names{"other.json.saving-aaaaaa", "snapshot.json.backup", "snapshot.json.saving-bbbbbb"}),
               boost::test_tools::per_element());
    ::close(at_work);
    BOOST_TEST(!load_local_snapshot(file).has_value());
    BOOST_TEST(files() == (names{"other.json.saving-aaaaaa", "snapshot.json.backup"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(saving_leaves_one_file_and_a_failure_none) {
    save({}, file);
    save({}, file);
    BOOST_TEST(files() == names{"snapshot.json"}, boost::test_tools::per_element());
    auto const taken = place / "taken";
    std::filesystem::create_directories(taken / "by a directory");
    BOOST_CHECK_THROW(save({}, taken), std::system_error);
    BOOST_TEST(files() == (names{"snapshot.json", "taken"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
