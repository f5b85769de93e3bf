#pragma once

#include "simulation/oracle.hpp"
#include "simulation/world.hpp"

#include <rulehost/database_rule_store.hpp>
#include <rulehost/engine.hpp>
#include <rulehost/filesystem_rule_store.hpp>
#include <rulehost/rule_follower.hpp>
#include <rulehost/rule_sync.hpp>
#include <rulehost/task_group.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rulehost::simulation {

/// A process with its own store, clock and network. It can stop in order, be killed at any instant, and be restarted.
class node {
public:
    node(world& in, std::string name);
    node(node const&) = delete;
    node& operator=(node const&) = delete;
    virtual ~node() = default;

    std::string const& name() const { return name_; }
    bool alive() const { return tasks_ != nullptr; }
    machine_clock& clock() { return clock_; }
    network_link& link() { return *link_; }
    database_rule_store& store() { return *store_; }

    void start();
    /// Stops it in order.
    void stop();
    void kill();

    /// Executes an operator's request through this process.
    void decide(std::shared_ptr<request> const& made);

protected:
    virtual void adapt(database_store_options&) {}
    /// Creates and spawns the tasks that run beside the store.
    virtual void begin(task_group& tasks) = 0;
    /// Destroys the objects of `begin`.
    virtual void end() = 0;

    world& in_;

private:
    void wind_up();
    boost::asio::awaitable<void> carry_out(std::shared_ptr<request> made);
    boost::asio::awaitable<void> execute(request& made);

    std::string const name_;
    machine_clock clock_;
    std::shared_ptr<network_link> link_;
    std::unique_ptr<database_rule_store> store_;
    std::function<void()> wake_;
    std::unique_ptr<task_group> tasks_;
};

/// The command line of an operator: makes one decision and ends.
class command final : public node {
public:
    using node::node;

private:
    void begin(task_group&) override {}
    void end() override {}
};

/// Follows the database with an engine, and with a reader that is sometimes slow.
class worker final : public node {
public:
    worker(world& in, std::string name, std::filesystem::path snapshot_file);

    /// Compares everything with the oracle.
    void judge();
    /// Checks that the current tags follow from the engine's states and the true time.
    void judge_tags();

    /// Checks that the engine has every change up to `rule_follower::applied`, if that is the newest one.
    void judge_claim();

private:
    /// Changes that the reader received since its last full load.
    struct segment {
        revision from = 0;
        std::map<std::string, std::shared_ptr<rule_definition const>> rules;
        std::map<std::string, rule_state, std::less<>> states;
        decision_map decisions;
        std::vector<rule_change> seen;
        bool lagged = false; ///< changes after the last of `seen` were dropped
    };

    void adapt(database_store_options& options) override;
    void begin(task_group& tasks) override;
    void end() override;
    boost::asio::awaitable<rule_snapshot> load();
    boost::asio::awaitable<void> follow();
    boost::asio::awaitable<void> read();
    void begin_segment(rule_snapshot const& snapshot);
    void take(rule_change const& change);
    /// Checks that each visible row of the history occurs once, in order, without a gap.
    void judge_segment(segment const& which, bool to_the_end);

    std::filesystem::path snapshot_file_;
    std::unique_ptr<engine> engine_;
    std::unique_ptr<rule_follower> follower_;
    revision applied_ = 0;
    decision_map held_; ///< the decisions of the engine
    std::vector<segment> segments_;
    std::size_t capacity_ = 0;
    double slowness_ = 0;
    bool exact_ = true; ///< nothing made the store renumber its changes
};

/// Projects the directory into the database.
class master final : public node {
public:
    master(world& in, std::string name, std::filesystem::path rules);

    /// A hint, as from inotify.
    void hint() { files_->rescan(); }

private:
    void begin(task_group& tasks) override;
    void end() override;

    std::filesystem::path rules_;
    std::unique_ptr<filesystem_rule_store> files_;
    std::unique_ptr<sync_from_filesystem> sync_;
};

} // namespace rulehost::simulation
