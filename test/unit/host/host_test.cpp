#include <rulehost/host.hpp>

#include "async/notification.hpp"
#include "support/temporary_directory.hpp"
#include "support/virtual_loop.hpp"

#include <rulehost/database_rule_store.hpp>
#include <rulehost/rule_reader.hpp>

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

using namespace rulehost;
namespace asio = boost::asio;

namespace {

constexpr auto rule = R"(rule_id: R1
name: a rule
applies_to: [command]
match: {pattern: wget}
emits: [{technique_id: T1105, tactic: TA0011, confidence: 0.9}]
)";

class collecting_sink final : public tag_sink {
public:
    asio::awaitable<void> write(std::vector<tag> const& tags) override {
        collected.insert(collected.end(), tags.begin(), tags.end());
        co_return;
    }
    std::vector<tag> collected;
};

/// A reader that takes nothing.
class stuck_sink final : public tag_sink {
public:
    explicit stuck_sink(notification& never) : never_(never) {}
    asio::awaitable<void> write(std::vector<tag> const&) override { co_await never_.wait(); }

private:
    notification& never_;
};

/// Remembers spans, with their attributes as text.
class remembered_spans final : public tracer {
public:
    struct span {
        std::string name;
        std::uint64_t id = 0;
        std::uint64_t parent = 0;
        std::uint64_t trace = 0;
        std::map<std::string, std::string> attributes;
    };

    span_id begin(span_id parent) override {
        ++last_;
        return {1, parent.is_recorded() ? parent.trace_low : last_, last_};
    }
    void end(span_id which, span_id parent, std::string_view name, time_point, time_point,
             std::span<span_attribute const> attributes) noexcept override {
        auto& added = ended.emplace_back(std::string(name), which.span, parent.span, which.trace_low);
        for (auto const& [key, value] : attributes) {
            auto const as_text = [](auto const& of) {
                std::ostringstream text;
                text << of;
                return text.str();
            };
            added.attributes.emplace(key, std::visit(as_text, value));
        }
    }
    std::vector<span> named(std::string_view name) const {
        std::vector<span> found;
        std::ranges::copy_if(ended, std::back_inserter(found), [&](span const& each) { return each.name == name; });
        return found;
    }
    span only(std::string_view name) const {
        auto const found = named(name);
        BOOST_REQUIRE_MESSAGE(found.size() == 1, found.size() << " spans " << name);
        return found.front();
    }

    std::vector<span> ended;

private:
    std::uint64_t last_ = 0;
};

event command(std::string id, std::string text = "wget http://192.0.2.1/x") {
    event result;
    result.source_kind = "command";
    result.source_id = std::move(id);
    result.attacker_uuid = "a";
    result.payload["command_text"] = std::move(text);
    return result;
}

struct hosting : test::virtual_loop {
    hosting() {
        directory.write("rules/R1.yaml", rule);
        options.rules = directory / "rules";
        options.printed = &printed;
        options.log = [this](log_level, std::string const& line) { told.push_back(line); };
    }

    ~hosting() {
        if (!subject)
            return;
        subject->stop();
        wait();
        BOOST_TEST(!running);
    }

    void start() {
        subject = std::make_unique<host>(loop.get_executor(), loop.get_executor(), time, options);
        running = true;
        asio::co_spawn(loop, subject->run(), [this](std::exception_ptr e) {
            problem = e;
            running = false;
        });
        wait();
    }

    void wait() { time.advance(std::chrono::seconds{10}); }

    static std::string line(std::string const& id) {
        return R"({"source_kind":"command","source_id":")" + id +
            R"(","attacker_uuid":"a","payload":{"command_text":"wget x"}})" + "\n";
    }

    test::temporary_directory directory;
    host_options options;
    collecting_sink printed;
    std::unique_ptr<host> subject;
    std::vector<std::string> told;
    bool running = false;
    std::exception_ptr problem;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(hosts, hosting)

