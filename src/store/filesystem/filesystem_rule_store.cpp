#include <rulehost/filesystem_rule_store.hpp>

#include "async/blocking_call.hpp"
#include "async/interruptible_sleep.hpp"
#include "async/turns.hpp"
#include "directory/deletion_guard.hpp"
#include "directory/rule_corpus.hpp"
#include "directory/rule_directory.hpp"
#include "store/filesystem/directory_watch.hpp"
#include "store/filesystem/kept_states.hpp"
#include "store/filesystem/settling_hints.hpp"

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
          states_(log_, time, options_.state_file, options_.blocking, options_.report),
          asked_(time),
          hints_(options_.debounce),
          end_of_hints_(time) {
        if (options_.rescan <= duration::zero() || options_.poll <= duration::zero() ||
            options_.debounce < duration::zero())
            throw std::invalid_argument("a store cannot rescan without a pause");
        if (!options_.blocking)
            take_in(gather(rule_directory::reading::everything));
    }

    /// Returns once the directory was read.
    asio::awaitable<void> be_read() {
        if (!is_read_)
            co_await look(rule_directory::reading::what_may_have_changed); // nothing to do after another caller's
    }

    asio::awaitable<void> run() {
        begin_watching();
        // Events since the directory was read, and the watches of its subdirectories.
        co_await look(rule_directory::reading::what_may_have_changed);
        task_group tasks(executor_);
        tasks.spawn("expiry of states", states_.remove_expired());
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
        auto const state_of = [&](std::string const& rule_id) { return states_.table().effective(rule_id, now); };
        auto result = corpus_.snapshot(state_of);
        result.revision = log_.revision;
        result.states = states_.table().stored();
        result.decisions = states_.table().decisions();
        return result;
    }

    rule_state state(std::string const& rule_id) const { return states_.table().effective(rule_id, time_.now()); }
    kept_states& states() { return states_; }

    change_feed& feed() { return log_.feed; }
    std::size_t withheld_deletions() const { return withheld_; }

private:
    /// The new changes of the directory.
    struct gathered {
        rule_corpus::texts texts;
        std::optional<bool> watching_everything; ///< empty: it was not scanned as a whole
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
        // Kept even if this is cancelled now: the directory returns each change once.
        auto found = co_await on_files(std::move(gathering));
        gathered_.push_back(std::move(found));
        auto const turn = co_await log_.changing.take();
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
            log_.feed.publish(rule_change(++log_.revision, std::move(lists)));
        }
        for (auto const& edit : outcome.edits) {
            rule_change const change(++log_.revision, edit.rule_id, edit.definition);
            if (is_read_) // otherwise nothing was loaded yet
                log_.feed.publish(change);
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

    void begin_watching() {
        if (options_.watch != filesystem_store_options::hints::inotify || polls())
            return;
        try {
            watch_.emplace(executor_, options_.directory);
        } catch (std::system_error const& problem) {
            report_unwatched(problem.what());
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
        report(severity::warning, "unwatched", "only rescans detect changes: " + why, options_.directory);
    }

    asio::any_io_executor const executor_;
    time_source& time_;
    filesystem_store_options const options_;
    rule_directory directory_;
    rule_corpus corpus_;
    change_log log_;
    kept_states states_;
    recent_deletions deleted_;
    std::size_t withheld_ = 0;

    turns reading_;                 ///< guards `directory_` and reading `corpus_`
    std::deque<gathered> gathered_; ///< not applied yet
    interruptible_sleep asked_;
    bool is_asked_ = false; ///< a rescan was requested
    bool is_read_ = false;  ///< the whole directory was read once

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
    state.set_by = std::move(set_by);
    co_return co_await self->states().set(std::move(rule_id), std::move(state), expected);
}

asio::awaitable<rule_state> filesystem_rule_store::clear_state(std::string rule_id, std::string set_by,
                                                               std::optional<revision> expected) {
    auto const self = implementation_;
    co_return co_await self->states().clear(std::move(rule_id), std::move(set_by), expected);
}

asio::awaitable<decision> filesystem_rule_store::decide(decision wanted) {
    auto const self = implementation_;
    co_return co_await self->states().decide(std::move(wanted));
}

asio::awaitable<std::optional<decision>> filesystem_rule_store::end_decision(decision_id id, std::string by) {
    auto const self = implementation_;
    co_return co_await self->states().end(id, std::move(by));
}

change_subscription filesystem_rule_store::subscribe_changes(std::size_t capacity) {
    return implementation_->feed().subscribe(capacity);
}

} // namespace rulehost
