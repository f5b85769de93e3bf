#include "cli/bench/rule_costs.hpp"

#include "cli/bench/figures.hpp"
#include "cli/bench/passes.hpp"
#include "time/monotonic_clock.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace rulehost::cli {

namespace {

constexpr std::size_t min_events = 5'000;
constexpr std::uint64_t max_measurement = 3'000'000'000; // ns; where each event takes long

std::uint64_t cost_of_a_look(clock_function clock) {
    auto least = ~std::uint64_t{0};
    for (int i = 0; i != 1000; ++i) {
        auto const start = clock();
        least = std::min(least, clock() - start);
    }
    return least;
}

} // namespace

std::vector<rule_cost> costs_of(rule_snapshot const& rules, std::vector<event> const& events, std::size_t max_rules) {
    engine_options measured;
    measured.ticks = running_nanoseconds;
    measured.measured_one_in = 1;
    engine host(measured);
    host.replace(rules);
    evaluation result;
    auto const began = running_nanoseconds();
    std::size_t rounds = 0;
    do {
        for (auto const& each : events)
            host.evaluate(each, bench_time, result);
        ++rounds;
    } while (rounds * events.size() < min_events && running_nanoseconds() - began < max_measurement);
    auto statistics = host.statistics();
    auto total = host.cost();
    // Each measurement includes one read of the clock.
    auto const look = cost_of_a_look(running_nanoseconds);
    auto const without_looks = [look](std::uint64_t& cost, std::uint64_t looks) {
        cost -= std::min(cost, look * looks);
    };
    without_looks(total.search, total.measured);
    total.rules = 0;
    for (auto& one : statistics) {
        without_looks(one.cost, one.measured);
        total.rules += one.cost;
    }
    std::ranges::sort(statistics, std::ranges::greater{}, &rule_statistics::cost);
    auto const whole = static_cast<double>(std::max<std::uint64_t>(total.search + total.rules, 1));
    auto const count = static_cast<double>(std::max<std::uint64_t>(total.measured, 1));
    auto const entry = [&](std::string id, std::uint64_t cost) {
        auto const spent = static_cast<double>(cost);
        return rule_cost{std::move(id), spent / whole, spent / count, 0, 0, 0};
    };
    std::vector<rule_cost> listed{entry({}, total.search)};
    for (auto const& one : statistics) {
        if (one.cost == 0 || listed.size() > max_rules)
            break;
        auto& added = listed.emplace_back(entry(one.rule_id, one.cost));
        added.evaluations = one.evaluations / rounds;
        added.matches = one.matches / rounds;
        added.failures = one.failures / rounds;
    }
    return listed;
}

} // namespace rulehost::cli
