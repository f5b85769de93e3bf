#include "sql/step_table.hpp"

#include "sql/lease.hpp"
#include "sql/session/schema.hpp"
#include "support/test_database.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace rulehost {

namespace data = boost::unit_test::data;
using namespace std::chrono_literals;
using test::every_kind;
using test::test_database;

namespace {

constexpr time_point first_step{1'767'225'600s};

struct opened_steps {
    explicit opened_steps(database_kind kind)
        : database(kind),
          table(parse_database_url(database.url()), database_access::create, {}, [this] { return now; }),
          sql(parse_database_url(database.url())) {
        prepare_schema(sql);
    }

    static event_step step(std::string session, int number, std::string typed = "id") {
        return {std::move(session), "command", "c" + std::to_string(number), first_step + std::chrono::seconds{number},
                std::move(typed)};
    }
    /// Steps `from` to before `to` of session s1, stored at `at`.
    std::size_t add(int from, int to, time_point at) {
        std::vector<event_step> steps;
        for (int i = from; i < to; ++i)
            steps.push_back(step("s1", i));
        now = at;
        return table.add(steps);
    }
    bool remove(time_point at, std::uint64_t max_rows, std::size_t limit, std::string const& holder = "h1") {
        now = at;
        return table.remove_old(1h, max_rows, limit, holder);
    }
    std::string ids(std::string const& session, std::size_t page = 1000) {
        std::string text;
        std::vector<stored_step> found;
        do {
            auto const last = found.empty() ? stored_step() : found.back();
            found = steps_of(sql, session, found.empty() ? nullptr : &last, page);
            for (auto const& each : found)
                text += each.value.source_id + ' ';
        } while (found.size() == page);
        return text;
    }

    time_point now = first_step;
    test_database database;
    step_table table;
    session sql;
};

} // namespace

BOOST_AUTO_TEST_SUITE(step_tables)

BOOST_DATA_TEST_CASE(a_session_is_read_by_time_in_pages_and_a_replay_adds_nothing, data::make(every_kind)) {
    opened_steps with(sample);
    BOOST_TEST(with.table.add({}) == 0u);
    std::vector<event_step> const steps{with.step("s1", 2), with.step("s1", 1), with.step("s2", 3), with.step("s1", 1)};
    BOOST_TEST(with.table.add(steps) == 3u);
    BOOST_TEST(with.add(1, 5, first_step + 1h) == 2u);
    BOOST_TEST(with.ids("s1") == "c1 c2 c3 c4 ");
    BOOST_TEST(with.ids("s1", 1) == "c1 c2 c3 c4 ");
    BOOST_TEST(with.ids("s2") == "c3 ");
    BOOST_TEST(with.ids("s3") == "");
    auto const first = steps_of(with.sql, "s1", nullptr, 1).at(0).value;
    BOOST_TEST(first.source_kind == "command");
    BOOST_TEST(first.typed == "id");
    BOOST_TEST((first.happened_at == first_step + 1s));
}

BOOST_DATA_TEST_CASE(steps_of_one_time_have_the_order_of_their_input, data::make(every_kind)) {
    opened_steps with(sample);
    std::vector<event_step> steps;
    for (int i = 0; i < 12; ++i) {
        auto& each = steps.emplace_back(with.step("s1", i));
        each.happened_at = first_step;
        each.ordinal = 9'007'199'254'740'993 + i / 2 * 2; // each ordinal twice
    }
    steps.push_back(with.step("s1", 20)); // later, with the lowest ordinal
    std::ranges::reverse(steps);
    with.table.add(steps);
    auto const listed = with.ids("s1");
    for (std::size_t const page : {1u, 2u, 5u})
        BOOST_TEST(with.ids("s1", page) == listed);
    BOOST_TEST(steps_of(with.sql, "s1", nullptr, 1).at(0).value.ordinal == 9'007'199'254'740'993);
    auto const place = [&](int number) { return listed.find("c" + std::to_string(number) + ' '); };
    for (int i = 0; i + 2 < 12; ++i)
        BOOST_TEST(place(i) < place(i / 2 * 2 + 2));
    BOOST_TEST(std::ranges::count(listed, ' ') == 13);
    BOOST_TEST(listed.ends_with("c20 "));
}

BOOST_DATA_TEST_CASE(hostile_texts_are_stored, data::make(every_kind)) {
    opened_steps with(sample);
    std::string const typed = "'; DROP TABLE ttp_step; -- \"\\ {1,2} \xf0\x9f\x92\xa9" + std::string(4000, 'a');
    std::vector<event_step> const steps{with.step(std::string(event_step::max_id, 'x'), 1, typed),
                                        with.step("s1", 2, std::string("\0\xff\x1b[2J", 6)), with.step("s1", 3, " ")};
    BOOST_TEST(with.table.add(steps) == 3u);
    BOOST_TEST(steps_of(with.sql, steps[0].session_id, nullptr, 9).at(0).value.typed == typed);
    BOOST_TEST(with.ids("s1") == "c2 c3 ");
}

BOOST_DATA_TEST_CASE(old_steps_are_removed_some_at_a_time, data::make(every_kind)) {
    opened_steps with(sample);
    BOOST_TEST(!with.remove(first_step, 100, 10));
    for (int i = 0; i < 5; ++i)
        with.add(i, i + 1, first_step + std::chrono::minutes{i});
    auto const now = first_step + 1h + 3min;
    BOOST_TEST(with.remove(now, 100, 1));
    BOOST_TEST(!with.remove(now, 100, 1, "h2")); // another one does it
    BOOST_TEST(with.ids("s1") == "c2 c3 c4 ");
    BOOST_TEST(!with.remove(now, 100, 1));
    BOOST_TEST(with.ids("s1") == "c3 c4 ");
    BOOST_TEST(!with.remove(now, 100, 1));
    BOOST_TEST(with.ids("s1") == "c3 c4 ");
}

BOOST_DATA_TEST_CASE(the_oldest_steps_go_when_there_are_too_many, data::make(every_kind)) {
    opened_steps with(sample);
    for (int i = 0; i < 6; ++i)
        with.add(i, i + 1, first_step + std::chrono::minutes{i});
    BOOST_TEST(with.remove(first_step + 10min, 2, 3));
    BOOST_TEST(with.ids("s1") == "c3 c4 c5 ");
    BOOST_TEST(!with.remove(first_step + 10min, 2, 3));
    BOOST_TEST(with.ids("s1") == "c4 c5 ");
    BOOST_TEST(!with.remove(first_step + 10min, 2, 3));
    BOOST_TEST(with.ids("s1") == "c4 c5 ");
}

BOOST_DATA_TEST_CASE(the_steps_above_the_maximum_are_counted_once, data::make(every_kind)) {
    opened_steps with(sample);
    for (int i = 0; i < 6; ++i)
        with.add(i, i + 1, first_step + std::chrono::minutes{i});
    BOOST_TEST(with.remove(first_step + 10min, 2, 3));
    with.add(6, 8, first_step + 10min);
    BOOST_TEST(!with.remove(first_step + 10min, 2, 3)); // the one that is left
    BOOST_TEST(with.ids("s1") == "c4 c5 c6 c7 ");
    BOOST_TEST(!with.remove(first_step + 1h + 4min + 30s, 2, 3)); // one is too old, one too many
    BOOST_TEST(with.ids("s1") == "c6 c7 ");
}

BOOST_DATA_TEST_CASE(steps_are_kept_by_the_clock_of_the_database, data::make(every_kind)) {
    opened_steps with(sample);
    step_table here(parse_database_url(with.database.url()), database_access::create, {});
    std::vector<event_step> const steps{with.step("s1", 1)};
    here.add(steps);
    auto const stored_at = with.sql.query("SELECT " + with.sql.dialect().time_text("created_at") + " FROM ttp_step", 1);
    BOOST_TEST((time_in(stored_at.at(0)[0]).value() - database_clock(with.sql) > -1min));
    BOOST_TEST(!here.remove_old(1min, 9, 9, "h1"));
    BOOST_TEST(with.ids("s1") == "c1 ");
    here.remove_old(-1min, 9, 9, "h1");
    BOOST_TEST(with.ids("s1") == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
