#include "delivery/ending_notices.hpp"

#include "sql/outbox_table.hpp"
#include "support/temporary_directory.hpp"
#include "support/virtual_loop.hpp"

#include <rulehost/task_group.hpp>

#include <boost/json/parse.hpp>

#include <functional>
#include <memory>
#include <new>
#include <string>
#include <vector>

using namespace rulehost;
using namespace std::chrono_literals;

namespace {

struct ending_notices_fixture : test::virtual_loop {
    ending_notices_fixture() { outbox_table(parse_database_url(url())).passed("soc"); }
    ~ending_notices_fixture() {
        while (!workers.empty())
            stop_worker();
    }

    std::string url() const { return "sqlite:" + (directory / "rulehost.db").string(); }
    session client() const { return session(parse_database_url(url())); }

    void decide(std::string const& rule, duration lasts) {
        auto sql = client();
        auto const& dialect = sql.dialect();
        sql.execute("INSERT INTO ttp_decision (effect, rules, ends_at, set_at, set_by) "
                    "VALUES ('disable', :1, :2, :3, 'ann')",
                    {"[\"" + rule + "\"]", dialect.time_value(time.now() + lasts), dialect.time_value(time.now())});
    }

    void start_worker(duration lead = 1h) {
        ending_notices_options options;
        options.database = url();
        options.lead = lead;
        options.log = [this](std::string const& line) { log.push_back(line); };
        options.database_clock = [this] { return clock(); };
        auto& made = workers.emplace_back();
        made.notices = std::make_unique<ending_notices>(loop.get_executor(), time, options);
        made.running = std::make_unique<task_group>(loop.get_executor());
        made.running->spawn("notices", made.notices->run());
        time.settle();
    }

    void stop_worker() {
        workers.back().running->cancel();
        run(workers.back().running->join());
        workers.pop_back();
    }

    std::vector<std::string> message_ids() const {
        std::vector<std::string> ids;
        for (auto const& row : client().query("SELECT message_id FROM ttp_outbox ORDER BY sequence", 1))
            ids.push_back(row[0].value());
        return ids;
    }

    /// The rules of the decisions that were announced, in order.
    void expect(std::vector<std::string> const& expected) const {
        std::vector<std::string> rules;
        for (auto const& row : client().query("SELECT topic, payload FROM ttp_outbox ORDER BY sequence", 2)) {
            auto const payload = boost::json::parse(row[1].value()).as_object();
            BOOST_TEST(row[0].value() == "ttp.rule.ending." + std::to_string(payload.at("id").to_number<int>()));
            rules.emplace_back(payload.at("decision").at("rules").as_array().at(0).as_string());
        }
        BOOST_TEST(rules == expected, boost::test_tools::per_element());
    }

    struct worker {
        std::unique_ptr<ending_notices> notices;
        std::unique_ptr<task_group> running;
    };

    test::temporary_directory directory;
    std::function<time_point()> clock = [this] { return time.now(); };
    std::vector<std::string> log;
    std::vector<worker> workers;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(notices_of_an_end, ending_notices_fixture)

BOOST_AUTO_TEST_CASE(a_decision_is_announced_once_before_its_end_by_all_workers) {
    decide("R0001", 4h);
    decide("R0002", 2h);
    start_worker();
    start_worker();
    time.advance(59min);
    expect({});
    time.advance(2min);
    expect({"R0002"});
    time.advance(2h);
    expect({"R0002", "R0001"});
    time.advance(2h);
    expect({"R0002", "R0001"});
    BOOST_TEST(log.size() == 2u);
}

BOOST_AUTO_TEST_CASE(databases_with_decisions_of_the_same_ids_send_messages_of_other_ids) {
    ending_notices_fixture other;
    for (auto* const each : {static_cast<ending_notices_fixture*>(this), &other}) {
        each->decide("R0001", 2h);
        each->start_worker();
        each->time.advance(90min);
        each->expect({"R0001"});
    }
    BOOST_REQUIRE_EQUAL(message_ids().size(), 1u);
    BOOST_TEST(message_ids().front() != other.message_ids().at(0));
}

BOOST_AUTO_TEST_CASE(a_restart_repeats_nothing_and_catches_up) {
    decide("R0001", 2h);
    decide("R0002", 3h);
    start_worker();
    time.advance(90min);
    expect({"R0001"});
    stop_worker();
    start_worker();
    time.advance(10min);
    expect({"R0001"});
    stop_worker();
    time.advance(45min); // R0002 comes near its end meanwhile
    start_worker();
    expect({"R0001", "R0002"});
}

BOOST_AUTO_TEST_CASE(a_decision_that_is_shorter_than_the_notice_is_not_announced) {
    start_worker();
    decide("R0001", 1h);
    decide("R0002", 30min);
    time.advance(2h);
    expect({});
}

BOOST_AUTO_TEST_CASE(an_extended_decision_is_announced_again_before_its_new_end) {
    decide("R0001", 2h);
    start_worker();
    time.advance(61min);
    expect({"R0001"});
    client().execute("DELETE FROM ttp_decision");
    decide("R0001", 3h);
    time.advance(110min);
    expect({"R0001"});
    time.advance(11min);
    expect({"R0001", "R0001"});
}

BOOST_AUTO_TEST_CASE(a_look_that_fails_is_repeated_whatever_it_throws) {
    decide("R0001", 2h);
    clock = []() -> time_point { throw std::bad_alloc(); };
    start_worker();
    time.advance(61min);
    expect({});
    clock = [this] { return time.now(); };
    time.advance(1min);
    expect({"R0001"});
    BOOST_REQUIRE_EQUAL(log.size(), 3u);
    BOOST_TEST(log[0].starts_with("decisions that end soon are not announced: "));
    BOOST_TEST(log[1] == "decisions that end soon are announced again");
}

BOOST_AUTO_TEST_CASE(the_state_of_a_rule_is_announced_too) {
    auto sql = client();
    auto const& dialect = sql.dialect();
    sql.execute("INSERT INTO ttp_rule_state (rule_id, state, expires_at, set_at) VALUES ('R0001', 'disabled', :1, :2)",
                {dialect.time_value(time.now() + 90min), dialect.time_value(time.now())});
    start_worker(10min);
    time.advance(79min);
    expect({});
    time.advance(2min);
    expect({"R0001"});
}

BOOST_AUTO_TEST_CASE(a_damaged_decision_costs_the_others_nothing) {
    decide("R0001", 2h);
    client().execute("UPDATE ttp_decision SET effect = 'explode'");
    decide("R0002", 2h);
    start_worker();
    time.advance(61min);
    expect({"R0002"});
}

BOOST_AUTO_TEST_SUITE_END()
