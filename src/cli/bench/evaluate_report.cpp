#include "cli/bench/evaluate_report.hpp"

#include "cli/bench/figures.hpp"
#include "text/plural.hpp"

#include <cmath>
#include <utility>

namespace rulehost::cli {

boost::json::object to_json(evaluate_report const& r) {
    boost::json::object made{
        {"rules", r.rules},
        {"lines", r.lines},
        {"bad_lines", r.bad_lines},
        {"refused_events", r.refused},
        {"events", r.events},
        {"tags", r.tags},
        {"bytes_per_event", std::llround(r.bytes_per_event)},
        {"events_per_second", std::llround(r.events_per_second)},
        {"nanoseconds_per_event",
         {{"text_to_tags", rounded(r.middle.whole, 1)},
          {"evaluate", rounded(r.middle.evaluate, 1)},
          {"bare_parse", rounded(r.middle.parse, 1)},
          {"bare_scan", rounded(r.middle.scan, 1)}}},
        {"ratios",
         {{"text_to_tags_to_bare_parse_and_scan", rounded(r.whole_to_bare, 2)},
          {"evaluate_to_bare_scan", rounded(r.evaluate_to_scan, 2)}}},
        {"expressions_left_out_of_bare_scan", r.left_out_of_scan},
        {"load_seconds",
         {{"read", rounded(r.read_seconds, 3)}, {"first_evaluation", rounded(r.first_evaluation_seconds, 3)}}},
        {"mebibytes",
         {{"rules", rounded(r.of_rules, 1)}, {"resident", rounded(r.resident, 1)}, {"peak", rounded(r.peak, 1)}}},
    };
    if (r.threads > 1)
        made["threads"] = {{"count", r.threads},
                           {"speedup", rounded(r.speedup, 2)},
                           {"speedup_of_threads_apart", rounded(r.speedup_apart, 2)}};
    auto& costs = made["costs"].emplace_array();
    for (auto const& one : r.costs) {
        boost::json::object entry{{"rule_id", nullptr},
                                  {"share", rounded(one.share, 4)},
                                  {"nanoseconds_per_event", rounded(one.nanoseconds_per_event, 1)}};
        if (!one.rule_id.empty()) {
            entry["rule_id"] = one.rule_id;
            entry["evaluations"] = one.evaluations;
            entry["matches"] = one.matches;
            entry["failures"] = one.failures;
        }
        costs.push_back(std::move(entry));
    }
    return made;
}

std::string to_text(evaluate_report const& r) {
    std::string text;
    auto const line = [&text](std::string const& value, std::string const& meaning) {
        text += padded(value, 12) + "  " + meaning + '\n';
    };
    line(shown(r.events_per_second),
         "events/s of one core, text in to tags out: " + plural(r.rules, "rule") + ", " + plural(r.events, "event") +
             " of " + shown(r.bytes_per_event) + " bytes, " + plural(r.tags, "tag"));
    line(shown(r.middle.whole) + " ns", "an event; " + shown(r.middle.evaluate) + " ns of them evaluation");
    line(shown(r.whole_to_bare, 2) + " x",
         "bare Boost.JSON and Vectorscan over the same bytes (" + shown(r.middle.parse) + " + " + shown(r.middle.scan) +
             " ns)");
    line(shown(r.evaluate_to_scan, 2) + " x", "evaluation alone, against bare Vectorscan over the same fields");
    if (r.threads > 1)
        line(shown(r.speedup, 2) + " x",
             "as fast on " + std::to_string(r.threads) + " threads; " + shown(r.speedup_apart, 2) +
                 " x on as many that share nothing, which is what the machine has");
    line(shown(r.first_evaluation_seconds, 2) + " s",
         "from rule files to the first evaluation (" + shown(r.read_seconds, 2) + " s of them reading)");
    line(shown(r.of_rules) + " MiB",
         "for the rules; the process has " + shown(r.resident) + ", at most " + shown(r.peak));
    if (r.bad_lines != 0)
        line(std::to_string(r.bad_lines), "lines are no events and were left out");
    if (r.refused != 0)
        line(std::to_string(r.refused), "events are refused and were left out; `rulehost eval` says why");
    text += "\n       share   ns/event  evaluations      matches  rule\n";
    for (auto const& one : r.costs) {
        text += padded(shown(one.share * 100, 1) + " %", 12) + padded(shown(one.nanoseconds_per_event, 1), 11);
        text += one.rule_id.empty() ? std::string(26, ' ') + "  (finding the rules worth asking)"
                                    : padded(std::to_string(one.evaluations), 13) +
                padded(std::to_string(one.matches), 13) + "  " + one.rule_id;
        if (one.failures != 0)
            text += ", " + plural(one.failures, "matching limit") + " hit";
        text += '\n';
    }
    return text;
}

} // namespace rulehost::cli
