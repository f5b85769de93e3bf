#include "cli/choice_option.hpp"
#include "cli/commands.hpp"
#include "cli/data_output.hpp"
#include "cli/program_directory.hpp"
#include "cli/rules/rule_sources.hpp"
#include "text/joined.hpp"
#include "text/plural.hpp"
#include "text/utf8.hpp"

#include <rulehost/diagnostic.hpp>
#include <rulehost/json_text.hpp>
#include <rulehost/rule_reader.hpp>
#include <rulehost/rule_tests.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace rulehost::cli {

namespace {

enum class report_format { text, junit };
enum class mutation { off, score, list };

struct test_options {
    std::vector<std::string> paths;
    report_format format = report_format::text;
    mutation mutants = mutation::score;
    bool strict = false;
};

/// A rule and the outcome of its tests.
struct tested_rule {
    std::shared_ptr<rule_definition const> definition;
    std::vector<failed_rule_test> failures;
    std::vector<rule_mutant> mutants;

    std::size_t noticed() const {
        return static_cast<std::size_t>(std::ranges::count_if(mutants, &rule_mutant::noticed));
    }
};

struct test_report {
    std::vector<diagnostic> unreadable; ///< errors of rules that could not be tested
    std::vector<tested_rule> rules;
    std::size_t tests = 0;
    std::size_t failed = 0;
    std::vector<std::string> without_positive; ///< rule ids
    std::vector<std::string> without_negative;
};

test_report run_tests(std::vector<rule_document> const& documents) {
    test_report report;
    for (auto& finding : check_rules(documents))
        if (finding.level == severity::error)
            report.unreadable.push_back(std::move(finding));
    for (auto const& document : documents) {
        auto const& rule = document.definition;
        if (!rule)
            continue;
        report.rules.push_back({rule, failed_rule_tests(rule), {}});
        report.tests += rule->tests.size();
        report.failed += report.rules.back().failures.size();
        auto const expects_nothing = [](rule_test const& test) { return test.expected.empty(); };
        if (std::ranges::all_of(rule->tests, expects_nothing))
            report.without_positive.push_back(rule->rule_id);
        if (std::ranges::none_of(rule->tests, expects_nothing))
            report.without_negative.push_back(rule->rule_id);
    }
    return report;
}

/// Changes rules whose tests pass, on every processor.
void run_mutants(std::vector<tested_rule>& rules, mutation shown) {
    auto const search = shown == mutation::list ? noticing_tests::search : noticing_tests::none;
    std::atomic<std::size_t> next = 0;
    auto const work = [&] {
        for (auto i = next++; i < rules.size(); i = next++)
            if (rules[i].failures.empty() && !rules[i].definition->tests.empty())
                rules[i].mutants = run_rule_mutants(rules[i].definition, search);
    };
    std::vector<std::jthread> helpers;
    for (auto i = std::thread::hardware_concurrency(); i > 1; --i)
        helpers.emplace_back(work);
    work();
}

/// Text for XML 1.0, which cannot express some control characters.
std::string xml(std::string_view text) {
    std::string out;
    auto const escaped = escape_for_terminal(text);
    for (std::string_view rest = escaped; !rest.empty();) {
        auto const unit = first_unit(rest);
        switch (unit.code_point) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        case 0xfffe:
            out += "\\u{fffe}";
            break;
        case 0xffff:
            out += "\\u{ffff}";
            break;
        default:
            out += rest.substr(0, unit.length);
        }
        rest.remove_prefix(unit.length);
    }
    return out;
}

std::string attribute(std::string_view name, std::string_view value) {
    return ' ' + std::string{name} + "=\"" + xml(value) + '"';
}

std::string failure_element(std::string_view tag, diagnostic const& finding) {
    return "      <" + std::string{tag} + attribute("type", finding.code) + attribute("message", finding.message) +
        ">" + xml(finding.path) + ':' + std::to_string(finding.line) + "</" + std::string{tag} + ">\n";
}

std::string property(std::string_view name, std::size_t value) {
    return "      <property" + attribute("name", name) + attribute("value", std::to_string(value)) + "/>\n";
}

