#include "observability/metrics_page.hpp"

#include "support/definitions.hpp"
#include "support/events.hpp"

#include <limits>
#include <memory>
#include <string>

using namespace rulehost;

namespace {

bool holds(std::string const& text, std::string const& line) {
    return text.starts_with(line + "\n") || text.find("\n" + line + "\n") != text.npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(metrics)

BOOST_AUTO_TEST_CASE(family_says_what_it_is_and_then_its_samples) {
    metrics_text page;
    page.family("a_total", metrics_text::kind::counter, "What it counts.");
    page.sample(std::uint64_t{3}, {{"x", "1"}, {"y", "2"}});
    page.sample(0.25);
    BOOST_TEST(page.take() ==
               "# HELP a_total What it counts.\n# TYPE a_total counter\na_total{x=\"1\",y=\"2\"} 3\na_total 0.25\n");
}

BOOST_AUTO_TEST_CASE(numbers_are_exact_and_odd_ones_have_their_names) {
    metrics_text page;
    page.family("a", metrics_text::kind::gauge, "");
    page.sample(std::numeric_limits<std::uint64_t>::max());
    for (auto const value : {1e300, std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(),
                             std::numeric_limits<double>::quiet_NaN()})
        page.sample(value);
    auto const text = page.take();
    for (auto const* const number : {"18446744073709551615", "1e+300", "+Inf", "-Inf", "NaN"})
        BOOST_TEST(holds(text, std::string("a ") + number));
}

BOOST_AUTO_TEST_CASE(label_values_cannot_break_out_of_their_quotes_or_line) {
    metrics_text page;
    page.family("a", metrics_text::kind::gauge, "");
    page.sample(std::uint64_t{1}, {{"x", "\"} 1\nb 2\\\x1b[2J\xff"}});
    auto const text = page.take();
    BOOST_TEST(holds(text, R"(a{x="\"} 1\\x0ab 2\\\\x1b[2J\\xff"} 1)"), text);
}

BOOST_AUTO_TEST_CASE(histogram_counts_up_to_infinity) {
    duration_histogram lengths;
    lengths.record(std::chrono::milliseconds{1});
    lengths.record(std::chrono::milliseconds{2});
    lengths.record(std::chrono::hours{1});
    lengths.record(std::chrono::seconds{-1});
    metrics_text page;
    page.family("a", metrics_text::kind::histogram, "");
    page.sample(lengths, {{"x", "1"}});
    auto const text = page.take();
    BOOST_TEST(holds(text, R"(a_bucket{x="1",le="0.001"} 2)"));
    BOOST_TEST(holds(text, R"(a_bucket{x="1",le="0.005"} 3)"));
    BOOST_TEST(holds(text, R"(a_bucket{x="1",le="300"} 3)"));
    BOOST_TEST(holds(text, R"(a_bucket{x="1",le="+Inf"} 4)"));
    BOOST_TEST(holds(text, R"(a_sum{x="1"} 3600.003)"));
    BOOST_TEST(holds(text, R"(a_count{x="1"} 4)"));
}

BOOST_AUTO_TEST_CASE(every_live_rule_is_reported_from_zero) {
    engine rules;
    rule_snapshot snapshot;
    snapshot.revision = 7;
    snapshot.rules.push_back(std::make_shared<compiled_rule>(test::rule_matching("{pattern: wget}"), rule_state{}));
    snapshot.rules.push_back(
        std::make_shared<compiled_rule>(test::rule_matching("{pattern: curl}", "R2"), rule_state{}));
    rules.replace(snapshot);
    static_cast<void>(rules.evaluate(test::command("wget x"), test::noon).value());
    metrics_text page;
    write_engine(page, rules, test::noon);
    auto const text = page.take();
    BOOST_TEST(holds(text, R"(rulehost_rule_matches_total{rule_id="R1"} 1)"));
    BOOST_TEST(holds(text, R"(rulehost_rule_matches_total{rule_id="R2"} 0)"));
    BOOST_TEST(holds(text, "rulehost_rules 2"));
    BOOST_TEST(holds(text, "rulehost_rules_revision 7"));
}

BOOST_AUTO_TEST_CASE(decisions_and_the_rules_that_they_lower_are_reported) {
    engine rules;
    rule_snapshot snapshot;
    for (auto const* const id : {"R1", "R2", "R3", "R4"})
        snapshot.rules.push_back(
            std::make_shared<compiled_rule>(test::rule_matching("{pattern: x}", id), rule_state{}));
    auto state = rule_state::clipped(0.5, "noisy", test::noon + std::chrono::hours{1});
    state.revision = 3;
    snapshot.states.emplace("R1", state);
    snapshot.states.emplace("R3", rule_state::disabled("over", test::noon)); // it has just expired
    decision wide(decision_effect::disable, {"R2"});
    wide.id = 4;
    snapshot.decisions.emplace(4, wide);
    decision scoped(decision_effect::disable, {"R4"});
    scoped.id = 5;
    scoped.scope = {"session_id=1"};
    snapshot.decisions.emplace(5, scoped);
    rules.replace(snapshot);
    metrics_text page;
    write_engine(page, rules, test::noon);
    auto const text = page.take();
    BOOST_TEST(holds(text, R"(rulehost_rule_state{rule_id="R1",state="clipped"} 1)"));
    BOOST_TEST(holds(text, R"(rulehost_rule_state{rule_id="R2",state="disabled"} 1)"));
    BOOST_TEST((text.find(R"(rulehost_rule_state{rule_id="R3")") == text.npos));
    BOOST_TEST((text.find(R"(rulehost_rule_state{rule_id="R4")") == text.npos));
    BOOST_TEST(holds(text, R"(rulehost_decision_end_timestamp_seconds{decision_id="3",effect="clip"} 1767272400)"));
    BOOST_TEST(holds(text, R"(rulehost_decision_end_timestamp_seconds{decision_id="4",effect="disable"} 0)"));
    BOOST_TEST(holds(text, R"(rulehost_decision_end_timestamp_seconds{decision_id="5",effect="disable"} 0)"));
}

BOOST_AUTO_TEST_CASE(every_adapter_of_an_input_is_reported) {
    host_statistics counts;
    counts.inputs.resize(2);
    counts.inputs[0].name = "a.json";
    counts.inputs[0].adapters = {{.adapter = "cowrie", .parsed = 7, .skewed = 1, .skipped = 2, .unparsable = 3},
                                 {.adapter = "detect", .unparsable = 4}};
    counts.inputs[1].name = "b.json";
    counts.inputs[1].adapters = {{.adapter = "cowrie", .parsed = 5}};
    metrics_text page;
    write_host(page, counts);
    auto const text = page.take();
    for (auto const* const line : {R"(rulehost_adapter_events_total{input="a.json",adapter="cowrie"} 7)",
                                   R"(rulehost_adapter_events_total{input="b.json",adapter="cowrie"} 5)",
                                   R"(rulehost_adapter_skewed_total{input="a.json",adapter="cowrie"} 1)",
                                   R"(rulehost_adapter_skipped_total{input="a.json",adapter="cowrie"} 2)",
                                   R"(rulehost_adapter_unparsable_total{input="a.json",adapter="cowrie"} 3)",
                                   R"(rulehost_adapter_unparsable_total{input="a.json",adapter="detect"} 4)"})
        BOOST_TEST(holds(text, line), line);
}

BOOST_AUTO_TEST_CASE(every_output_is_reported) {
    host_statistics counts;
    counts.outputs.resize(2);
    counts.outputs[0] = {.name = "soc", .sent = 7, .retries = 2, .lost = 1, .lag = std::chrono::milliseconds{1500}};
    counts.outputs[1].name = "archive";
    metrics_text page;
    write_host(page, counts);
    auto const text = page.take();
    for (auto const* const line :
         {R"(rulehost_output_sent_total{output="soc"} 7)", R"(rulehost_output_sent_total{output="archive"} 0)",
          R"(rulehost_output_retries_total{output="soc"} 2)", R"(rulehost_output_rejected_total{output="soc"} 1)",
          R"(rulehost_output_lag_seconds{output="soc"} 1.5)", R"(rulehost_output_lag_seconds{output="archive"} 0)"})
        BOOST_TEST(holds(text, line), line);
}

BOOST_AUTO_TEST_CASE(everything_that_a_host_counts_is_reported) {
    host_statistics counts;
    counts.ready = true;
    counts.inputs.emplace_back().name = "a.json";
    counts.inputs[0].events = 1;
    counts.inputs[0].tags = 2;
    counts.inputs[0].withheld = 3;
    counts.inputs[0].failures = 4;
    counts.inputs[0].rejected = 5;
    counts.stored_tags = 6;
    counts.known_tags = 7;
    counts.waiting_tags = 8;
    counts.spooled_bytes = 9;
    counts.unpublished_messages = 10;
    counts.dropped_messages = 11;
    counts.dead_letters = 12;
    counts.dropped_dead_letters = 13;
    counts.unprinted_tags = 16;
    counts.inputs[0].expired = 17;
    counts.overflowed_messages = 18;
    counts.expired_tags = 19;
    counts.stored_steps = 20;
    counts.dropped_steps = 21;
    counts.quarantined_rules = 14;
    counts.refused_rules = 15;
    counts.withheld_deletions = 16;
    counts.rules_stale_since = time_point{std::chrono::seconds{1500}};
    counts.propagation.record(std::chrono::milliseconds{7});
    metrics_text page;
    write_host(page, counts);
    auto const text = page.take();
    for (auto const* const line : {"rulehost_rules_complete 1",
                                   R"(rulehost_events_total{input="a.json"} 1)",
                                   R"(rulehost_tags_total{input="a.json"} 2)",
                                   R"(rulehost_withheld_total{input="a.json"} 3)",
                                   R"(rulehost_suppressed_total{input="a.json"} 3)",
                                   R"(rulehost_failures_total{input="a.json"} 4)",
                                   R"(rulehost_input_rejected_total{input="a.json"} 5)",
                                   "rulehost_tags_stored_total 6",
                                   "rulehost_tags_known_total 7",
                                   "rulehost_tags_waiting 8",
                                   "rulehost_tags_unprinted_total 16",
                                   R"(rulehost_events_expired_total{input="a.json"} 17)",
                                   "rulehost_outbox_overflowed_total 18",
                                   "rulehost_tags_expired_total 19",
                                   "rulehost_steps_stored_total 20",
                                   "rulehost_steps_dropped_total 21",
                                   "rulehost_spool_bytes 9",
                                   "rulehost_outbox_messages 10",
                                   "rulehost_messages_dropped_total 11",
                                   "rulehost_dead_letters_total 12",
                                   "rulehost_dead_letters_dropped_total 13",
                                   "rulehost_rules_quarantined 14",
                                   "rulehost_rules_refused 15",
                                   "rulehost_rules_deletions_withheld 16",
                                   "rulehost_rules_stale_timestamp_seconds 1500",
                                   "rulehost_rules_stale_since_seconds 1500",
                                   "rulehost_rules_propagation_seconds_count 1",
                                   "rulehost_database_lost_timestamp_seconds 0",
                                   "rulehost_database_lost_since_seconds 0"})
        BOOST_TEST(holds(text, line), line);
}

BOOST_AUTO_TEST_SUITE_END()
