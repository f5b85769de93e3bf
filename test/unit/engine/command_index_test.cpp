// Rules about commands: evaluation with tables, against testing every rule with every command.
#include "engine/rule_index.hpp"

#include "support/definitions.hpp"
#include "support/events.hpp"
#include "support/seed.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <random>

namespace rulehost {

namespace {

constexpr std::size_t rule_count = 500;
constexpr std::size_t lines = 1'500;

/// RULEHOST_SEED replays a run; the seed is in the message of every failure.
std::uint64_t seed_of_commands() {
    return test::seed_or(20'261'129);
}

constexpr std::string_view programs[]{"wget", "curl", "cat", "echo",    "sh",     "chmod", "rm",     "python", "nc",
                                      "sudo", "cp",   "tee", "crontab", "export", "xargs", "ftpget", "Tool"};
constexpr std::string_view paths[]{"/etc/passwd", "/etc/cron.d/x", "/tmp/a",       "/var/log/auth.log", "x.sh", "./a",
                                   "~/.ssh/b",    "/dev/shm/.x",   "/etc//shadow", "/var/tmp/../log/b"};
constexpr std::string_view globs[]{
    "'/etc/*'", "/tmp/",    "'*.sh'", "passwd", "'*shadow*'", "'/var/log/*'",   "a",     "'{a,b}'", "'*'",
    "'?*'",     "'*[sx]h'", "'~/*'",  "'.*'",   "'http://*'", "'10.0.0.?:80*'", "'*x*b'"};

class generator {
public:
    explicit generator(std::uint64_t seed) : random_(seed) {}

    std::size_t below(std::size_t limit) { return random_() % limit; }

    template <std::size_t N>
    std::string of(std::string_view const (&all)[N]) {
        return std::string(all[below(N)]);
    }

    std::string value() {
        switch (below(9)) {
        case 0:
            return "{not: " + value() + "}";
        case 1:
            return "{all: [" + value() + ", " + value() + "]}";
        case 2:
            return "{any: " + value() + ", except: " + of(globs) + "}";
        case 3:
            return "[" + value() + ", " + of(globs) + "]";
        case 4:
            return "{pattern: '(?:tmp|etc).*a|secret|ab+c'}";
        case 5:
            return of(paths);
        default:
            return of(globs);
        }
    }

    std::string name() { return below(4) == 0 ? "[" + of(programs) + ", '*get']" : of(programs); }

    std::string map(bool inner = false) {
        std::string text = "{";
        std::map<std::string, std::string> chosen;
        for (auto count = 1 + below(3); count != 0; --count) {
            switch (below(14)) {
            case 0:
            case 1:
            case 2:
                chosen["program"] = below(6) == 0 ? "{not: " + name() + "}" : name();
                break;
            case 3:
                chosen["via"] = name();
                break;
            case 4:
                chosen["option"] = below(2) == 0 ? "-r" : "{-o: " + value() + "}";
                break;
            case 5:
                chosen["sets"] = "{'{A,LD}*': " + value() + "}";
                break;
            case 6:
                chosen["data"] = below(3) == 0 ? "some" : value();
                break;
            case 7: {
                constexpr std::string_view effects[]{"reads",   "writes",   "runs",   "deletes",
                                                     "fetches", "connects", "empties"};
                chosen[of(effects)] = value();
                break;
            }
            case 8:
                chosen["file"] = value();
                break;
            case 9:
                chosen["text"] = value();
                break;
            case 10:
                chosen["subcommand"] = below(2) == 0 ? "'{a,+x} *'" : value();
                break;
            case 11:
                if (!inner)
                    chosen[below(2) == 0 ? "piped_to" : "piped_from"] = map(true);
                break;
            case 12:
                chosen["ignore_case"] = "true";
                break;
            default:
                chosen[below(2) == 0 ? "operand" : "argument"] = value();
            }
        }
        if (chosen.empty() || (chosen.size() == 1 && chosen.contains("ignore_case")))
            chosen["program"] = name();
        for (auto const& [key, each] : chosen)
            text += key + ": " + each + ", ";
        return text + "}";
    }

