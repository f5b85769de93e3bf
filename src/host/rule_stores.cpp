#include "host/rule_stores.hpp"

#include <rulehost/rule_tests.hpp>

#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <utility>

namespace rulehost {

namespace asio = boost::asio;

rule_stores::rule_stores(asio::any_io_executor executor, asio::any_io_executor database, time_source& time,
                         host_options const& options, std::shared_ptr<call_watch> calls)
    : log_(options.log ? options.log : [](log_level, std::string const&) {}),
      run_(to_string(boost::uuids::random_generator()())) {
    if (!options.rules.empty()) {
        filesystem_store_options from;
        from.directory = options.rules;
        from.watch = options.watch;
        if (options.store.empty())
            from.state_file = options.state_file;
        from.allow_deletions =
            options.allow_deletions || !options.store.empty(); // the master guards the store's rules, across restarts
        from.admit = run_rule_tests;
        from.report = options.report;
        from.blocking = database;
        files_ = std::make_unique<filesystem_rule_store>(executor, time, std::move(from));
    }
    if (options.store.empty())
        return;
    database_store_options shared;
    shared.url = options.store;
    shared.snapshot_file = options.snapshot_file;
    shared.calls = std::move(calls);
    shared.admit = run_rule_tests;
    shared.report = options.report;
    if (files_ && options.report) { // the directory's store has reported the warnings
        shared.report = [report = options.report](diagnostic const& finding) {
            if (finding.level == severity::error)
                report(finding);
        };
    }
    shared.log = [log = log_](std::string const& line) { log(log_level::warning, line); };
    database_ = std::make_unique<database_rule_store>(executor, std::move(database), time, std::move(shared));
    if (!files_)
        return;
    rule_sync_options how;
    how.allow_deletions = options.allow_deletions;
    how.log = [log = log_](std::string const& line) { log(log_level::information, line); };
    how.error = [log = log_](std::string const& line) { log(log_level::error, line); };
    master_ = std::make_unique<sync_from_filesystem>(*files_, *database_, time, std::move(how));
}

rule_store& rule_stores::live() {
    return database_ ? static_cast<rule_store&>(*database_) : *files_;
}

std::optional<time_point> rule_stores::stale_since() const {
    return database_ ? database_->stale_since() : std::nullopt;
}

void rule_stores::note(host_statistics& all) const {
    all.stores_tags = database_ != nullptr;
    if (database_) {
        all.rules_stale_since = database_->stale_since();
        all.rules_stale_for = database_->stale_for();
        all.store_gone = database_->gone();
    }
    if (master_) {
        all.refused_rules = master_->refused();
        all.pinned_rules = master_->pinned();
        all.withheld_deletions = master_->withheld();
    } else if (files_) {
        all.withheld_deletions = files_->withheld_deletions();
    }
}

asio::awaitable<void> rule_stores::synchronise() {
    if (master_)
        co_await master_->synchronise();
}

void rule_stores::follow(task_group& tasks) {
    if (files_)
        tasks.spawn("rule files", files_->run());
    if (database_)
        tasks.spawn("rule database", database_->run());
    if (master_)
        tasks.spawn("master", master_->run());
}

void rule_stores::rescan() {
    if (files_)
        files_->rescan();
}

} // namespace rulehost
