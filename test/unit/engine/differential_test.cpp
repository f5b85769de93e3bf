// Evaluation with tables, against testing every rule.
#include "engine/rule_index.hpp"

#include "support/events.hpp"
#include "support/generated_conditions.hpp"
#include "support/seed.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <map>
#include <set>

namespace rulehost {

namespace {

constexpr std::size_t rules = 400;
constexpr std::size_t events = 600;
constexpr std::size_t scan_limit = 64 * 1024;

/// RULEHOST_SEED replays a run; the seed is in the message of every failure.
std::uint64_t seed() {
    return test::seed_or(20'260'101);
}

std::shared_ptr<rule_index const> index_of(std::vector<std::shared_ptr<rule_program const>> const& programs) {
    return std::make_shared<rule_index>(programs);
}

std::map<std::uint32_t, truth> asked_after_tables(rule_index const& index, subject& on, rule_index::memory& memory) {
    std::map<std::uint32_t, truth> answers;
    for (auto const& candidate : index.candidates(on, memory)) {
        match_detail ignored;
        on.begin_rule(candidate.open);
        if (auto const one = candidate.variant->match.test(on, ignored); one != truth::no)
            answers.emplace(candidate.rule, one);
    }
    return answers;
}

std::map<std::uint32_t, truth> asked_one_by_one(std::vector<std::shared_ptr<rule_program const>> const& programs,
                                                subject& on) {
    std::map<std::uint32_t, truth> answers;
    for (std::size_t i = 0; i != programs.size(); ++i) {
        match_detail ignored;
        on.begin_rule();
        auto const* const asked = programs[i]->variant_for(on.observed().source_kind);
        if (auto const one = asked->match.test(on, ignored); one != truth::no)
            answers.emplace(static_cast<std::uint32_t>(i), one);
    }
    return answers;
}

/// Text of a condition, for the message of a failure.
std::string spelt(condition const& c) {
    if (c.kind != condition::node::test) {
        std::string all = c.kind == condition::node::all_of ? "all("
            : c.kind == condition::node::any_of             ? "any("
                                                            : "none(";
        for (auto const& child : c.children)
            all += spelt(child) + " ";
        return all + ")";
    }
    std::string const flag = c.matching == condition::letter_case::ignored ? "i" : "";
    return c.expression ? "/" + c.expression->expression() + "/" + flag
                        : boost::json::serialize(boost::json::array(c.operands.begin(), c.operands.end())) + flag;
}

event any_event(test::condition_generator& generate, std::string_view kind, std::string_view field) {
    auto e = test::make_event(kind, "{}");
    if (kind == "payload" && generate.below(4) == 0) {
        auto& list = e.payload[field].emplace_array();
        for (auto elements = generate.below(4); elements != 0; --elements)
            list.emplace_back(generate.text());
    } else if (generate.below(20) != 0) {
        e.payload[field] = generate.text();
    }
    return e;
}

void compare(std::string_view kind, std::string_view field, std::uint64_t seed) {
    test::condition_generator generate{seed};
    std::vector<std::shared_ptr<rule_program const>> programs;
    for (std::size_t i = 0; i != rules; ++i) {
        auto definition = std::make_shared<rule_definition>();
        definition->rule_id = "R" + std::to_string(i);
        definition->applies_to = {std::string{kind}};
        definition->match = generate.any_condition();
        programs.push_back(std::make_shared<rule_program>(std::move(definition)));
    }
    auto const index = index_of(programs);
    rule_index::memory memory;
    memory.make_ready_for(index);
    subject on;
    std::size_t held = 0;
    std::size_t wrong = 0;
    for (std::size_t i = 0; i != events; ++i) {
        auto const e = any_event(generate, kind, field);
        on.look_at(e, scan_limit);
        auto tables = asked_after_tables(*index, on, memory);
        auto plain = asked_one_by_one(programs, on);
        // If plain search gives up, the tables may still exclude a match.
        std::erase_if(plain,
                      [&](auto const& one) { return one.second == truth::unknown && tables.erase(one.first) <= 1; });
        held += plain.size();
        if (tables != plain) {
            ++wrong;
            for (auto const& [rule, answer] : plain)
                if (!tables.contains(rule))
                    BOOST_TEST_MESSAGE("seed " << seed << ", event " << boost::json::serialize(e.payload) << ", rule "
                                               << spelt(programs[rule]->definition().match));
        }
    }
    BOOST_TEST(wrong == 0u, "seed " << seed);
    // A comparison in which nothing ever matches proves nothing.
    BOOST_TEST(held > rules * events / 20);
    BOOST_TEST(held < rules * events * 3 / 4);
}

} // namespace

BOOST_AUTO_TEST_SUITE(tables_against_plain_search)

BOOST_AUTO_TEST_CASE(agree_on_every_pair_of_condition_and_text) {
    compare("payload", "payload_text", seed());
}

BOOST_AUTO_TEST_CASE(agree_on_every_pair_of_condition_and_command_line) {
    compare("command", "command_text", seed() + 1);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
