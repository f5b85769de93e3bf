#include <rulehost/rule_sync.hpp>

#include "directory/deletion_guard.hpp"
#include "store/database/database_lists.hpp"
#include "store/database/process_name.hpp"
#include "store/sync/held_lease.hpp"
#include "store/sync/list_order.hpp"
#include "store/sync/pinned_rules.hpp"
#include "store/sync/projected_rows.hpp"
#include "text/failure_reason.hpp"

#include <rulehost/task_group.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <map>
#include <new>
#include <set>
#include <stdexcept>
#include <utility>
#include <variant>
#include <vector>

namespace rulehost {

namespace asio = boost::asio;

namespace {

/// Another full pass is needed.
class another_pass : public std::exception {};

rule_sync_options checked(rule_sync_options options) {
    if (options.lease < std::chrono::seconds{1})
        throw std::invalid_argument("a lease of a master lasts a second at least");
    if (options.name.empty() || options.name.size() > 200)
        throw std::invalid_argument("the name of a projection has 1 to 200 bytes");
    if (options.holder.empty())
        options.holder = process_name();
    return options;
}

} // namespace

class sync_from_filesystem::implementation {
public:
    implementation(filesystem_rule_store& files, database_rule_store& database, time_source& time,
                   rule_sync_options options)
        : files_(files),
          database_(database),
          time_(time),
          options_(checked(std::move(options))),
          lease_(database, time, lease_claim(options_.name, options_.holder), options_.lease),
          rows_(database, lease_, time, options_),
          pins_(database, [this](std::string const& line) { log(line); }) {}

    asio::awaitable<std::optional<sync_result>> synchronise() {
        bool const is_held = co_await lease_.take();
        if (!is_held)
            co_return std::nullopt;
        std::optional<sync_result> result;
        std::exception_ptr problem;
        try {
            co_await files_.look();
            result = co_await project();
        } catch (lease_lost const&) {
            // As if another holder had had it from the start.
        } catch (...) {
            problem = std::current_exception(); // possibly a cancellation
        }
        bool const throws = co_await asio::this_coro::throw_if_cancelled();
        co_await asio::this_coro::throw_if_cancelled(false);
        co_await lease_.give_back();
        co_await asio::this_coro::throw_if_cancelled(throws);
        if (problem)
            std::rethrow_exception(problem);
        co_return result;
    }

    asio::awaitable<void> run() {
        std::exception_ptr end;
        try {
            co_await work();
        } catch (...) {
            end = std::current_exception(); // usually a cancellation
        }
        // Otherwise the next master would wait until the lease expires.
        co_await asio::this_coro::throw_if_cancelled(false);
        co_await lease_.give_back();
        if (end)
            std::rethrow_exception(end);
    }

    std::size_t refused() const { return rows_.refused(); }
    std::size_t pinned() const { return pins_.size(); }
    std::size_t withheld() const { return withheld_; }

private:
    enum class outcome { ended, again };

    asio::awaitable<void> work() {
        for (;;) {
            std::string problem;
            try {
                auto const how = co_await hold_lease_and_follow();
                if (how == outcome::ended)
                    co_return;
            } catch (store_unavailable const& unavailable) {
                problem = unavailable.what();
            } catch (lease_lost const& lost) {
                problem = lost.what();
            } catch (another_pass const&) {
                continue;
            } catch (std::bad_alloc const& error) {
                problem = failure_reason(error);
            } catch (std::filesystem::filesystem_error const& error) {
                problem = error.what();
            }
            log_change(problem.empty() ? "waiting: another master is at work" : "waiting: " + problem);
            co_await time_.pause(options_.lease / 3);
        }
    }

    asio::awaitable<outcome> hold_lease_and_follow() {
        bool const is_held = co_await lease_.take();
        if (!is_held) {
            rows_.retain_refusals({}); // no matter of ours any more
            pins_.clear();
            withheld_ = 0;
            co_return outcome::again;
        }
        // A database call is not interrupted, and a group must not begin if its owner can no longer join it.
        auto const cancelled = co_await asio::this_coro::cancellation_state;
        if (cancelled.cancelled() != asio::cancellation_type::none)
            throw boost::system::system_error(asio::error::operation_aborted);
        auto const executor = co_await asio::this_coro::executor;
        task_group tasks(executor);
        tasks.spawn("lease of the master", keep_lease());
        tasks.spawn("projection of rules", follow(tasks));
        co_await tasks.join();
        co_return outcome::ended;
    }

    asio::awaitable<void> keep_lease() {
        for (;;) {
            co_await time_.pause(options_.lease / 3);
            // Named: g++ 12 miscompiles this coroutine otherwise, and its first wait reads an invalid frame.
            bool const held = co_await lease_.take();
            if (!held)
                throw lease_lost();
            // The end of an invalid text without a live rule is no change of `files_`, but its row may have to be
            // deleted.
            co_await note_quarantine();
            bool const unpinned = co_await pins_.refresh();
            bool const text_fixed = co_await unresolved_text_fixed();
            bool const undone = rows_.refused() > 0 || withheld_ > 0;
            if (unpinned || text_fixed || (undone && rows_.may_retry()))
                throw another_pass(); // not from here: of two passes at once the older could write last
        }
    }

