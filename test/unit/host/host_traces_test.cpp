#include "hosting.hpp"

using namespace test;

BOOST_FIXTURE_TEST_SUITE(traces_of_a_host, hosting)

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
    subject.reset(); // before the spans are destroyed
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
    BOOST_TEST(spans.named("ttp.rule.publish").size() == 2u); // the decision and its expiry
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
    BOOST_TEST(run(subject->evaluate(typed_command("SECRET-3", "wget SECRET-y"))).value().size() == 1u);
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
    std::erase_if(written,
                  [](auto const& each) { return each.attributes.at("tags") == "0"; }); // only the position of the input
    BOOST_REQUIRE_EQUAL(written.size(), 2u);
    BOOST_TEST(written[0].parent == 0u); // many evaluations share one
    BOOST_TEST(written[0].attributes.at("tags") == "2");
    for (auto const& span : spans.ended)
        for (auto const& [key, value] : span.attributes)
            BOOST_TEST(value.find("SECRET") == value.npos, span.name << ": " << key << " is " << value);
    subject->stop();
    wait();
    subject.reset();
}

BOOST_AUTO_TEST_SUITE_END()
