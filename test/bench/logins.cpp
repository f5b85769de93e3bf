// Cost of a failed login with the shipped rules about passwords, which keep windows: thread time of one event, without
// reading it from text.
#include "support/shipped_rules.hpp"

#include <rulehost/engine.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace rulehost;

constexpr time_point begin{std::chrono::sys_days{std::chrono::January / 1 / 2026}};
constexpr std::size_t attackers = 2000;
constexpr std::size_t tries = 20; // of one attacker

rule_snapshot rules_about_passwords() {
    rule_snapshot snapshot;
    for (auto const& document : test::shipped_rules())
        if (document.definition && document.definition->rule_id <= "R0005")
            snapshot.rules.push_back(std::make_shared<compiled_rule>(document.definition, rule_state{}));
    return snapshot;
}

struct login {
    std::size_t attacker;
    std::size_t which; ///< of the attacker's tries
};

/// `at_a_time`: as many attackers try their passwords in turns, then the next ones; all of them: in any order.
std::vector<login> failed_logins(std::size_t at_a_time) {
    std::vector<login> all;
    for (std::size_t first = 0; first < attackers; first += at_a_time)
        for (std::size_t which = 0; which != tries; ++which)
            for (auto attacker = first; attacker != std::min(first + at_a_time, attackers); ++attacker)
                all.push_back({attacker, which});
    if (at_a_time == attackers)
        std::ranges::shuffle(all, std::mt19937{1});
    return all;
}

/// One object for all events, as a reader's: its memory is in the cache.
class login_event {
public:
    login_event() {
        made_.source_kind = "auth_attempt";
        made_.session_id = "s1";
        made_.decky_id = "sensor-1";
        made_.payload = {
            {"username", ""}, {"password", ""}, {"service", "ssh"}, {"result", "failed"}, {"src", "198.51.100.23"}};
    }

    event const& of(login const& one, time_point at) {
        auto const attacker = std::to_string(1000 + one.attacker);
        made_.source_id.assign("login-").append(attacker).append("-").append(std::to_string(one.which));
        made_.attacker_uuid.assign("0b9c4f0e-6f3c-4cb2-9b5d-0c6a5f1f").append(attacker);
        made_.payload["username"].as_string().assign(one.which % 4 == 0 ? "admin" : "root");
        made_.payload["password"].as_string().assign("password").append(std::to_string(one.which));
        made_.observed_at = at;
        return made_;
    }

private:
    event made_;
};

void evaluate_logins(benchmark::State& state, std::size_t at_a_time) {
    engine host;
    host.replace(rules_about_passwords());
    auto const all = failed_logins(at_a_time);
    login_event made;
    evaluation result;
    std::size_t tags = 0;
    std::size_t i = 0;
    auto at = begin;
    // A round takes longer than the longest window, so that the same logins count again.
    auto const next = [&] {
        at += std::chrono::milliseconds{100};
        host.evaluate(made.of(all[i], at), at, result);
        i = i + 1 == all.size() ? 0 : i + 1;
    };
    for (std::size_t before = 0; before != all.size(); ++before)
        next();
    for (auto _ : state) {
        next();
        tags += result.tags.size();
    }
    state.SetItemsProcessed(state.iterations());
    state.counters["tags"] = static_cast<double>(tags) / static_cast<double>(state.iterations());
}

int const registered = [] {
    benchmark::RegisterBenchmark("logins/three_attackers", [](benchmark::State& state) { evaluate_logins(state, 3); });
    benchmark::RegisterBenchmark("logins/any_order",
                                 [](benchmark::State& state) { evaluate_logins(state, attackers); });
    return 0;
}();

} // namespace