    asio::awaitable<bool> unresolved_text_fixed() {
        auto const there = co_await files_.load_compiled();
        auto const unresolved = unresolved_texts(there);
        co_return !std::ranges::includes(unresolved, unresolved_);
    }

    /// Writes the quarantine: a text that becomes invalid is no change of `files_`.
    asio::awaitable<void> note_quarantine() {
        auto const there = co_await files_.load_compiled();
        co_await note(there);
    }

    asio::awaitable<void> note(rule_snapshot const& there) {
        std::string findings;
        for (auto const& bad : there.quarantine)
            findings += bad.path + '\n' + to_json(bad.diagnostics) + '\n';
        if (findings == noted_)
            co_return;
        auto texts = there.quarantine;
        co_await database_.note_quarantine(std::move(texts), lease_.claim());
        noted_ = std::move(findings);
    }

    static std::set<std::string> unresolved_texts(rule_snapshot const& there) {
        std::set<std::string> unresolved;
        for (auto const& bad : there.quarantine)
            unresolved.insert(bad.rule_id + " " + bad.path);
        return unresolved;
    }

    asio::awaitable<void> follow(task_group& tasks) {
        co_await files_.look();                    // the last master may have seen newer files
        auto changes = files_.subscribe_changes(); // before the pass: no gap
        auto const first = co_await project();
        log_change("master: " + std::to_string(first.written) + " written, " + std::to_string(first.deleted) +
                   " deleted, " + std::to_string(first.unchanged) + " unchanged, " +
                   std::to_string(first.skipped_invalid) + " quarantined" +
                   (first.pinned == 0 ? "" : ", " + std::to_string(first.pinned) + " pinned") +
                   (first.withheld == 0 ? "" : ", " + std::to_string(first.withheld) + " deletions withheld") +
                   (first.refused == 0 ? "" : ", " + std::to_string(first.refused) + " refused by the database"));
        for (;;) {
            auto const next = co_await changes.next();
            if (std::holds_alternative<subscription_ended>(next)) {
                tasks.cancel();
                co_return;
            }
            auto const* const change = std::get_if<rule_change>(&next);
            if (!change) {
                co_await project();
            } else if (change->revision > projected_ && change->what() != rule_change::kind::state &&
                       change->what() != rule_change::kind::decision) {
                // A deletion depends on the author of its row and rarely comes alone, so a pass handles them all. While
                // deletions are withheld, a rule that is back may end that.
                if (change->what() == rule_change::kind::definition && change->definition() && withheld_ == 0)
                    co_await rows_.write(change->definition());
                else
                    co_await project();
            }
        }
    }

    /// Writes the directory to the rows of this projection.
    asio::awaitable<sync_result> project() {
        auto const there = co_await files_.load_compiled();
        co_await pins_.refresh();
        auto const listed = co_await database_.list_rules();
        std::map<std::string_view, rule_row const*> rows;
        for (auto const& row : listed)
            rows.emplace(row.rule_id, &row);
        auto const ours = [&](rule_row const& row) { return row.updated_by == options_.name; };
        auto begins = std::ranges::none_of(listed, ours);
        sync_result result;
        std::set<std::string> refused;
        rows_.begin_pass();
        auto const lists = co_await database_.list_lists();
        co_await write_lists(there, lists, refused); // before the rules that name them
        std::set<std::string_view> wanted;
        for (auto const& rule : there.rules) {
            auto const& definition = rule->definition();
            wanted.insert(definition.rule_id);
            auto const row = rows.find(definition.rule_id);
            auto const* const pin = row == rows.end() ? nullptr : pins_.find(definition.rule_id);
            if (pin && pin->file_hash == definition.content_hash) {
                ++result.pinned;
                continue;
            }
            if (pin)
                log("rule " + definition.rule_id + ": its file has changed, which ends the pin of " + pin->set_by);
            // While its file is bad we know no text but an old one: another master may have written a newer since.
            if (row != rows.end() &&
                ((!pin && row->second->text == definition.text) || there.kept.contains(definition.rule_id))) {
                ++result.unchanged;
                continue;
            }
            if (std::exchange(begins, false))
                co_await database_.begin_first_pass(lease_.claim());
            auto const written = co_await rows_.write(rule->shared_definition());
            if (written)
                ++result.written;
            else
                refused.insert(definition.rule_id);
            if (options_.progress)
                options_.progress(wanted.size(), there.rules.size());
        }
        // An invalid text may belong to the rule that it names, or to any rule from its file.
        std::set<std::string> unreadable_files;
        for (auto const& bad : there.quarantine) {
            ++result.skipped_invalid;
            wanted.insert(bad.rule_id);
            if (bad.rule_id.empty())
                unreadable_files.insert(std::filesystem::path(bad.path).filename().string());
        }
        std::vector<rule_row const*> gone;
        deletion_plan plan;
        for (auto const& row : listed) {
            plan.before += ours(row);
            if (ours(row) && !wanted.contains(row.rule_id) &&
                !unreadable_files.contains(std::filesystem::path(row.source_path).filename().string()))
                gone.push_back(&row);
        }
        plan.after = plan.before - gone.size() + result.written;
        auto const suspicious = co_await is_accident(plan, gone.size());
        auto const gone_lists = lists_without_text(options_.name, lists, *there.lists, unreadable_files);
        auto const keeps_lists = suspicious || loses_many(lists, gone_lists);
        if (suspicious)
            result.withheld = gone.size();
        if (keeps_lists)
            result.withheld += gone_lists.size();
        report_withheld(names_of(suspicious ? gone : std::vector<rule_row const*>(),
                                 keeps_lists ? gone_lists : std::vector<std::string>()),
                        plan.before);
        for (auto const* const row : gone) {
            if (suspicious)
                break;
            auto const deleted = co_await rows_.remove(*row);
            if (deleted)
                ++result.deleted;
            else
                refused.insert(row->rule_id);
        }
        for (auto const& name : gone_lists) { // after the rules that named them
            if (keeps_lists)
                break;
            auto const deleted = co_await rows_.remove_list(name);
            if (!deleted)
                refused.insert("$" + name);
        }
        rows_.retain_refusals(refused);
        result.refused = refused.size();
        co_await lease_.renew();
        co_await database_.end_first_pass(lease_.claim()); // also one that a dead master began
        noted_.reset();                                    // another master may have written in the meantime
        co_await note(there);
        projected_ = there.revision;
        unresolved_ = unresolved_texts(there);
        co_return result;
    }

