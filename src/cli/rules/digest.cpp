#include "cli/commands.hpp"
#include "cli/data_output.hpp"
#include "cli/one_shot.hpp"

#include <rulehost/engine.hpp>
#include <rulehost/rule_follower.hpp>
#include <rulehost/task_group.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/this_coro.hpp>

#include <memory>
#include <string>
#include <utility>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

struct digest_options {
    std::string rules;
    std::string store;
    bool follow = false;
    bool json = false;
};

/// Prints the digest that a worker with the rules of a store has.
class digest_printer {
public:
    digest_printer(rule_store& store, digest_options const& options)
        : store_(store), form_(listing::form_of(options.json || options.follow)) {}

    asio::awaitable<void> once() {
        auto const snapshot = co_await store_.load_compiled();
        rules_.replace(snapshot);
        print();
    }

    asio::awaitable<void> follow() {
        rule_follower::observer observer;
        observer.replaced = [this](rule_snapshot const&) { print(); };
        observer.applied = [this](rule_change const&) { print(); };
        rule_follower follower(rules_, store_, std::move(observer));
        co_await follower.load();
        co_await follower.run();
    }

private:
    void print() {
        listing digests(output_, form_, {"DIGEST", "REVISION", "RULES"});
        auto const digest = rules_.digest();
        auto const count = rules_.rules().size();
        digests.add({digest, std::to_string(rules_.revision()), std::to_string(count)},
                    {{"digest", digest}, {"revision", rules_.revision()}, {"rules", count}});
        digests.finish();
    }

    rule_store& store_;
    listing::form form_;
    data_output output_;
    engine rules_;
};

asio::awaitable<exit_code> once(rule_store& store, digest_options const& options) {
    digest_printer printer(store, options);
    co_await printer.once();
    co_return exit_code::ok;
}

asio::awaitable<exit_code> follow(database_rule_store& store, digest_options const& options) {
    digest_printer printer(store, options);
    task_group tasks(co_await asio::this_coro::executor);
    tasks.spawn("store", store.run());
    tasks.spawn("digest", printer.follow());
    co_await tasks.join();
    co_return exit_code::ok;
}

exit_code run(digest_options const& options) {
    if (options.store.empty())
        return run_on_directory(options.rules, [&](rule_store& store, time_source&) { return once(store, options); });
    return run_on_database(options.store, database_access::read, [&](database_rule_store& store, time_source&) {
        return options.follow ? follow(store, options) : once(store, options);
    });
}

} // namespace

void add_rules_digest(CLI::App& rules, exit_code& result) {
    auto const options = std::make_shared<digest_options>();
    auto* const command =
        rules.add_subcommand("digest", "Print a hash of all live rules and decisions: equal hashes, equal behaviour");
    auto* const directory = add_rule_source(*command, options->rules, options->store);
    command->add_flag("--json", options->json, "NDJSON also on a terminal");
    command->add_flag("--follow", options->follow, "Follow the store as a worker does, and print each new value")
        ->excludes(directory);
    command->footer(
        "Example: rulehost rules digest --store sqlite:var/rulehost.db\n"
        "Two workers, or a directory and a store without states, have the same rules when their digests are equal.");
    command->callback([options, &result] { result = run(*options); });
}

} // namespace rulehost::cli