std::string junit_suite(tested_rule const& rule) {
    auto const& definition = *rule.definition;
    auto out = "  <testsuite" + attribute("name", definition.rule_id) + attribute("file", definition.path) +
        attribute("tests", std::to_string(definition.tests.size())) +
        attribute("failures", std::to_string(rule.failures.size())) + ">\n";
    if (!rule.mutants.empty())
        out += "    <properties>\n" + property("mutants", rule.mutants.size()) +
            property("mutants noticed", rule.noticed()) + "    </properties>\n";
    for (std::size_t i = 0; i != definition.tests.size(); ++i) {
        auto const& test = definition.tests[i];
        out += "    <testcase" + attribute("classname", definition.rule_id) +
            attribute("name", test.name.empty() ? "test " + std::to_string(i + 1) : test.name);
        auto const failure = std::ranges::find(rule.failures, i, &failed_rule_test::place);
        out += failure == rule.failures.end()
            ? "/>\n"
            : ">\n" + failure_element("failure", failure->found) + "    </testcase>\n";
    }
    return out + "  </testsuite>\n";
}

std::string to_junit(test_report const& report) {
    auto out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"rulehost\"" +
        attribute("tests", std::to_string(report.tests + report.unreadable.size())) +
        attribute("failures", std::to_string(report.failed)) +
        attribute("errors", std::to_string(report.unreadable.size())) + ">\n";
    if (!report.unreadable.empty()) {
        auto const count = std::to_string(report.unreadable.size());
        out += "  <testsuite name=\"rules that cannot be read\"" + attribute("tests", count) +
            attribute("errors", count) + ">\n";
        for (auto const& finding : report.unreadable)
            out += "    <testcase" + attribute("classname", finding.rule_id) + attribute("name", finding.path) + ">\n" +
                failure_element("error", finding) + "    </testcase>\n";
        out += "  </testsuite>\n";
    }
    for (auto const& rule : report.rules)
        out += junit_suite(rule);
    return out + "</testsuites>\n";
}

/// `text` as one word of a shell's command line.
std::string shell_word(std::string_view text) {
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./-";
    if (!text.empty() && text.find_first_not_of(plain) == std::string_view::npos)
        return std::string(text);
    std::string word = "'";
    for (char const c : text)
        word += c == '\'' ? "'\\''" : std::string(1, c);
    return word + '\'';
}

/// `test` in the form of an entry of `tests:`.
std::string test_text(rule_test const& test) {
    return "{event: " + escape_for_terminal(json_text(test.events.front().payload)) + ", expect: [" +
        joined(test.expected, ", ") + "]}";
}

std::string to_text(tested_rule const& rule, rule_mutant const& mutant) {
    auto out = escape_for_terminal(rule.definition->path + ':' + std::to_string(mutant.line) + ": " +
                                   rule.definition->rule_id + ": no test notices: " + mutant.change) +
        '\n';
    if (!mutant.expression.empty())
        out += "    changed: " + escape_for_terminal(mutant.expression) + '\n';
    if (mutant.noticing)
        out += "    a test that notices: " + test_text(*mutant.noticing) + '\n';
    return out;
}

/// A command line that explains the outcome of a test of one event; empty for a test of several.
std::string question_about(rule_definition const& rule, rule_test const& test) {
    if (test.events.size() != 1)
        return {};
    auto const slash = rule.path.rfind('/');
    auto const directory = slash == std::string::npos ? std::string(".") : rule.path.substr(0, slash + 1);
    return "why: rulehost explain --rules " + shell_word(directory) + " --rule " + rule.rule_id + " --kind " +
        shell_word(test.events.front().source_kind) + ' ' + shell_word(json_text(test.events.front().payload));
}

std::string to_text(test_report const& report, mutation shown) {
    std::string out;
    for (auto const& finding : report.unreadable)
        out += rulehost::to_text(finding);
    for (auto const& rule : report.rules) {
        for (auto const& [place, found] : rule.failures) {
            auto with_hint = found;
            with_hint.hint = question_about(*rule.definition, rule.definition->tests[place]);
            out += rulehost::to_text(with_hint);
        }
        for (auto const& mutant : rule.mutants)
            if (shown == mutation::list && !mutant.noticed)
                out += to_text(rule, mutant);
    }
    return out;
}

