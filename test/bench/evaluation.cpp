// What an event costs, against the least that it could cost: Vectorscan over the same fields and nothing else.
#include "bench/generated.hpp"

#include "match/shell_text.hpp"
#include "rule/regex.hpp"

#include <rulehost/engine.hpp>

#include <benchmark/benchmark.h>
#include <hs/hs.h>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>

#include <map>
#include <memory>
#include <stdexcept>

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

/// The patterns of the rules as one database of whole expressions, a field: what a bare scan would use.
class bare_database {
public:
    explicit bare_database(std::size_t count) {
        std::map<std::string, std::vector<std::string>> expressions;
        for (auto const& rule : rules(count).rules)
            if (auto const& match = rule->definition().match; match.expression)
                expressions[rule->definition().applies_to.front()].push_back(match.expression->pcre_syntax());
        for (auto const& [kind, texts] : expressions) {
            std::vector<char const*> pointers;
            for (auto const& text : texts)
                pointers.push_back(text.c_str());
            std::vector<unsigned> const flags(texts.size(), HS_FLAG_SINGLEMATCH | HS_FLAG_PREFILTER | HS_FLAG_ALLOWEMPTY);
            std::vector<unsigned> ids(texts.size());
            hs_database_t* database = nullptr;
            hs_compile_error_t* error = nullptr;
            if (hs_compile_multi(pointers.data(), flags.data(), ids.data(), static_cast<unsigned>(texts.size()), HS_MODE_BLOCK,
                                 nullptr, &database, &error) != HS_SUCCESS)
                throw std::runtime_error(error->message);
            databases_.emplace(kind, database);
            hs_alloc_scratch(database, &scratch_);
        }
    }
    bare_database(bare_database const&) = delete;
    bare_database& operator=(bare_database const&) = delete;
    ~bare_database() {
        for (auto const& [kind, database] : databases_)
            hs_free_database(database);
        hs_free_scratch(scratch_);
    }

    bool scan(event const& e) {
        auto const found = databases_.find(e.source_kind);
        if (found == databases_.end())
            return false;
        auto const* const text = e.payload.if_contains(e.source_kind == "command" ? "command_text" : "raw_url");
        bool hit = false;
        auto const& bytes = text->get_string();
        hs_scan(found->second, bytes.data(), static_cast<unsigned>(bytes.size()), 0, scratch_,
                [](unsigned, unsigned long long, unsigned long long, unsigned, void* to) {
                    *static_cast<bool*>(to) = true;
                    return 0;
                },
                &hit);
        return hit;
    }

private:
    std::map<std::string, hs_database_t*> databases_;
    hs_scratch_t* scratch_ = nullptr;
};

void bare_scan(benchmark::State& state) {
    bare_database database{static_cast<std::size_t>(state.range(0))};
    auto const all = generated_events(100);
    std::size_t i = 0;
    for (auto _ : state)
        benchmark::DoNotOptimize(database.scan(all[i++ % events]));
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

BENCHMARK(bare_scan)->Arg(25)->Arg(1000)->Arg(10'000);
BENCHMARK(evaluate)->ArgNames({"rules", "tagged_one_in"})->Args({25, 0})->Args({25, 100})->Args({1000, 100})->Args({10'000, 0})->Args({10'000, 100});
BENCHMARK(evaluate)->Name("evaluate_on_threads")->Args({10'000, 100})->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(parse_alone);
BENCHMARK(parse_and_evaluate)->Arg(25)->Arg(10'000);
BENCHMARK(load)->Arg(25)->Arg(1000)->Arg(10'000)->Unit(benchmark::kMillisecond);
BENCHMARK(read)->Arg(10'000)->Unit(benchmark::kMillisecond);
BENCHMARK(change_one)->Arg(10'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(normalise);

} // namespace

BENCHMARK_MAIN();
