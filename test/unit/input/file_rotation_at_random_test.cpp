#include "support/followed_log.hpp"

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using namespace rulehost;
using test::followed_log;
using test::json_line;
using test::lines_of;

namespace {

/// RULEHOST_SEED replays a run; the seed is in the message of every failure.
unsigned first_seed() {
    auto const* const given = std::getenv("RULEHOST_SEED");
    return given ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : 1;
}

unsigned seeds() {
    return std::getenv("RULEHOST_SEED") ? 1 : 60;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(file_rotations_at_random, followed_log)

/// Writes, rotations, compressions, restarts and kills at random: each line arrives once.
BOOST_AUTO_TEST_CASE(no_line_is_lost_or_duplicated_by_random_operations_on_files) {
    for (auto seed = first_seed(), count = seeds(); count > 0; --count, ++seed) {
        BOOST_TEST_CONTEXT("RULEHOST_SEED=" << seed) {
            begin_anew();
            std::mt19937 random(seed);
            std::vector<std::string> expected;
            std::vector<std::string> rotated; // newest last
            std::string rest;                 // of a line whose head was written
            bool is_running = false;
            int number = 0;
            std::size_t length = 0;
            auto const next_line = [&] { return expected.emplace_back(json_line(++number, random() % 50)) + "\n"; };
            append("log", "");
            auto const run = [&](bool wanted) {
                if (std::exchange(is_running, wanted) != wanted)
                    wanted ? start() : stop();
            };
            run(true);
            for (int step = 0; step < 80; ++step) {
                auto const name_of_rotated = "log." + std::to_string(rotated.size() + 1);
                auto const what = random() % 12;
                BOOST_TEST_MESSAGE("step " << step << ": " << what << ", rest " << rest << ", next "
                                           << name_of_rotated);
                switch (what) {
                case 0:
                case 1:
                case 2:
                    append("log", std::exchange(rest, ""));
                    for (auto more = random() % 20; more > 0; --more)
                        append("log", next_line());
                    break;
                case 3:
                    if (rest.empty()) {
                        auto const line = next_line();
                        auto const cut = 2 + random() % (line.size() - 4);
                        append("log", line.substr(0, cut));
                        rest = line.substr(cut);
                    }
                    break;
                case 4:
                case 5:
                    directory.rename("log", name_of_rotated);
                    rotated.push_back(name_of_rotated);
                    append("log", std::exchange(rest, ""));
                    break;
                case 6:
                    if (std::filesystem::file_size(directory / "log") == 0)
                        break;
                    copy_and_truncate(name_of_rotated);
                    rotated.push_back(name_of_rotated);
                    append("log", std::exchange(rest, ""));
                    break;
                case 7:
                    if (!rotated.empty() && directory.read(rotated.back()) != "") {
                        compress(rotated.back(), random() % 2 == 0 ? packing::gzip : packing::zstd);
                        rotated.back() += "x"; // so that it cannot be found again
                    }
                    break;
                case 8:
                    run(!is_running);
                    break;
                case 9: // killed: lines read after the last transaction are not stored
                    run(false);
                    if (!places.empty()) {
                        auto const back = random() % std::min<std::size_t>(places.size(), 3);
                        std::tie(length, place) = places[places.size() - 1 - back];
                        text.resize(length);
                        places.clear();
                    }
                    run(true);
                    break;
                default:
                    wait();
                    break;
                }
            }
            run(true);
            append("log", std::exchange(rest, "") + next_line());
            for (int i = 0; i < 5; ++i)
                wait();
            run(false);
            for (auto const& each : expected)
                BOOST_TEST(text.find(each + "\n") != text.npos, "lost: " << each);
            BOOST_TEST(lines_of(text) == expected, boost::test_tools::per_element());
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
