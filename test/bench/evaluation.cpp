// Cost of an event against its lower bound: only Vectorscan over the same fields.
#include "bench/generated.hpp"

#include "delivery/tag_spans.hpp"
#include "engine/bare_scan.hpp"
#include "match/command/shell_text.hpp"
#include "time/monotonic_clock.hpp"

#include <rulehost/engine.hpp>
#include <rulehost/time_source.hpp>
#include <rulehost/tracer.hpp>

#include <benchmark/benchmark.h>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>

#include <map>
#include <memory>

namespace {

using namespace rulehost;

constexpr std::size_t events = 2000;
constexpr time_point now{std::chrono::sys_days{std::chrono::January / 1 / 2026}};

std::vector<event> generated_events(std::size_t tagged_one_in) {
    std::vector<event> made;
    for (auto const& line : bench::generated_lines(events, tagged_one_in))
        made.push_back(bench::read_line(line));
    return made;
}

rule_snapshot const& rules(std::size_t count) {
    static std::map<std::size_t, rule_snapshot> made;
    auto const [at, is_new] = made.try_emplace(count);
    if (is_new)
        at->second = bench::generated_rules(count);
    return at->second;
}

engine& loaded(std::size_t count) {
    static std::map<std::size_t, std::unique_ptr<engine>> made;
    auto& host = made[count];
    if (!host) {
        host = std::make_unique<engine>();
        host->replace(rules(count));
    }
    return *host;
}

void bare_scans(benchmark::State& state) {
    bare_scan const bare{rules(static_cast<std::size_t>(state.range(0))).rules};
    auto const all = generated_events(100);
    std::size_t i = 0;
    for (auto _ : state)
        benchmark::DoNotOptimize(bare.scan(all[i++ % events]));
    state.SetItemsProcessed(state.iterations());
}

void evaluate(benchmark::State& state) {
    auto const& host = loaded(static_cast<std::size_t>(state.range(0)));
    auto const all = generated_events(static_cast<std::size_t>(state.range(1)));
    evaluation result;
    std::size_t tags = 0;
    std::size_t i = 0;
    for (auto _ : state) {
        host.evaluate(all[i++ % events], now, result);
        tags += result.tags.size();
    }
    state.SetItemsProcessed(state.iterations());
    state.counters["tags_per_event"] = static_cast<double>(tags) / static_cast<double>(state.iterations());
}

/// Cost of sampling the cost of rules: `one_in` 0 is off.
void evaluate_sampled(benchmark::State& state) {
    engine_options options;
    if (state.range(0) != 0) {
        options.ticks = monotonic_nanoseconds;
        options.measured_one_in = static_cast<std::uint32_t>(state.range(0));
    }
    engine host{options};
    host.replace(rules(1000));
    auto const all = generated_events(100);
    evaluation result;
    std::size_t i = 0;
    for (auto _ : state)
        host.evaluate(all[i++ % events], now, result);
    state.SetItemsProcessed(state.iterations());
}

/// Discards spans.
class counted_spans final : public tracer {
public:
    span_id begin(span_id parent) override {
        ++begun;
        return {1, parent.is_recorded() ? parent.trace_low : begun, begun};
    }
    void end(span_id, span_id, std::string_view, time_point, time_point,
             std::span<span_attribute const>) noexcept override {}

