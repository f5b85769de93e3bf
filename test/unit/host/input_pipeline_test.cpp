#include "host/input_pipeline.hpp"

#include "event/line_framer.hpp"
#include "input/batch_builder.hpp"
#include "input/file_source.hpp"

#include "support/definitions.hpp"
#include "support/events.hpp"
#include "support/temporary_directory.hpp"
#include "support/virtual_loop.hpp"

#include <rulehost/task_group.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <atomic>
#include <new>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace rulehost;
namespace asio = boost::asio;

namespace {

/// Every duration measured by it is an hour.
class hasty_clock final : public time_source {
public:
    time_point now() const override { return test::noon; }
    duration elapsed() const override { return std::chrono::hours{++looks_}; }
    asio::awaitable<void> sleep_until(time_point) override { co_return; }

private:
    mutable std::atomic<int> looks_{0};
};

/// Returns `lines` in one batch, and then fails. Counts acknowledgements of batches.
class failing_source final : public event_source {
public:
    failing_source(std::string lines, int& acknowledged) : lines_(std::move(lines)), acknowledged_(acknowledged) {}

    std::string const& name() const override { return name_; }
    asio::awaitable<std::optional<event_batch>> next() override {
        if (short_of_memory-- > 0)
            throw std::bad_alloc();
        if (std::exchange(handed_out_, true)) {
            if (ends)
                co_return std::nullopt;
            throw std::runtime_error("connection reset");
        }
        line_framer framer;
        std::ranges::copy(lines_, framer.prepare(lines_.size()).begin());
        framer.commit(lines_.size());
        batch_builder builder;
        while (auto const line = framer.next())
            builder.add(*line);
        co_return builder.take(1);
    }
    void acknowledge(std::uint64_t) noexcept override { ++acknowledged_; }
    asio::awaitable<void> run() override { co_return; }
    void stop() override {}

    int short_of_memory = 0; ///< number of failures at first
    bool ends = false;       ///< instead of failing

private:
    std::string name_ = "failing";
    std::string lines_;
    int& acknowledged_;
    bool handed_out_ = false;
};

/// Collects tags; takes `delay` for each batch, and fails while it is `broken`.
class collecting_sink final : public tag_sink {
public:
    explicit collecting_sink(time_source& time) : time_(time) {}

    asio::awaitable<void> write(std::vector<tag> const& tags) override {
        if (broken)
            throw std::runtime_error("disk full");
        if (delay.count() > 0)
            co_await time_.sleep_until(time_.now() + delay);
        collected.insert(collected.end(), tags.begin(), tags.end());
    }

    std::vector<tag> collected;
    duration delay{};
    bool broken = false;

private:
    time_source& time_;
};

struct ingesting : test::virtual_loop {
    ingesting() {
        rule_snapshot snapshot;
        snapshot.revision = 1;
        snapshot.rules.push_back(std::make_shared<compiled_rule>(test::rule_matching("{pattern: wget}"), rule_state{}));
        rules.replace(snapshot);
        counts.inputs.resize(1);
    }

    void ingest(std::string const& text) {
        directory.write("log", text);
        bool done = false;
        std::exception_ptr problem;
        asio::co_spawn(loop, ingest_log(), [&](std::exception_ptr e) {
            problem = e;
            done = true;
        });
        time.advance(std::chrono::hours{1});
        BOOST_REQUIRE(done);
        if (problem)
            std::rethrow_exception(problem);
    }

    asio::awaitable<void> ingest_log() {
        file_source_options from;
        from.path = (directory / "log").string();
        from.at_end = file_source_options::end::stop;
        auto const source = std::make_shared<file_source>(loop.get_executor(), time, from);
        parallel_evaluator evaluator(rules, 2, *clock);
        tag_writer_options writing;
        writing.printed = &sink;
        tag_writer writer(loop.get_executor(), loop.get_executor(), time, writing);
        pipeline_parts const parts{evaluator, *clock, writer, counts, {}, {}};
        input_pipeline pipeline(parts, source, format, counts.inputs[0]);
        task_group tasks(loop.get_executor());
        tasks.spawn("writer", writer.run());
        tasks.spawn("another", count_turns_before_first_batch());
        tasks.spawn("pipeline", run(pipeline, writer, tasks));
        co_await tasks.join();
    }

    /// Another task of the same thread.
    asio::awaitable<void> count_turns_before_first_batch() {
        while (counts.inputs[0].batches == 0) {
            ++turns_of_another;
            co_await asio::post(loop, asio::use_awaitable);
        }
    }

    static asio::awaitable<void> run(input_pipeline& pipeline, tag_writer& writer, task_group& tasks) {
        co_await pipeline.run();
        co_await writer.drain();
        tasks.cancel();
    }

    static std::string line(int number, std::string const& text = "wget http://192.0.2.1/x") {
        return R"({"source_kind":"command","source_id":"c)" + std::to_string(number) +
            R"(","attacker_uuid":"a","payload":{"command_text":")" + text + "\"}}\n";
    }

