#include <rulehost/filesystem_rule_store.hpp>

#include "async/blocking_call.hpp"
#include "async/interruptible_sleep.hpp"
#include "async/turns.hpp"
#include "directory/deletion_guard.hpp"
#include "directory/rule_corpus.hpp"
#include "directory/rule_directory.hpp"
#include "store/change_feed.hpp"
#include "store/filesystem/directory_watch.hpp"
#include "store/filesystem/settling_hints.hpp"
#include "store/filesystem/state_journal.hpp"
#include "store/state_table.hpp"

#include <rulehost/task_group.hpp>

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <system_error>
#include <type_traits>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

class filesystem_rule_store::implementation : public std::enable_shared_from_this<implementation> {
public:
    implementation(asio::any_io_executor executor, time_source& time, filesystem_store_options options)
        : executor_(std::move(executor)),
          time_(time),
          options_(std::move(options)),
          directory_(options_.directory),
          corpus_(options_.directory, options_.admit),
          next_expiry_(time),
          asked_(time),
          hints_(options_.debounce),
          end_of_hints_(time) {
        if (options_.rescan <= duration::zero() || options_.poll <= duration::zero() ||
            options_.debounce < duration::zero())
            throw std::invalid_argument("a store cannot rescan without a pause");
        if (!options_.state_file.empty()) {
            auto stored = journal_.emplace(options_.state_file).load();
            states_ = std::move(stored.states);
            revision_ = stored.revision;
        }
        if (!options_.blocking)
            take_in(gather(rule_directory::reading::everything));
    }

    /// Returns when the directory was read.
    asio::awaitable<void> be_read() {
        if (!is_read_)
            co_await look(rule_directory::reading::what_may_have_changed); // after another one's: nothing
    }

    asio::awaitable<void> run() {
        begin_watching();
        // Events since the directory was read, and the watches of its subdirectories.
        co_await look(rule_directory::reading::what_may_have_changed);
        task_group tasks(executor_);
        tasks.spawn("expiry of states", revert_when_due());
        tasks.spawn("rescan of rules", rescan_now_and_then());
        tasks.spawn("rescan of rules", rescan_when_asked());
        if (watch_) {
            tasks.spawn("watch of rules", collect_hints());
            tasks.spawn("reload of rules", follow_hints());
        }
        co_await tasks.join();
    }

    asio::awaitable<void> look(rule_directory::reading how) {
        auto gathering = [self = shared_from_this(), how] { return self->gather(how); };
        co_await take_in_what(std::move(gathering));
    }

    void rescan() {
        if (!options_.blocking)
            return take_in(gather(rule_directory::reading::everything));
        is_asked_ = true;
        asked_.interrupt();
    }

    rule_snapshot snapshot() const {
        auto const now = time_.now();
        auto const state_of = [&](std::string const& rule_id) { return states_.effective(rule_id, now); };
        auto result = corpus_.snapshot(state_of);
        result.revision = revision_;
        result.states = states_.stored();
        return result;
    }

    rule_state state(std::string const& rule_id) const { return states_.effective(rule_id, time_.now()); }

    asio::awaitable<rule_state> set_state(std::string rule_id, rule_state state, std::string set_by,
                                          std::optional<revision> expected) {
        auto const turn = co_await changing_.take();
        auto const now = time_.now();
        state.set_by = std::move(set_by);
        state.set_at = now;
        require_storable(rule_id, state);
        co_await revert_expired(now);
        require_revision(expected, rule_id, states_.effective(rule_id, now));
        state.revision = revision_ + 1;
        auto next = states_;
        next.put(rule_id, state);
        rule_change change(state.revision, rule_id, state);
        co_await commit(std::move(next), std::move(change));
        co_await revert_expired(now); // it may be set with an expiry in the past
        co_return state;
    }

    asio::awaitable<rule_state> clear_state(std::string rule_id, std::string set_by, std::optional<revision> expected) {
        auto const turn = co_await changing_.take();
        auto const now = time_.now();
        rule_state decision;
        decision.set_by = std::move(set_by);
        require_storable(rule_id, decision);
        co_await revert_expired(now);
        require_revision(expected, rule_id, states_.effective(rule_id, now));
        auto next = states_;
        if (next.remove(rule_id)) {
            rule_change change(revision_ + 1, rule_id, rule_state());
            co_await commit(std::move(next), std::move(change));
        }
        co_return rule_state();
    }

    change_feed& feed() { return feed_; }
    std::size_t withheld_deletions() const { return withheld_; }

private:
    /// The new changes of the directory.
    struct gathered {
        rule_corpus::texts texts;
        std::optional<bool> watching_everything; ///< empty: it was not looked at as a whole
    };

    /// Runs `function` on the blocking executor.
    template <class Function>
    asio::awaitable<std::invoke_result_t<Function&>> on_files(Function function) {
        if (!options_.blocking)
            co_return function();
        co_return co_await blocking_call(options_.blocking, std::move(function));
    }

