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
    duration debounce = std::chrono::milliseconds{5}; ///< quiet time after a hint before the reload; twice at most
    duration rescan = std::chrono::seconds{30};       ///< full rescan that backs the hints
    enum class hints {
        inotify, ///< the kernel's; where it has none, as `poll`
        poll,    ///< a rescan every `poll`: for NFS, bind mounts and others that inotify is silent about
        none     ///< rescans every `rescan` only
    };
    hints watch = hints::inotify;
    duration poll = std::chrono::seconds{1}; ///< between two rescans of `hints::poll`
    /// False: so many deletions that they look like an accident (all rules, or over ten and over a third of them within
    /// ten minutes) are withheld: these rules stay live until their files are back.
    bool allow_deletions = false;
    /// Where files are read, tested and written; empty: in place, on the store's executor.
    boost::asio::any_io_executor blocking;
    rule_gate admit;                               ///< further check of a rule before it goes live; empty: none
    std::function<void(diagnostic const&)> report; ///< told of each new finding once, when it appears
};

/// The rules of a directory, live. inotify is only a hint, the directory is the truth (README, "Filesystem").
///
/// `run()` watches; without it the store answers but notices nothing by itself (`look()` does). With a `blocking`
/// executor no call and no reload blocks the store's own.
class filesystem_rule_store final : public rule_store {
public:
    /// Reads the directory (blocking, once); with a `blocking` executor the first `load_compiled` or `run` does, over
    /// there. Throws std::system_error when it cannot be opened, std::runtime_error when `state_file` is damaged or
    /// held by another process, and std::invalid_argument for a `rescan` or `poll` that is not positive. `time`
    /// outlives the store.
    filesystem_rule_store(boost::asio::any_io_executor executor, time_source& time, filesystem_store_options options);
    ~filesystem_rule_store() override;

    /// Watches the directory and reverts expired states until it is cancelled. Call it once.
    boost::asio::awaitable<void> run();

    /// Looks at the whole directory now; returns when what differs was emitted.
    boost::asio::awaitable<void> look();
    /// Asks `run` for that; without a `blocking` executor it is done in place.
    void rescan();

    /// How many rules are live although their files are gone (`allow_deletions`).
    std::size_t withheld_deletions() const;

    boost::asio::awaitable<rule_snapshot> load_compiled() override;
    boost::asio::awaitable<rule_state> get_state(std::string rule_id) override;
    boost::asio::awaitable<rule_state> set_state(std::string rule_id, rule_state state, std::string set_by,
                                                 std::optional<revision> expected = {}) override;
    boost::asio::awaitable<rule_state> clear_state(std::string rule_id, std::string set_by,
                                                   std::optional<revision> expected = {}) override;
    change_subscription subscribe_changes(std::size_t capacity = 1024) override;

private:
    class implementation;
    std::shared_ptr<implementation> implementation_;
};

} // namespace rulehost