    test::temporary_directory directory;
    engine rules;
    time_source* clock = &time; ///< clock of the evaluation
    int turns_of_another = 0;
    collecting_sink sink{time};
    host_statistics counts;
    event_format format = event_format::event;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(input_pipelines, ingesting)

BOOST_AUTO_TEST_CASE(every_line_is_evaluated_and_counted_by_technique) {
    ingest(line(1) + line(2, "ls") + line(3));
    BOOST_TEST(counts.inputs[0].lines == 3u);
    BOOST_TEST(counts.inputs[0].events == 3u);
    BOOST_TEST(counts.inputs[0].tags == 2u);
    BOOST_TEST(counts.tags_by_technique.at("T1105") == 2u);
    BOOST_REQUIRE_EQUAL(sink.collected.size(), 2u);
    BOOST_TEST(sink.collected[1].source_id == "c3");
}

BOOST_AUTO_TEST_CASE(lines_are_counted_by_adapter_whichever_thread_read_them) {
    format = event_format::detect;
    std::string text;
    for (int number = 0; number < 500; ++number)
        text += line(number) +
            R"({"eventid":"cowrie.command.input","input":"id","session":"s","src_ip":"192.0.2.1"})"
            "\n" +
            R"({"eventid":"cowrie.client.size","session":"s","src_ip":"192.0.2.1"})"
            "\n" +
            "nonsense\n";
    ingest(text);
    auto& adapters = counts.inputs[0].adapters;
    BOOST_REQUIRE_EQUAL(adapters.size(), 3u);
    BOOST_TEST(counts_of("event", adapters).parsed == 500u);
    BOOST_TEST(counts_of("event", adapters).skewed == 0u);
    BOOST_TEST(counts_of("cowrie", adapters).parsed == 500u);
    BOOST_TEST(counts_of("cowrie", adapters).skipped == 500u);
    BOOST_TEST(counts_of("detect", adapters).unparsable == 500u);
    BOOST_TEST(to_text(counts).find("500 bad lines, 500 lines of kinds without events\n"
                                    "kinds without events: cowrie.client.size 500\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(kinds_without_events_are_reported_the_most_frequent_first_and_only_a_few) {
    format = event_format::detect;
    std::string text;
    for (int kind = 0; kind < 9; ++kind)
        for (int i = 0; i <= kind; ++i)
            text += R"({"eventid":"cowrie.\u001b)" + std::to_string(kind) +
                R"(","session":"s","src_ip":"192.0.2.1"})"
                "\n";
    ingest(text);
    auto const summary = to_text(counts);
    auto const begin = summary.find("kinds without events: ");
    BOOST_REQUIRE(begin != std::string::npos);
    auto const line = summary.substr(begin, summary.find('\n', begin) - begin);
    BOOST_TEST(line.find('\x1b') == std::string::npos);
    BOOST_TEST(line.find("8 9, cowrie.") != std::string::npos, line);
    BOOST_TEST(line.find("4 5 and 4 more") != std::string::npos, line);
}

BOOST_AUTO_TEST_CASE(lines_of_text_have_the_same_ids_whenever_and_by_whichever_thread_they_are_read) {
    format = event_format::text;
    std::string text;
    for (int number = 0; number < 500; ++number)
        text += "wget x\n";
    ingest(text);
    auto const first = std::exchange(sink.collected, {});
    ingest(text);
    BOOST_REQUIRE_EQUAL(first.size(), 500u);
    BOOST_REQUIRE_EQUAL(sink.collected.size(), 500u);
    std::set<boost::uuids::uuid> ids;
    for (std::size_t i = 0; i != first.size(); ++i) {
        BOOST_REQUIRE((sink.collected[i].uuid == first[i].uuid));
        ids.insert(first[i].uuid);
    }
    BOOST_TEST(ids.size() == 500u);
}

BOOST_AUTO_TEST_CASE(bad_lines_are_reported_by_number_and_spoil_nothing) {
    ingest(line(1) + "{\n" + std::string(2 * 1024 * 1024, 'x') + "\n" +
           "{\"source_kind\":\"command\",\"source_id\":\"x\",\"payload\":{}}\n" + line(2));
    BOOST_TEST(sink.collected.size() == 2u);
    BOOST_TEST(counts.inputs[0].rejected == 3u);
    BOOST_REQUIRE_EQUAL(counts.first_rejected.size(), 3u);
    BOOST_TEST(counts.first_rejected[0].line == 2u);
    BOOST_TEST(counts.first_rejected[1].line == 3u);
    BOOST_TEST(counts.first_rejected[1].reason.ends_with("(the line is longer than 1 MiB and was shortened)"));
    BOOST_TEST(counts.first_rejected[2].line == 4u);
}

BOOST_AUTO_TEST_CASE(report_of_bad_lines_is_bounded) {
    std::string text;
    for (int number = 0; number < 1000; ++number)
        text += "nonsense\n";
    ingest(text);
    BOOST_TEST(counts.inputs[0].rejected == 1000u);
    BOOST_TEST(counts.first_rejected.size() == host_statistics::max_rejected_lines);
    BOOST_TEST(to_text(counts).find("990 more bad lines") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(slow_sink_gets_all_tags_in_order) {
    std::string text;
    for (int number = 0; number < 10000; ++number)
        text += line(number);
    sink.delay = std::chrono::seconds{1};
    ingest(text);
    BOOST_REQUIRE_EQUAL(sink.collected.size(), 10000u);
    for (int number = 0; number < 10000; ++number)
        BOOST_REQUIRE_EQUAL(sink.collected[static_cast<std::size_t>(number)].source_id, "c" + std::to_string(number));
}

BOOST_AUTO_TEST_CASE(other_tasks_of_the_thread_get_turns_amid_slow_lines) {
    std::string text;
    for (int number = 0; number < 2000; ++number)
        text += line(number);
    ingest(text);
    auto const between_batches = std::exchange(turns_of_another, 0);
    counts.inputs[0] = {};
    hasty_clock hasty;
    clock = &hasty;
    ingest(text);
    BOOST_TEST(turns_of_another > between_batches + 15);
    BOOST_TEST(counts.inputs[0].tags == 2000u);
}

BOOST_AUTO_TEST_CASE(failing_sink_fails_the_run) {
    sink.broken = true;
    BOOST_CHECK_EXCEPTION(ingest(line(1)), std::runtime_error,
                          [](auto const& error) { return std::string(error.what()) == "disk full"; });
}

BOOST_AUTO_TEST_CASE(exception_on_the_way_of_a_line_loses_no_tag) {
    class throwing_tracer final : public tracer {
    public:
        span_id begin(span_id) override { return {1, 2, 3}; }
        void end(span_id, span_id, std::string_view, time_point, time_point,
                 std::span<span_attribute const>) noexcept override {}
    } tracing;
    auto const fail = [] { throw std::runtime_error("no"); };
    rule_snapshot snapshot;
    snapshot.revision = 2;
    snapshot.rules.push_back(std::make_shared<compiled_rule>(test::rule_matching("{pattern: wget}"), rule_state{}));
    snapshot.rules.push_back(
        std::make_shared<compiled_rule>(test::rule_matching("{pattern: wget}", "R2"), rule_state::disabled("noise")));
    rules.replace(snapshot);
    parallel_evaluator evaluator(rules, 1, *clock);
    tag_writer_options writing;
    writing.printed = &sink;
    writing.stored = [&](auto const&) { fail(); };
    tag_writer writer(loop.get_executor(), loop.get_executor(), time, writing);
    pipeline_parts const parts{evaluator, *clock, writer, counts, [&](auto const&) { fail(); }, fail, &tracing};
    int acknowledged = 0;
    auto const source = std::make_shared<failing_source>(line(1) + line(2), acknowledged);
    source->short_of_memory = 3;
    source->ends = true;
    input_pipeline pipeline(parts, source, format, counts.inputs[0]);
    task_group tasks(loop.get_executor());
    tasks.spawn("writer", writer.run());
    tasks.spawn("pipeline", run(pipeline, writer, tasks));
    time.advance(std::chrono::minutes{1});
    virtual_loop::run(tasks.join());
    BOOST_TEST(sink.collected.size() == 2u);
    BOOST_TEST(acknowledged == 1);
    BOOST_TEST(counts.inputs[0].tags == 2u);
    BOOST_TEST(counts.inputs[0].withheld == 2u);
}

BOOST_AUTO_TEST_CASE(source_that_is_gone_is_not_notified_of_its_tags) {
    parallel_evaluator evaluator(rules, 1, *clock);
    tag_writer_options writing;
    sink.delay = std::chrono::hours{1};
    writing.printed = &sink;
    tag_writer writer(loop.get_executor(), loop.get_executor(), time, writing);
    pipeline_parts const parts{evaluator, *clock, writer, counts, {}, {}};
    task_group tasks(loop.get_executor());
    tasks.spawn("writer", writer.run());
    for (auto const keep : {false, true}) {
        int acknowledged = 0;
        std::shared_ptr<event_source> source = std::make_shared<failing_source>(line(1) + line(2), acknowledged);
        auto pipeline = std::make_unique<input_pipeline>(parts, source, format, counts.inputs[0]);
        BOOST_CHECK_THROW(virtual_loop::run(pipeline->run()), std::runtime_error);
        BOOST_TEST(writer.counts().waiting == 2u); // on their way
        pipeline.reset();
        std::weak_ptr const left = source;
        if (!keep)
            source.reset();
        BOOST_TEST(left.expired() == !keep);
        time.advance(std::chrono::hours{2});
        BOOST_TEST(writer.counts().waiting == 0u);
        BOOST_TEST(acknowledged == (keep ? 1 : 0));
    }
    BOOST_TEST(sink.collected.size() == 4u);
    tasks.cancel();
    virtual_loop::run(tasks.join());
}

BOOST_AUTO_TEST_CASE(summary_escapes_what_came_from_outside) {
    counts.first_rejected.push_back({"log", 7, "\x1b[2J"});
    counts.inputs[0].rejected = 1;
    BOOST_TEST(to_text(counts).find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