    std::uint64_t begun = 0;
};

/// Cost of spans: evaluations as in the host against plain evaluations, in turns.
void evaluate_traced(benchmark::State& state) {
    auto const& host = loaded(1000);
    auto const all = generated_events(100);
    system_time_source const time;
    counted_spans spans;
    tracer* const trace = state.range(0) != 0 ? &spans : nullptr;
    evaluation result;
    std::uint64_t alone = 0;
    std::uint64_t traced = 0;
    auto const evaluate_alone = [&] {
        for (auto const& each : all)
            host.evaluate(each, now, result);
    };
    auto const evaluate_in_spans = [&] {
        for (auto const& each : all) {
            traced_span span(trace, time, "ttp.eval");
            host.evaluate(each, now, result);
            span.note("source_kind", std::string_view(each.source_kind));
            trace_tags(span, result.tags);
        }
    };
    auto const measured = [](auto const& work) {
        auto const begin = running_nanoseconds();
        work();
        return running_nanoseconds() - begin;
    };
    bool swapped = false; // neither is always the first
    for (auto _ : state) {
        auto const first = swapped ? measured(evaluate_in_spans) : measured(evaluate_alone);
        auto const second = swapped ? measured(evaluate_alone) : measured(evaluate_in_spans);
        alone += swapped ? second : first;
        traced += swapped ? first : second;
        state.SetIterationTime(static_cast<double>(swapped ? first : second) * 1e-9);
        swapped = !swapped;
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(events));
    state.counters["against_untraced"] = static_cast<double>(traced) / static_cast<double>(alone);
    state.counters["spans"] = static_cast<double>(spans.begun);
}

void parse_and_evaluate(benchmark::State& state) {
    auto const& host = loaded(static_cast<std::size_t>(state.range(0)));
    auto const lines = bench::generated_lines(events, 100);
    evaluation result;
    std::size_t i = 0;
    for (auto _ : state)
        host.evaluate(bench::read_line(lines[i++ % events]), now, result);
    state.SetItemsProcessed(state.iterations());
}

void parse_alone(benchmark::State& state) {
    auto const lines = bench::generated_lines(events, 100);
    std::size_t i = 0;
    for (auto _ : state) {
        boost::json::monotonic_resource memory;
        auto const value = boost::json::parse(lines[i++ % events], &memory);
        benchmark::DoNotOptimize(value);
    }
    state.SetItemsProcessed(state.iterations());
}

void load(benchmark::State& state) {
    auto const& snapshot = rules(static_cast<std::size_t>(state.range(0)));
    for (auto _ : state) {
        engine host;
        host.replace(snapshot);
        benchmark::DoNotOptimize(host.revision());
    }
}

void read(benchmark::State& state) {
    for (auto _ : state)
        benchmark::DoNotOptimize(bench::generated_rules(static_cast<std::size_t>(state.range(0))));
}

void change_one(benchmark::State& state) {
    engine host;
    host.replace(rules(static_cast<std::size_t>(state.range(0))));
    auto const& all = rules(static_cast<std::size_t>(state.range(0))).rules;
    revision newest = 1;
    for (auto _ : state) {
        auto changed = std::make_shared<rule_definition>(all[newest % all.size()]->definition());
        changed->content_hash = std::to_string(newest);
        ++newest;
        auto const id = changed->rule_id;
        host.apply(rule_change{newest, id, std::move(changed)});
        if (host.wants_compaction()) {
            state.PauseTiming();
            host.compact();
            state.ResumeTiming();
        }
    }
}

void normalise(benchmark::State& state) {
    std::string const line = "c'a't${IFS}/e\"t\"c/pa\\sswd | echo -e '\\x63\\x61\\x74' | base64 -d | sh";
    std::string out;
    for (auto _ : state) {
        out.clear();
        append_unquoted(line, out);
        benchmark::DoNotOptimize(out);
    }
}

BENCHMARK(bare_scans)->Arg(25)->Arg(1000)->Arg(10'000);
BENCHMARK(evaluate)->ArgNames({"rules", "tagged_one_in"})->ArgsProduct({{25, 10'000}, {0, 100}})->Args({1000, 100});
BENCHMARK(evaluate)->Name("evaluate_on_threads")->Args({10'000, 100})->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(evaluate_sampled)->ArgName("one_in")->Arg(0)->Arg(1024)->Arg(64)->Arg(1);
BENCHMARK(evaluate_traced)->ArgName("traced")->Arg(0)->Arg(1)->UseManualTime();
BENCHMARK(parse_alone);
BENCHMARK(parse_and_evaluate)->Arg(25)->Arg(10'000);
BENCHMARK(load)->Arg(25)->Arg(1000)->Arg(10'000)->Unit(benchmark::kMillisecond);
BENCHMARK(read)->Arg(10'000)->Unit(benchmark::kMillisecond);
BENCHMARK(change_one)->Arg(10'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(normalise);

} // namespace

BENCHMARK_MAIN();