    /// From any thread, in a turn of `reading_`.
    gathered gather(rule_directory::reading how) {
        bool complete = true;
        auto const watch = [&](std::string const& path) { complete = (!watch_ || watch_->watch(path)) && complete; };
        gathered found;
        found.texts = corpus_.read(directory_.scan(how, watch));
        found.watching_everything = complete;
        return found;
    }

    gathered gather(directory_hints hints) {
        if (hints.tree)
            return gather(rule_directory::reading::what_may_have_changed);
        for (auto const& path : hints.created)
            if (directory_.is_linked(path))
                hints.files.insert(path);
        gathered found;
        found.texts = corpus_.read(directory_.read(hints.files));
        return found;
    }

    template <class Gathering>
    asio::awaitable<void> take_in_what(Gathering gathering) {
        auto const reading = co_await reading_.take();
        // Kept, if this is cancelled now: the directory does not give it twice.
        auto found = co_await on_files(std::move(gathering));
        gathered_.push_back(std::move(found));
        auto const turn = co_await changing_.take();
        while (!gathered_.empty()) {
            auto next = std::move(gathered_.front());
            gathered_.pop_front();
            take_in(std::move(next));
        }
    }

    void take_in(gathered found) {
        apply(std::move(found.texts));
        if (!found.watching_everything)
            return;
        is_read_ = true;
        if (watch_)
            watch_->unwatch_others();
        if (std::exchange(watching_everything_, *found.watching_everything) && !watching_everything_)
            report_unwatched("the kernel's limit of inotify watches is reached");
    }

    void apply(rule_corpus::texts texts) {
        auto const outcome = corpus_.take_in(std::move(texts), recently_deleted());
        if (!outcome.changed_lists.empty()) {
            list_change lists{outcome.changed_lists, {}};
            for (auto const& edit : outcome.by_lists) {
                lists.definitions.push_back(edit.definition);
                deleted_.remove(edit.rule_id);
            }
            feed_.publish(rule_change(++revision_, std::move(lists)));
        }
        for (auto const& edit : outcome.edits) {
            rule_change const change(++revision_, edit.rule_id, edit.definition);
            if (is_read_) // else nobody has loaded yet
                feed_.publish(change);
            if (edit.definition)
                deleted_.remove(edit.rule_id);
            else
                deleted_.note(edit.rule_id, time_.elapsed());
        }
        for (auto const& finding : outcome.findings)
            report(finding);
        report_withheld();
    }

    /// Empty: all deletions are allowed.
    std::optional<std::size_t> recently_deleted() {
        auto const count = deleted_.count(time_.elapsed());
        return options_.allow_deletions ? std::nullopt : std::optional(count);
    }

    /// Reports once when it begins, and once when it ends.
    void report_withheld() {
        auto const rule_ids = corpus_.withheld();
        if ((std::exchange(withheld_, rule_ids.size()) != 0) == !rule_ids.empty())
            return;
        auto finding = withheld_finding(rule_ids, corpus_.live().size());
        finding.path = options_.directory.string();
        report(finding);
    }

    /// Saves first: if that fails, nothing has changed.
    asio::awaitable<void> commit(state_table next, rule_change change) {
        if (journal_)
            co_await save(change.revision, next);
        states_ = std::move(next);
        revision_ = change.revision;
        feed_.publish(change);
        next_expiry_.interrupt();
    }

    asio::awaitable<void> save(rulehost::revision newest, state_table const& states) {
        auto saving = [self = shared_from_this(), newest, states] {
            self->journal_->save(newest, states);
            return true;
        };
        co_await on_files(std::move(saving));
    }

    /// In a turn of `changing_`, as is `commit`.
    asio::awaitable<void> revert_expired(time_point now) {
        auto const due = states_.expired(now);
        if (due.empty())
            co_return;
        for (auto const& [rule_id, expired] : due) {
            states_.remove_if(rule_id, expired);
            feed_.publish(rule_change(++revision_, rule_id, rule_state(), rule_change::origin::expiry));
        }
        if (!journal_)
            co_return;
        try {
            co_await save(revision_, states_);
        } catch (store_unavailable const& problem) {
            // The states count as expired whatever the file says; after a restart they are reverted again.
            report(severity::error, "state-file", problem.what(), options_.state_file);
        }
    }

    void begin_watching() {
        if (options_.watch != filesystem_store_options::hints::inotify || polls())
            return;
        try {
            watch_.emplace(executor_, options_.directory);
        } catch (std::system_error const& problem) {
            report_unwatched(problem.what());
        }
    }

    asio::awaitable<void> revert_when_due() {
        for (;;) {
            {
                auto const turn = co_await changing_.take();
                co_await revert_expired(time_.now());
            }
            co_await next_expiry_.until(states_.next_expiry());
        }
    }

