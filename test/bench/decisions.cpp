// Cost of decisions: thread time of an event that one rule tags, with more and more scoped decisions about that rule.
#include <rulehost/engine.hpp>
#include <rulehost/rule_reader.hpp>

#include <benchmark/benchmark.h>

#include <functional>
#include <memory>
#include <string>

namespace {

using namespace rulehost;

constexpr time_point now{std::chrono::sys_days{std::chrono::January / 1 / 2026}};

using scope_of = std::function<std::vector<std::string>(int)>;

std::vector<std::string> network(int number) {
    return {"src_ip=10." + std::to_string(number / 256) + "." + std::to_string(number % 256) + ".0/24"};
}

std::vector<std::string> session(int number) {
    return {"session_id=s" + std::to_string(number)};
}

rule_snapshot rules_with(int decisions, scope_of const& scope) {
    auto const documents = read_rules("rule_id: R1\nname: a rule\napplies_to: [command]\nmatch: {contains: wget}\n"
                                      "emits: [{technique_id: T1105, tactic: TA0011, confidence: 0.9}]\n",
                                      "rule.yaml");
    rule_snapshot snapshot;
    snapshot.revision = 1;
    snapshot.rules.push_back(std::make_shared<compiled_rule>(documents.at(0).definition, rule_state()));
    for (int i = 0; i != decisions; ++i) {
        decision made(decision_effect::disable, {"R1"});
        made.id = static_cast<decision_id>(i + 1);
        made.scope = scope(i);
        snapshot.decisions.emplace(made.id, std::move(made));
    }
    return snapshot;
}

void evaluate_with(benchmark::State& state, scope_of const& scope) {
    engine host;
    host.replace(rules_with(static_cast<int>(state.range(0)), scope));
    event e;
    e.source_kind = "command";
    e.source_id = "1";
    e.attacker_uuid = "0b9c4f0e-6f3c-4cb2-9b5d-0c6a5f1f0d5e";
    e.session_id = "another";
    e.payload = {{"command_text", "wget x"}, {"src_ip", "198.51.100.23"}};
    evaluation result;
    for (auto _ : state)
        host.evaluate(e, now, result);
    if (result.tags.size() != 1)
        state.SkipWithError("the event is withheld");
}

int const registered = [] {
    auto const add = [](std::string const& name, scope_of const& scope) {
        benchmark::RegisterBenchmark(("decisions/" + name).c_str(),
                                     [scope](benchmark::State& state) { evaluate_with(state, scope); })
            ->Arg(0)
            ->Arg(1)
            ->Arg(1000);
    };
    add("networks", network);
    add("sessions", session);
    return 0;
}();

} // namespace
