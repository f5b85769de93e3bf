#pragma once

#include "sql/rule_database.hpp"
#include "sql/session/schema.hpp"
#include "support/test_database.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <barrier>
#include <random>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace rulehost {

namespace data = boost::unit_test::data;
using test::every_kind;
using test::test_database;

namespace test {

inline time_point const start{std::chrono::seconds{1'767'225'600}};

inline stored_rule rule(std::string id, std::string text, std::string author = "author") {
    stored_rule made;
    made.rule_id = std::move(id);
    made.source_path = "rules/" + made.rule_id + ".yaml";
    made.yaml_content = std::move(text);
    made.updated_by = std::move(author);
    return made;
}

inline rule_state decided(rule_state state, std::string by = "ops") {
    state.set_by = std::move(by);
    state.set_at = start;
    return state;
}

inline rule_state written(rule_database& database, std::string const& id, rule_state state) {
    state.set_at = database.clock();
    return std::get<rule_state>(database.write_state(id, std::move(state), std::nullopt));
}

inline std::string text_of(stored_change const& change) {
    auto const* const text = std::get_if<definition_text>(&change.value);
    return text ? text->yaml_content : "(no text)";
}

inline std::string why(stored_change const& change) {
    auto const* const malformed = std::get_if<malformed_value>(&change.value);
    return malformed ? malformed->why : "";
}

struct fixture {
    explicit fixture(database_kind kind) : database_(kind) {}
    rule_database open(std::function<time_point()> clock = {}) {
        return rule_database(parse_database_url(database_.url()), std::move(clock));
    }
    test_database database_;
};

} // namespace test

} // namespace rulehost
