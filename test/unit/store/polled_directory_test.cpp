#include <rulehost/filesystem_rule_store.hpp>

#include "support/rule_text.hpp"
#include "support/temporary_directory.hpp"
#include "support/virtual_loop.hpp"

#include <rulehost/task_group.hpp>

#include <optional>
#include <stdexcept>

using namespace rulehost;
using namespace std::chrono_literals;

namespace {

struct polled : test::virtual_loop {
    polled() {
        directory.write("R1.yaml", test::rule_text("R1", "old"));
        options.directory = directory.path();
        options.watch = filesystem_store_options::hints::poll;
        options.report = [this](diagnostic const& finding) { findings.push_back(finding); };
    }
    ~polled() {
        tasks.cancel();
        run(tasks.join());
    }

    void follow() {
        store.emplace(loop.get_executor(), time, options);
        tasks.spawn("store", store->run());
        time.settle();
    }
    std::size_t live() { return run(store->load_compiled()).rules.size(); }

    test::temporary_directory directory;
    filesystem_store_options options;
    std::vector<diagnostic> findings;
    std::optional<filesystem_rule_store> store;
    task_group tasks{loop.get_executor()};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(polled_directories, polled)

BOOST_AUTO_TEST_CASE(a_new_rule_is_live_after_one_poll_and_not_before) {
    follow();
    directory.write("sub/R2.yaml", test::rule_text("R2", "new"));
    time.advance(options.poll - 1us);
    BOOST_TEST(live() == 1u);
    time.advance(1us);
    BOOST_TEST(live() == 2u);
    BOOST_TEST(findings.empty());
}

BOOST_AUTO_TEST_CASE(a_deleted_rule_is_gone_after_one_poll) {
    directory.write("R2.yaml", test::rule_text("R2", "new"));
    follow();
    BOOST_TEST(live() == 2u);
    directory.remove("R2.yaml");
    time.advance(options.poll);
    BOOST_TEST(live() == 1u);
}

BOOST_AUTO_TEST_CASE(a_poll_without_a_pause_is_rejected) {
    options.poll = 0s;
    BOOST_CHECK_THROW(filesystem_rule_store(loop.get_executor(), time, options), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