BOOST_AUTO_TEST_CASE(event_of_the_embedder_is_evaluated_stored_and_told) {
    start();
    BOOST_TEST(subject->ready());
    auto heard = subject->subscribe("ttp.>");
    auto const tags = run(subject->evaluate(command("c1"))).value();
    BOOST_REQUIRE_EQUAL(tags.size(), 1u);
    BOOST_TEST(tags[0].technique_id == "T1105");
    BOOST_TEST(printed.collected.size() == 1u);
    BOOST_TEST(run(heard.next())->topic == "ttp.tagged");
    BOOST_TEST(run(heard.next())->topic == "ttp.rule.fired.T1105");
}

BOOST_AUTO_TEST_CASE(event_that_is_refused_says_why) {
    start();
    auto anonymous = command("c1");
    anonymous.attacker_uuid.clear();
    auto const answer = run(subject->evaluate(anonymous));
    BOOST_TEST((answer.error() == refusal::no_anchor));
    BOOST_CHECK_THROW(answer.value(), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(socket_does_not_take_lines_that_have_no_id) {
    socket_input lines;
    lines.path = directory / "socket";
    lines.format = event_format::text;
    options.inputs.emplace_back(lines);
    BOOST_CHECK_THROW(host(loop.get_executor(), loop.get_executor(), time, options), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(host_ends_when_its_inputs_have_ended) {
    directory.write("one", line("c1") + line("c2"));
    directory.write("two", line("c3"));
    for (auto const* const name : {"one", "two"}) {
        file_input input;
        input.path = (directory / name).string();
        input.at_end = file_input::end::stop;
        options.inputs.emplace_back(input);
    }
    start();
    BOOST_TEST(!running);
    BOOST_TEST(!problem);
    BOOST_TEST(printed.collected.size() == 3u);
    BOOST_TEST(subject->statistics().inputs.at(1).events == 1u);
    subject.reset();
}

BOOST_AUTO_TEST_CASE(database_keeps_tags_states_and_how_far_files_were_read) {
    options.store = "sqlite:" + (directory / "host.db").string();
    file_input input;
    input.path = (directory / "log").string();
    options.inputs.emplace_back(input);
    directory.write("log", line("c1") + line("c2"));
    start();
    BOOST_TEST(printed.collected.size() == 2u);
    rule_state off;
    off.status = rule_status::disabled;
    run(subject->set_state("R1", off, "ops"));
    subject->stop();
    wait();
    BOOST_TEST(!running);

    std::ofstream(directory / "log", std::ios::app) << line("c3");
    start();
    auto counts = subject->statistics();
    BOOST_TEST(counts.inputs.at(0).lines == 1u);
    BOOST_TEST(counts.inputs.at(0).suppressed == 1u);
    run(subject->clear_state("R1", "ops"));
    wait();
    std::ofstream(directory / "log", std::ios::app) << line("c4");
    wait();
    BOOST_TEST(printed.collected.size() == 3u);
    BOOST_TEST(run(subject->evaluate(command("c1"))).value().size() == 1u);
    BOOST_TEST(printed.collected.size() == 3u);
    BOOST_TEST(subject->statistics().known_tags == 1u);
}

BOOST_AUTO_TEST_CASE(database_that_comes_late_is_waited_for_until_it_has_the_rules_of_the_directory) {
    directory.write("place", "no directory");
    options.store = "sqlite:" + (directory / "place" / "host.db").string();
    // Between the attempt to bring the rules there and the one to load them it tells of a snapshot that is none.
    options.snapshot_file = directory / "snapshot";
    directory.write("snapshot", "{");
    directory.write("log", line("c1"));
    file_input input;
    input.path = (directory / "log").string();
    options.inputs.emplace_back(input);
    bool late = false;
    options.log = [&](log_level, std::string const& text) {
        told.push_back(text);
        if (text.find("snapshot") != text.npos) {
            directory.remove("place");
            std::filesystem::create_directory(directory / "place");
        }
        late = late || text.find("snapshot") != text.npos;
    };
    start();
    BOOST_TEST(late);
    BOOST_TEST(subject->ready());
    BOOST_TEST(printed.collected.size() == 1u);
}

BOOST_AUTO_TEST_CASE(worker_that_comes_before_its_master_reads_nothing_until_the_first_rules_are_complete) {
    options.rules.clear();
    options.store = "sqlite:" + (directory / "host.db").string();
    directory.write("log", line("c1"));
    file_input input;
    input.path = (directory / "log").string();
    options.inputs.emplace_back(input);
    start();
    BOOST_TEST(!subject->ready());
    BOOST_TEST(subject->statistics().awaited == "the store has no rules yet");
    BOOST_TEST(std::ranges::count_if(
                   told, [](auto const& text) { return text.starts_with("the store has no rules yet"); }) == 1);

    database_store_options same;
    same.url = options.store;
    database_rule_store master(loop.get_executor(), loop.get_executor(), time, same);
    rule_state off = rule_state::disabled("before it is there");
    run(master.set_state("R2", off, "ops"));
    wait();
    BOOST_TEST(!subject->ready());
    // One rule after the other, with as much time between them as a slow database needs.
    lease_claim const lease("sync", "one");
    run(master.take_lease(lease.name, lease.holder, std::chrono::hours{1}));
    run(master.begin_first_pass(lease));
    for (std::string const id : {"R3", "R2", "R1"}) {
        auto text = std::string(rule);
        text.replace(text.find("R1"), 2, id);
        auto definition = read_rules(text, id + ".yaml").at(0).definition;
        run(master.upsert_rule(std::move(definition), id + ".yaml", "author"));
        time.advance(std::chrono::seconds{5});
        BOOST_TEST(!subject->ready());
    }
    BOOST_TEST(subject->statistics().awaited == "the first rules are being written");
    subject->stop();
    wait();
    start(); // one that comes into the middle of it
    BOOST_TEST(!subject->ready());
    BOOST_TEST(subject->statistics().awaited == "the first rules are being written");
    run(master.end_first_pass(lease));
    wait();
    BOOST_TEST(subject->ready());
    BOOST_TEST(subject->statistics().awaited.empty());
    BOOST_TEST(printed.collected.size() == 2u);
    BOOST_TEST(subject->statistics().inputs.at(0).suppressed == 1u);

    for (auto const* const id : {"R1", "R2", "R3"})
        run(master.delete_rule(id, "ops"));
    run(subject->clear_state("R2", "ops"));
    subject->stop();
    wait();
    start(); // to a store that somebody emptied
    BOOST_TEST(subject->ready());
}

BOOST_AUTO_TEST_CASE(decision_is_one_trace_from_the_store_to_its_announcement) {
    remembered_spans spans;
    options.trace = &spans;
    start();
    rule_state off;
    off.status = rule_status::disabled;
    off.reason = "noisy";
    run(subject->set_state("R1", off, "ops"));
    wait();
    auto const change = spans.only("ttp.rule.state.change");
    auto const written = spans.only("ttp.store.write_state");
    auto const description_of = spans.only("ttp.rule.publish");
    BOOST_TEST(change.parent == 0u);
    BOOST_TEST(change.attributes.at("rule_id") == "R1");
    BOOST_TEST(written.parent == change.id);
    BOOST_TEST(description_of.parent == change.id);
    BOOST_TEST(description_of.trace == change.trace);

    spans.ended.clear();
    off.confidence_max = 7;
    off.status = rule_status::clipped;
    BOOST_CHECK_THROW(run(subject->set_state("R1", off, "ops")), std::exception);
    run(subject->clear_state("R1", "ops"));
    wait();
    BOOST_TEST(spans.named("ttp.rule.state.change").size() == 2u);
    BOOST_TEST(spans.only("ttp.rule.publish").parent == spans.named("ttp.rule.state.change").back().id);
    subject->stop();
    wait();
    subject.reset(); // before the spans go
}

BOOST_AUTO_TEST_CASE(decision_that_changes_nothing_lends_its_trace_to_no_later_change) {
    remembered_spans spans;
    options.trace = &spans;
    start();
    run(subject->clear_state("R1", "ops")); // which has no state
    wait();
    rule_state off;
    off.status = rule_status::disabled;
    off.expires_at = time.now() + std::chrono::minutes{1};
    run(subject->set_state("R1", off, "ops"));
    wait();
    run(subject->clear_state("R2", "ops"));
    spans.ended.clear();
    time.advance(std::chrono::minutes{2}); // the clock reverts it
    auto const change = spans.only("ttp.rule.state.change");
    BOOST_TEST(spans.only("ttp.rule.publish").parent == change.id);
    run(subject->clear_state("R1", "ops"));
    spans.ended.clear();
    run(subject->set_state("R1", rule_state::disabled("noise", time.now() - std::chrono::minutes{1}), "ops"));
    wait();
    BOOST_TEST(spans.named("ttp.rule.publish").size() == 2u); // the decision, and its end
    BOOST_TEST(spans.named("ttp.rule.state.change").size() == 2u);
    subject->stop();
    wait();
    subject.reset();
}

BOOST_AUTO_TEST_CASE(change_from_elsewhere_is_a_trace_of_its_own) {
    remembered_spans spans;
    options.trace = &spans;
    start();
    rule_state off;
    off.status = rule_status::disabled;
    off.expires_at = time.now() + std::chrono::minutes{1};
    run(subject->set_state("R1", off, "ops"));
    wait();
    spans.ended.clear();
    time.advance(std::chrono::minutes{2}); // the clock reverts it
    auto const change = spans.only("ttp.rule.state.change");
    BOOST_TEST(change.parent == 0u);
    BOOST_TEST(change.attributes.at("rule_id") == "R1");
    BOOST_TEST(spans.only("ttp.rule.publish").parent == change.id);
    BOOST_TEST(spans.named("ttp.store.write_state").empty());
    subject->stop();
    wait();
    subject.reset();
}

BOOST_AUTO_TEST_CASE(spans_of_an_event_lead_to_its_stored_tags_and_say_nothing_of_what_was_typed) {
    remembered_spans spans;
    options.trace = &spans;
    options.store = "sqlite:" + (directory / "host.db").string();
    directory.write("log",
                    line("SECRET-1") +
                        R"({"source_kind":"command","source_id":"c2","attacker_uuid":"SECRET-a",)"
                        R"("session_id":"SECRET-s","payload":{"command_text":"wget SECRET-x"}})"
                        "\n"
                        "SECRET no JSON\n");
    file_input input;
    input.path = (directory / "log").string();
    options.inputs.emplace_back(input);
    start();
    BOOST_TEST(run(subject->evaluate(command("SECRET-3", "wget SECRET-y"))).value().size() == 1u);
    auto evaluations = spans.named("ttp.eval");
    std::erase_if(evaluations, [](auto const& each) {
        return each.attributes.contains("events") && each.attributes.at("events") == "0";
    });
    BOOST_REQUIRE_EQUAL(evaluations.size(), 2u);
    BOOST_TEST(evaluations[0].attributes.at("events") == "2");
    BOOST_TEST(evaluations[0].attributes.at("tags") == "2");
    BOOST_TEST(evaluations[1].attributes.at("source_kind") == "command");
    auto const fired = spans.named("ttp.rule.fire");
    BOOST_REQUIRE_EQUAL(fired.size(), 3u);
    BOOST_TEST(fired[0].parent == evaluations[0].id);
    BOOST_TEST(fired[2].parent == evaluations[1].id);
    BOOST_TEST(fired[0].attributes.at("rule_id") == "R1");
    BOOST_TEST(fired[0].attributes.at("technique_id") == "T1105");
    auto written = spans.named("ttp.tag.write");
    std::erase_if(
        written, [](auto const& each) { return each.attributes.at("tags") == "0"; }); // only how far the input was read
    BOOST_REQUIRE_EQUAL(written.size(), 2u);
    BOOST_TEST(written[0].parent == 0u); // many evaluations share one
    BOOST_TEST(written[0].attributes.at("tags") == "2");
    for (auto const& span : spans.ended) {
        for (auto const& [key, value] : span.attributes)
            BOOST_TEST(value.find("SECRET") == value.npos, span.name << ": " << key << " is " << value);
    }
    subject->stop();
    wait();
    subject.reset();
}

BOOST_AUTO_TEST_CASE(rule_change_is_live_and_told) {
    options.allow_deletions = true; // it is the only rule
    start();
    auto heard = subject->subscribe("ttp.rule.*.R1");
    rule_state clipped;
    clipped.status = rule_status::clipped;
    clipped.confidence_max = 0.5;
    run(subject->set_state("R1", clipped, "ops"));
    time.settle();
    BOOST_TEST(run(heard.next())->topic == "ttp.rule.state.R1");
    BOOST_TEST(run(subject->evaluate(command("c1"))).value().at(0).confidence == 0.5);
    BOOST_TEST(told.back() == "revision 2: rule R1 is clipped to 0.5 by ops");
    run(subject->clear_state("R1", "ops"));
    time.settle();
    BOOST_TEST(run(heard.next())->topic == "ttp.rule.state.R1");
    BOOST_TEST(told.back() == "revision 3: rule R1 is enabled again, its state was cleared");
    directory.remove("rules/R1.yaml");
    subject->rescan();
    time.settle();
    BOOST_TEST(run(heard.next())->topic == "ttp.rule.reloaded.R1");
    BOOST_TEST(run(subject->evaluate(command("c2"))).value().empty());
}

BOOST_AUTO_TEST_CASE(evaluation_that_waits_for_a_host_that_ends_is_told) {
    start();
    subject->stop();
    wait();
    BOOST_CHECK_THROW(run(subject->evaluate(command("c1"))), boost::system::system_error);
}

BOOST_AUTO_TEST_CASE(evaluations_that_wait_for_room_are_told_when_the_host_ends) {
    constexpr std::size_t count = 400;
    notification never(loop.get_executor());
    stuck_sink stuck{never};
    options.printed = &stuck;
    start();
    auto heavy = command("c");
    for (auto const* const field : {"uid", "user", "src", "pwd"})
        heavy.payload[field] = std::string(64 * 1024, 'x');
    std::size_t aborted = 0;
    for (std::size_t i = 0; i != count; ++i) {
        heavy.source_id = "c" + std::to_string(i);
        asio::co_spawn(loop, subject->evaluate(heavy),
                       [&](std::exception_ptr ended, auto const&) { aborted += bool(ended); });
    }
    time.settle();
    BOOST_TEST(subject->statistics().waiting_tags < count); // the others wait for room
    subject->stop();
    wait();
    BOOST_TEST(!running);
    BOOST_TEST(aborted == count);
}

BOOST_AUTO_TEST_CASE(evaluation_of_a_host_that_was_stopped_before_it_ran_is_told) {
    subject = std::make_unique<host>(loop.get_executor(), loop.get_executor(), time, options);
    bool aborted = false;
    asio::co_spawn(loop, subject->evaluate(command("c1")),
                   [&](std::exception_ptr ended, auto const&) { aborted = bool(ended); });
    subject->stop();
    run(subject->run());
    time.settle();
    BOOST_TEST(aborted);
}

BOOST_AUTO_TEST_CASE(absent_input_fails_the_run) {
    file_input input;
    input.path = (directory / "absent").string();
    input.at_end = file_input::end::stop;
    options.inputs.emplace_back(input);
    start();
    BOOST_TEST(!running);
    BOOST_TEST(bool(problem));
}

BOOST_AUTO_TEST_CASE(options_that_cannot_be_are_refused) {
    auto const make = [this] { host(loop.get_executor(), loop.get_executor(), time, options); };
    options.inputs.resize(2);
    BOOST_CHECK_THROW(make(), std::invalid_argument);
    nats_input stream;
    stream.url = "nats://me:secret@localhost/EVENTS";
    options.inputs = {stream, stream};
    BOOST_CHECK_EXCEPTION(make(), std::invalid_argument, [](std::exception const& refused) {
        return refused.what() == std::string("the input nats:EVENTS is given twice");
    });
    options.inputs.clear();
    options.worker = std::string(65, 'w');
    BOOST_CHECK_THROW(make(), std::invalid_argument);
    options.worker.clear();
    options.rules.clear();
    BOOST_CHECK_THROW(make(), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