std::string coverage(std::vector<std::string> const& rules, std::string_view kind) {
    if (rules.empty())
        return {};
    auto out = plural(rules.size(), "rule") + " without a " + std::string{kind} + " test:";
    for (auto const& rule : rules)
        out += ' ' + rule;
    return out + '\n';
}

std::string percent(std::size_t part, std::size_t whole) {
    return std::to_string(100 * part / whole) + " %";
}

/// The mutation score of the tests, and the rules with the lowest ones.
std::string strength(std::vector<tested_rule> const& rules) {
    constexpr std::size_t shown = 5;
    std::size_t mutants = 0;
    std::size_t noticed = 0;
    std::vector<tested_rule const*> weakest;
    for (auto const& rule : rules) {
        mutants += rule.mutants.size();
        noticed += rule.noticed();
        if (rule.noticed() != rule.mutants.size())
            weakest.push_back(&rule);
    }
    if (mutants == 0)
        return {};
    std::ranges::sort(weakest, {}, [](tested_rule const* rule) {
        return std::pair(static_cast<double>(rule->noticed()) / static_cast<double>(rule->mutants.size()),
                         std::string_view{rule->definition->rule_id});
    });
    auto out = "mutation strength: " + percent(noticed, mutants) + " (" + std::to_string(noticed) + " of " +
        plural(mutants, "change") + " noticed)";
    for (std::size_t i = 0; i != std::min(weakest.size(), shown); ++i)
        out += (i == 0 ? "; weakest: " : ", ") + weakest[i]->definition->rule_id + ' ' +
            std::to_string(weakest[i]->noticed()) + '/' + std::to_string(weakest[i]->mutants.size());
    return out + '\n';
}

exit_code test(test_options const& options) {
    auto sources = read_rule_sources(options.paths);
    auto report = run_tests(std::move(sources.documents));
    std::ranges::copy_if(sources.list_findings, std::back_inserter(report.unreadable),
                         [](diagnostic const& each) { return each.level == severity::error; });
    std::ranges::move(empty_directories(options.paths), std::back_inserter(report.unreadable));
    if (options.mutants != mutation::off)
        run_mutants(report.rules, options.mutants);
    data_output output;
    output.write(options.format == report_format::junit ? to_junit(report) : to_text(report, options.mutants));
    output.flush();
    std::cerr << coverage(report.without_positive, "positive") << coverage(report.without_negative, "negative")
              << strength(report.rules) << plural(report.rules.size(), "rule") << ", " << plural(report.tests, "test")
              << ", " << report.failed << " failed";
    if (!report.unreadable.empty())
        std::cerr << ", " << plural(report.unreadable.size(), "error") << " in rules that were not tested";
    std::cerr << std::endl;
    auto const covered = report.without_positive.empty() && report.without_negative.empty();
    return report.failed != 0 || !report.unreadable.empty() || (options.strict && !covered) ? exit_code::findings
                                                                                            : exit_code::ok;
}

} // namespace

void add_test(CLI::App& program, exit_code& result) {
    auto const options = std::make_shared<test_options>();
    auto* const command = program.add_subcommand("test", "Run the rules' own tests");
    command->add_option("RULES", options->paths, "Rule files, or directories of them")->required();
    add_programs_option(*command);
    add_choice_option(*command, "--format", options->format,
                      {{"text", report_format::text}, {"junit", report_format::junit}},
                      "Form of the report: text, junit")
        ->default_str("text");
    add_choice_option(
        *command, "--mutation", options->mutants,
        {{"off", mutation::off}, {"score", mutation::score}, {"list", mutation::list}},
        "Change each rule in one place at a time (a condition dropped, a class widened, a threshold moved) "
        "and tell how many changes its tests notice: off, score, list (each that none notices, with a test that would)")
        ->default_str("score");
    command->add_flag("--strict", options->strict, "A rule without a positive and a negative test fails too");
    command->footer("Examples: rulehost test rules\n"
                    "          rulehost test --mutation list rules/R0015_suid_search.yaml\n"
                    "          rulehost test --format junit rules > rules.xml\n"
                    "Exits 1 when a test fails or a rule cannot be read, with --strict also when a rule lacks tests.");
    command->callback([options, &result] { result = test(*options); });
}

} // namespace rulehost::cli