    std::string match() {
        auto const command = [&] { return "{command: [" + map() + ", " + map() + "]}"; };
        switch (below(6)) {
        case 0:
            return "{all_of: [" + command() + ", {not: " + command() + "}]}";
        case 1:
            return "{any_of: [" + command() + ", {pattern: 'secret'}]}";
        case 2:
            return "{commands_in_order: [" + map() + ", " + map() + "]}";
        case 3:
            return "{commands_in_order: [{fetches: '*'}, " + map() + "], same: file}";
        default:
            return command();
        }
    }

    std::string word() {
        switch (below(8)) {
        case 0:
            return "-" + std::string(1, "rof"[below(3)]);
        case 1:
            return "http://10.0.0.1/" + of(paths);
        case 2:
            return "'se'cret";
        case 3:
            return "+x";
        case 4:
            return "$A";
        case 5:
            return "abbc";
        default:
            return of(paths);
        }
    }

    std::string command() {
        std::string text;
        constexpr std::string_view fronts[]{"sudo ", "env LDX=/tmp/a ", "A=/etc/b ", "busybox ", "nohup "};
        if (below(4) == 0)
            text += of(fronts);
        auto name = of(programs);
        if (below(8) == 0)
            name.insert(1, "''");
        text += name;
        for (auto count = below(4); count != 0; --count)
            text += " " + word();
        constexpr std::string_view signs[]{" > ", " >> ", " < "};
        if (below(4) == 0)
            text += of(signs) + of(paths);
        return text;
    }

    std::string line() {
        std::string text;
        constexpr std::string_view joints[]{"; ", " | ", " && ", "\n"};
        if (below(5) == 0)
            text = "cd /etc; ";
        for (auto count = 1 + below(4); count != 0; --count)
            text += command() + (count == 1 ? "" : of(joints));
        switch (below(12)) {
        case 0:
            return "sh -c \"" + text + "\"";
        case 1:
            return "for i in a b; do " + text + "; done > /tmp/out";
        case 2:
            return "echo " + text + " | sh";
        case 3:
            return "(" + text + ") <<E\nsecret\n/etc/passwd\nE";
        case 4:
            return "x=$(" + text + "); echo $x";
        case 5:
            return "echo c2ggL3RtcC9hOyBybSAvZXRjL3Bhc3N3ZA== | base64 -d | sh; " + text;
        default:
            return text;
        }
    }

private:
    std::mt19937_64 random_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(index_of_rules_about_commands)

BOOST_AUTO_TEST_CASE(tables_find_what_testing_every_rule_finds) {
    generator generate(seed_of_commands());
    std::vector<std::shared_ptr<rule_program const>> programs_of_rules;
    std::vector<std::string> texts;
    for (std::size_t i = 0; i != rule_count; ++i) {
        texts.push_back(generate.match());
        programs_of_rules.push_back(
            std::make_shared<rule_program>(test::rule_matching(texts.back(), "R" + std::to_string(i))));
    }
    auto const index = std::make_shared<rule_index>(programs_of_rules);
    rule_index::memory memory;
    memory.make_ready_for(index);
    subject on;
    std::size_t held = 0;
    std::size_t candidates = 0;
    std::size_t wrong = 0;
    for (std::size_t i = 0; i != lines; ++i) {
        auto const line = generate.line();
        auto const e = test::command(line);
        on.look_at(e, 64 * 1024);
        std::vector<bool> by_tables(rule_count);
        for (auto const& candidate : index->candidates(on, memory)) {
            match_detail ignored;
            on.begin_rule(candidate.open);
            by_tables[candidate.rule] = candidate.variant->match.test(on, ignored) == truth::yes;
            ++candidates;
        }
        for (std::size_t rule = 0; rule != rule_count; ++rule) {
            match_detail ignored;
            on.begin_rule();
            bool const holds = programs_of_rules[rule]->variant_for("command")->match.test(on, ignored) == truth::yes;
            held += holds;
            if (holds != by_tables[rule] && ++wrong < 5)
                BOOST_TEST_MESSAGE("seed " << seed_of_commands() << ": " << texts[rule] << " is " << holds
                                           << " for: " << line);
        }
    }
    BOOST_TEST(wrong == 0u, "seed " << seed_of_commands() << ", " << wrong << " wrong");
    BOOST_TEST_MESSAGE(held << " of " << candidates << " candidates held, of " << rule_count * lines);
    // A comparison in which nothing ever matches, or in which every rule is a candidate, proves nothing.
    BOOST_TEST(held > rule_count * lines / 50);
    BOOST_TEST(candidates < rule_count * lines * 3 / 4);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