    bool polls() const {
        return options_.watch == filesystem_store_options::hints::poll ||
            (options_.watch == filesystem_store_options::hints::inotify && !directory_watch::is_available());
    }

    asio::awaitable<void> rescan_now_and_then() {
        auto const interval = polls() ? std::min(options_.poll, options_.rescan) : options_.rescan;
        for (;;) {
            co_await time_.pause(interval);
            co_await look(rule_directory::reading::what_may_have_changed);
        }
    }

    asio::awaitable<void> rescan_when_asked() {
        for (;;) {
            while (!is_asked_)
                co_await asked_.until(std::nullopt);
            is_asked_ = false;
            co_await look(rule_directory::reading::everything);
        }
    }

    asio::awaitable<void> collect_hints() {
        for (;;) {
            co_await watch_->readable();
            auto drained = watch_->drain();
            if (drained.empty())
                continue;
            hints_.add(std::move(drained), time_.elapsed());
            end_of_hints_.interrupt();
        }
    }

    asio::awaitable<void> follow_hints() {
        for (;;) {
            if (!hints_.due())
                co_await end_of_hints_.until(std::nullopt);
            else
                co_await end_of_hints_.at_most(*hints_.due() - time_.elapsed());
            if (!hints_.due() || *hints_.due() > time_.elapsed())
                continue;
            auto hints = hints_.take();
            co_await reload(std::move(hints));
        }
    }

    asio::awaitable<void> reload(directory_hints hints) {
        auto gathering = [self = shared_from_this(), hints = std::move(hints)] { return self->gather(hints); };
        co_await take_in_what(std::move(gathering));
    }

    void report(diagnostic const& finding) const {
        if (options_.report)
            options_.report(finding);
    }

    void report(severity level, char const* code, std::string message, std::filesystem::path const& path) const {
        diagnostic finding;
        finding.level = level;
        finding.code = code;
        finding.message = std::move(message);
        finding.path = path.string();
        report(finding);
    }

    void report_unwatched(std::string const& why) const {
        report(severity::warning, "unwatched", "changes are noticed by rescans only: " + why, options_.directory);
    }

    asio::any_io_executor const executor_;
    time_source& time_;
    filesystem_store_options const options_;
    rule_directory directory_;
    rule_corpus corpus_;
    state_table states_;
    std::optional<state_journal> journal_;
    rulehost::revision revision_ = 0;
    recent_deletions deleted_;
    std::size_t withheld_ = 0;
    change_feed feed_;
    interruptible_sleep next_expiry_;

    turns reading_;                 ///< of the directory: `directory_`, and `corpus_` as it is
    turns changing_;                ///< changes to publish, in the order of revisions
    std::deque<gathered> gathered_; ///< not taken in yet
    interruptible_sleep asked_;
    bool is_asked_ = false; ///< for a rescan
    bool is_read_ = false;  ///< the whole directory, once

    std::optional<directory_watch> watch_;
    bool watching_everything_ = true;
    settling_hints hints_;
    interruptible_sleep end_of_hints_;
};

filesystem_rule_store::filesystem_rule_store(asio::any_io_executor executor, time_source& time,
                                             filesystem_store_options options)
    : implementation_(std::make_shared<implementation>(std::move(executor), time, std::move(options))) {}

filesystem_rule_store::~filesystem_rule_store() {
    implementation_->feed().end();
}

asio::awaitable<void> filesystem_rule_store::run() {
    auto const self = implementation_;
    co_await self->run();
}

void filesystem_rule_store::rescan() {
    implementation_->rescan();
}

asio::awaitable<void> filesystem_rule_store::look() {
    auto const self = implementation_;
    co_await self->look(rule_directory::reading::everything);
}

std::size_t filesystem_rule_store::withheld_deletions() const {
    return implementation_->withheld_deletions();
}

asio::awaitable<rule_snapshot> filesystem_rule_store::load_compiled() {
    auto const self = implementation_;
    co_await self->be_read();
    co_return self->snapshot();
}

asio::awaitable<rule_state> filesystem_rule_store::get_state(std::string rule_id) {
    co_return implementation_->state(rule_id);
}

asio::awaitable<rule_state> filesystem_rule_store::set_state(std::string rule_id, rule_state state, std::string set_by,
                                                             std::optional<revision> expected) {
    auto const self = implementation_;
    co_return co_await self->set_state(std::move(rule_id), std::move(state), std::move(set_by), expected);
}

asio::awaitable<rule_state> filesystem_rule_store::clear_state(std::string rule_id, std::string set_by,
                                                               std::optional<revision> expected) {
    auto const self = implementation_;
    co_return co_await self->clear_state(std::move(rule_id), std::move(set_by), expected);
}

change_subscription filesystem_rule_store::subscribe_changes(std::size_t capacity) {
    return implementation_->feed().subscribe(capacity);
}

} // namespace rulehost
