// Latency of an edit: from the close or the rename until its change can be read.
#include "scenario/filesystem/live_store.hpp"

#include <algorithm>

using namespace rulehost;
using namespace std::chrono;
using test::rule_text;

BOOST_FIXTURE_TEST_SUITE(latency, test::live_store)

BOOST_AUTO_TEST_CASE(edit_is_live_within_the_bar) {
    for (int number = 0; number != 500; ++number) {
        auto const name = "R" + std::to_string(number);
        write(name + ".yaml", rule_text(name, "old"));
    }
    follow();
    changes();
    std::vector<microseconds> waits;
    for (int edit = 0; edit != 200; ++edit) {
        auto const name = "R" + std::to_string(edit);
        auto const text = rule_text(name, "new");
        edit % 2 == 0 ? write(name + ".yaml", text) : replace(name + ".yaml", text);
        auto const written = steady_clock::now();
        run_until([&] { return !seen.empty(); });
        waits.push_back(duration_cast<microseconds>(steady_clock::now() - written));
        BOOST_TEST((std::exchange(seen, {}) == lines{"+" + name + "=new"}));
    }
    std::ranges::sort(waits);
    auto const middle = waits[waits.size() / 2];
    auto const p99 = waits[waits.size() * 99 / 100];
    BOOST_TEST_MESSAGE("edit to change, 5 ms of them debounce: median " << middle.count() << " us, p99 " << p99.count()
                                                                        << " us");
    // The limit is 50 ms at p99. A busy machine may exceed it, but not at the median.
    BOOST_WARN_LT(p99.count(), 50'000);
    BOOST_TEST(middle.count() < 50'000);
}

BOOST_AUTO_TEST_SUITE_END()