    /// As `is_accident`, but deleting the last list is not one.
    bool loses_many(std::vector<list_row> const& rows, std::vector<std::string> const& gone) const {
        auto const before = static_cast<std::size_t>(std::ranges::count(rows, options_.name, &list_row::updated_by));
        return !options_.allow_deletions && is_suspicious({before, gone.size(), before - gone.size() + 1});
    }

    /// Adds the lists that the database rejects to `refused`. Workers follow row by row, and a list that names one that
    /// is still to come would be quarantined meanwhile.
    asio::awaitable<void> write_lists(rule_snapshot const& there, std::vector<list_row> const& rows,
                                      std::set<std::string>& refused) {
        for (auto const* const list : named_lists_first(*there.lists)) {
            auto const row = std::ranges::find(rows, list->name, &list_row::name);
            if (row != rows.end() && (row->values == row_text(*list) || there.kept.contains('$' + list->name)))
                continue;
            auto const written = co_await rows_.write(*list);
            if (!written)
                refused.insert("$" + list->name);
        }
    }

    /// Whether the deletions look like an accident. Recent ones, which the database records, count as well: a checkout
    /// deletes one file after the other, and a master may restart in between.
    asio::awaitable<bool> is_accident(deletion_plan plan, std::size_t gone) {
        if (options_.allow_deletions || gone == 0)
            co_return false;
        auto const before = co_await database_.count_deleted(options_.name, deletion_window);
        plan.before += before;
        plan.deleted = gone + before;
        co_return is_suspicious(plan);
    }

    /// Reports once when it begins, and once when it ends.
    void report_withheld(std::vector<std::string> const& rule_ids, std::size_t of) {
        if (!rule_ids.empty())
            rows_.retry_later();
        if ((std::exchange(withheld_, rule_ids.size()) != 0) == !rule_ids.empty())
            return;
        if (auto const& log = !rule_ids.empty() && options_.error ? options_.error : options_.log) {
            log(options_.name + ": " +
                (rule_ids.empty() ? "no deletion is withheld any more" : withheld_text(rule_ids, of)));
        }
    }

    void log(std::string const& line) const {
        if (options_.log)
            options_.log(options_.name + ": " + line);
    }

    void log_change(std::string const& line) {
        if (std::exchange(last_line_, line) != line)
            log(line);
    }

    filesystem_rule_store& files_;
    database_rule_store& database_;
    time_source& time_;
    rule_sync_options options_;
    held_lease lease_;
    projected_rows rows_;
    pinned_rules pins_;
    revision projected_ = 0;           ///< of `files_`: what the last pass has seen
    std::set<std::string> unresolved_; ///< invalid texts for which the last pass kept rows
    std::optional<std::string> noted_; ///< the quarantine as last written
    std::size_t withheld_ = 0;         ///< deletions, in the last pass
    std::string last_line_;            ///< each transition is logged once
};

sync_from_filesystem::sync_from_filesystem(filesystem_rule_store& files, database_rule_store& database,
                                           time_source& time, rule_sync_options options)
    : implementation_(std::make_unique<implementation>(files, database, time, std::move(options))) {}

sync_from_filesystem::~sync_from_filesystem() = default;

asio::awaitable<std::optional<sync_result>> sync_from_filesystem::synchronise() {
    return implementation_->synchronise();
}

asio::awaitable<void> sync_from_filesystem::run() {
    return implementation_->run();
}

std::size_t sync_from_filesystem::pinned() const {
    return implementation_->pinned();
}

std::size_t sync_from_filesystem::withheld() const {
    return implementation_->withheld();
}

std::size_t sync_from_filesystem::refused() const {
    return implementation_->refused();
}

} // namespace rulehost
