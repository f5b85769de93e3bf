// The gate of a database's rules: where it runs, and for which rules.
#include "store/database/observation.hpp"
#include "support/rule_text.hpp"
#include "support/temporary_directory.hpp"
#include "support/virtual_loop.hpp"

#include <rulehost/database_rule_store.hpp>
#include <rulehost/rule_reader.hpp>
#include <rulehost/task_group.hpp>

#include <boost/asio/io_context.hpp>

#include <exception>
#include <string>
#include <utility>
#include <vector>

using namespace rulehost;
using namespace std::chrono_literals;
using test::rule_text;
namespace asio = boost::asio;

namespace {

using names = std::vector<std::string>;

/// A store whose database answers on the test's command, and another one that writes.
struct slow_database : test::virtual_loop {
    slow_database() {
        writer = open(loop.get_executor(), {});
        reader = open(disk.get_executor(), [this](auto const& rule) {
            (on_disk ? tested : tested_on_the_loop).push_back(rule->rule_id);
            return std::vector<diagnostic>();
        });
    }
    ~slow_database() {
        tasks.cancel();
        bool ended = false;
        asio::co_spawn(loop, tasks.join(), [&](std::exception_ptr) { ended = true; });
        for (int i = 0; i < 10 && !ended; ++i)
            answer();
        BOOST_TEST(ended);
    }

    std::unique_ptr<database_rule_store> open(asio::any_io_executor database, rule_gate gate) {
        database_store_options options;
        options.url = "sqlite:" + (directory / "rulehost.db").string();
        options.database_clock = [this] { return time.now(); };
        options.random = [] { return 0.5; };
        options.admit = std::move(gate);
        return std::make_unique<database_rule_store>(loop.get_executor(), std::move(database), time,
                                                     std::move(options));
    }
    void write(std::string const& rule_id) {
        auto documents = read_rules(rule_text(rule_id), rule_id + ".yaml");
        run(writer->upsert_rule(documents.at(0).definition, rule_id + ".yaml", "author"));
    }
    asio::awaitable<void> load() {
        auto const snapshot = co_await reader->load_compiled();
        loaded = snapshot.rules.size();
    }
    /// Waits until all calls of the database are done.
    void answer() {
        time.settle();
        disk.restart();
        on_disk = true;
        disk.poll();
        on_disk = false;
        time.settle();
    }

    test::temporary_directory directory;
    asio::io_context disk{1};
    bool on_disk = false;
    names tested;
    names tested_on_the_loop;
    std::size_t loaded = 0;
    std::unique_ptr<database_rule_store> writer;
    std::unique_ptr<database_rule_store> reader;
    task_group tasks{loop.get_executor()};
};

} // namespace

BOOST_AUTO_TEST_SUITE(database_gates)

BOOST_FIXTURE_TEST_CASE(rules_are_tested_where_the_database_is_called, slow_database) {
    write("R1");
    tasks.spawn("load", load());
    for (int i = 0; i < 5; ++i)
        answer();
    BOOST_TEST(loaded == 1u);
    BOOST_TEST(tested == names{"R1"}, boost::test_tools::per_element());
    tasks.spawn("store", reader->run());
    answer();
    write("R2");
    for (int i = 0; i < 5; ++i) {
        time.advance(1s);
        answer();
    }
    BOOST_TEST(tested == (names{"R1", "R2"}), boost::test_tools::per_element());
    BOOST_TEST(tested_on_the_loop.empty());
}

BOOST_AUTO_TEST_CASE(live_rules_are_not_tested_again) {
    rule_database database(parse_database_url("sqlite::memory:"));
    auto const write = [&](std::string const& rule_id, std::string const& text) {
        database.write_rule({rule_id, rule_id + ".yaml", text, "author"}, 1, text);
    };
    names tested;
    auto const gate = [&](auto const& rule) {
        tested.push_back(rule->rule_id);
        return std::vector<diagnostic>();
    };
    write("R1", rule_text("R1"));
    write("R2", rule_text("R2"));
    live_rules live;
    auto const first = observe_everything(database, {}, {}, {}, gate);
    for (auto const& rule : first.all->rules)
        live.emplace(rule.rule_id, rule.definition);
    BOOST_TEST(tested == (names{"R1", "R2"}), boost::test_tools::per_element());
    tested.clear();
    write("R2", rule_text("R2", "curl"));
    BOOST_TEST(observe_everything(database, {}, live, {}, gate).all->rules.size() == 2u);
    BOOST_TEST(tested == names{"R2"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(newest_former_text_that_is_live_or_passes_is_the_one) {
    names tested;
    auto const gate = [&](auto const& rule) {
        tested.push_back(rule->text);
        std::vector<diagnostic> findings;
        if (rule->text == rule_text("R1", "fails"))
            findings.push_back(row_finding("test", "it fails", "R1", ""));
        return findings;
    };
    observed_rule rule;
    rule.rule_id = "R1";
    auto const newest = [&](names const& texts, std::shared_ptr<rule_definition const> const& live) {
        auto const found = newest_good(texts, rule, live, {}, gate);
        return found ? found->text : "none";
    };
    auto const live = read_row("R1", rule_text("R1", "live"), 1, {}).definition;
    auto const [good, fails] = std::pair(rule_text("R1", "good"), rule_text("R1", "fails"));
    BOOST_TEST(newest({fails, test::bad_rule_text("R1"), good, live->text}, live) == good);
    BOOST_TEST(newest({fails, live->text, good}, live) == live->text);
    BOOST_TEST(newest({fails}, live) == "none");
    BOOST_TEST(tested == (names{fails, good, fails, fails}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
