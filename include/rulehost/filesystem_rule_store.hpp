#pragma once

#include <rulehost/rule_store.hpp>
#include <rulehost/time_source.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>

namespace rulehost {

struct filesystem_store_options {
    std::filesystem::path directory;                  ///< the tree of `*.yaml` / `*.yml`
    std::filesystem::path state_file;                 ///< empty: states are lost on restart
    duration debounce = std::chrono::milliseconds{5}; ///< quiet time after a hint before a reload; twice at most
    duration rescan = std::chrono::seconds{30};       ///< interval of full rescans, in case hints are lost
    enum class hints {
        inotify, ///< the kernel's; falls back to `poll` where it is missing
        poll,    ///< a rescan every `poll`: for NFS, bind mounts and others that inotify does not cover
        none     ///< only the rescan every `rescan`
    };
    hints watch = hints::inotify;
    duration poll = std::chrono::seconds{1}; ///< between two rescans of `hints::poll`
    /// False: deletions that look like an accident (all rules, or over ten and over a third of them within ten minutes)
    /// are withheld: these rules stay live until their files are back.
    bool allow_deletions = false;
    /// Executor that reads, tests and writes files; empty: the store's own.
    boost::asio::any_io_executor blocking;
    rule_gate admit;                               ///< additional check of a rule before it goes live; empty: none
    std::function<void(diagnostic const&)> report; ///< called once for each new finding
};

/// A store over the rule files of a directory. inotify only gives hints; the directory is authoritative
/// (docs/swarm.md, "Stores").
///
/// `run()` watches the directory; without it only `look()` notices changes. With a `blocking` executor no call and no
/// reload blocks the store's own executor.
class filesystem_rule_store final : public rule_store {
public:
    /// Reads the directory once and blocks; with a `blocking` executor the first `load_compiled` or `run` reads it
    /// there. Throws std::system_error when it cannot be opened, std::runtime_error when `state_file` is damaged or
    /// held by another process, and std::invalid_argument for a `rescan` or `poll` that is not positive. `time`
    /// outlives the store.
    filesystem_rule_store(boost::asio::any_io_executor executor, time_source& time, filesystem_store_options options);
    ~filesystem_rule_store() override;

    /// Watches the directory and reverts expired states until it is cancelled. Call it once.
    boost::asio::awaitable<void> run();

    /// Rescans the whole directory now; returns when every change was emitted.
    boost::asio::awaitable<void> look();
    /// Requests a rescan from `run`; without a `blocking` executor rescans in place.
    void rescan();

    /// Number of rules that are live although their files are gone (`allow_deletions`).
    std::size_t withheld_deletions() const;

    boost::asio::awaitable<rule_snapshot> load_compiled() override;
    boost::asio::awaitable<rule_state> get_state(std::string rule_id) override;
    boost::asio::awaitable<rule_state> set_state(std::string rule_id, rule_state state, std::string set_by,
                                                 std::optional<revision> expected = {}) override;
    boost::asio::awaitable<rule_state> clear_state(std::string rule_id, std::string set_by,
                                                   std::optional<revision> expected = {}) override;
    boost::asio::awaitable<decision> decide(decision wanted) override;
    boost::asio::awaitable<std::optional<decision>> end_decision(decision_id id, std::string by) override;
    change_subscription subscribe_changes(std::size_t capacity = 1024) override;

private:
    class implementation;
    std::shared_ptr<implementation> implementation_;
};

} // namespace rulehost
