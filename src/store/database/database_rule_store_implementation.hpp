#pragma once

#include <rulehost/database_rule_store.hpp>

#include "store/database/database_caller.hpp"
#include "store/database/database_tail.hpp"
#include "store/database/listed_rows.hpp"
#include "store/database/process_name.hpp"
#include "store/database/state_writer.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rulehost {

namespace asio = boost::asio;

/// The calls of a store; each needs the object until it has ended.
class database_rule_store::implementation {
public:
    implementation(std::optional<asio::any_io_executor> executor, std::optional<asio::any_io_executor> database,
                   std::unique_ptr<time_source> own_time, time_source& time, database_store_options options)
        : own_time_(std::move(own_time)),
          options_(std::move(options)),
          database_(std::move(database), options_),
          tail_(std::move(executor), time, database_, options_),
          writer_(time, database_, tail_) {}

    database_tail& tail() { return tail_; }
    std::string const& gone() const { return database_.gone(); }

    asio::awaitable<void> run() { return tail_.run(); }
    asio::awaitable<rule_snapshot> load_compiled() { return tail_.load(); }

    asio::awaitable<rule_state> get_state(std::string rule_id) {
        struct found_state {
            std::optional<stored_state> stored;
            time_point now;
        };
        auto read = [rule_id](rule_database& database) {
            return found_state{database.state(rule_id), database.clock()};
        };
        auto const found = co_await database_.call("get_state", std::move(read));
        if (!found.stored)
            co_return rule_state();
        if (why_unusable(rule_id, found.stored->value).empty())
            co_return effective(std::get<rule_state>(found.stored->value), found.now);
        co_return tail_.mirror().states().effective(rule_id, found.now); // the last-known-good one
    }

    asio::awaitable<rule_state> set_state(std::string rule_id, rule_state state, std::string set_by,
                                          std::optional<revision> expected) {
        state.set_by = std::move(set_by);
        return writer_.set(std::move(rule_id), std::move(state), expected);
    }

    asio::awaitable<rule_state> clear_state(std::string rule_id, std::string set_by, std::optional<revision> expected) {
        return writer_.clear(std::move(rule_id), std::move(set_by), expected);
    }

    asio::awaitable<decision> decide(decision wanted) { return writer_.decide(std::move(wanted)); }
    asio::awaitable<std::optional<decision>> end_decision(decision_id id, std::string by) {
        return writer_.end(id, std::move(by));
    }

    asio::awaitable<revision> upsert_rule(std::shared_ptr<rule_definition const> definition, std::string source_path,
                                          std::string updated_by, std::optional<lease_claim> under) {
        stored_rule row;
        row.rule_id = definition->rule_id;
        row.source_path = std::move(source_path);
        row.yaml_content = definition->text;
        row.updated_by = std::move(updated_by);
        auto write = [row, definition, under](rule_database& database) {
            return database.write_rule(row, definition->rule_version, definition->content_hash, under);
        };
        return writer_.repeatable("upsert_rule", std::move(write));
    }

    asio::awaitable<std::vector<rule_pin>> list_pins(std::string rule_id) {
        auto read = [rule_id](rule_database& database) { return database.pins(rule_id); };
        return database_.call("list_pins", std::move(read));
    }

    asio::awaitable<revision> roll_back(std::shared_ptr<rule_definition const> definition, std::string source_path,
                                        rule_pin pin) {
        stored_rule row;
        row.rule_id = pin.rule_id = definition->rule_id;
        row.source_path = std::move(source_path);
        row.yaml_content = definition->text;
        auto write = [row, definition, pin](rule_database& database) {
            return database.roll_back(pin, row, definition->rule_version, definition->content_hash);
        };
        return writer_.repeatable("roll_back", std::move(write));
    }

    asio::awaitable<bool> unpin(std::string rule_id, std::string by) {
        auto end = [rule_id, by](rule_database& database) { return database.unpin(rule_id, by); };
        return database_.call("unpin", std::move(end));
    }

    asio::awaitable<bool> delete_rule(std::string rule_id, std::string deleted_by, std::optional<lease_claim> under) {
        auto remove = [rule_id, deleted_by, under](rule_database& database) {
            return database.remove_rule(rule_id, deleted_by, under);
        };
        return writer_.repeatable("delete_rule", std::move(remove));
    }

    asio::awaitable<revision> upsert_list(rule_list list, std::string updated_by, std::optional<lease_claim> under) {
        stored_list row;
        row.name = list.name;
        row.values = row_text(list);
        row.source_path = list.path;
        row.updated_by = std::move(updated_by);
        auto write = [row, under](rule_database& database) { return database.write_list(row, under); };
        return writer_.repeatable("upsert_list", std::move(write));
    }

    asio::awaitable<bool> delete_list(std::string name, std::string deleted_by, std::optional<lease_claim> under) {
        auto remove = [name, deleted_by, under](rule_database& database) {
            return database.remove_list(name, deleted_by, under);
        };
        return writer_.repeatable("delete_list", std::move(remove));
    }

    asio::awaitable<std::vector<list_row>> list_lists() {
        auto read = [](rule_database& database) { return database.lists(); };
        auto rows = co_await database_.call("list_lists", std::move(read));
        co_return listed(std::move(rows));
    }

    asio::awaitable<std::size_t> count_deleted(std::string deleted_by, duration ago) {
        auto count = [deleted_by, ago](rule_database& database) { return database.count_deleted(deleted_by, ago); };
        return database_.call("count_deleted", std::move(count));
    }

    asio::awaitable<void> begin_first_pass(lease_claim under) {
        auto begin = [under](rule_database& database) {
            database.begin_first_pass(under);
            return true;
        };
        co_await database_.call("begin_first_pass", std::move(begin));
    }

    asio::awaitable<void> end_first_pass(lease_claim under) {
        auto end = [under](rule_database& database) {
            database.end_first_pass(under);
            return true;
        };
        co_await database_.call("end_first_pass", std::move(end));
    }

    asio::awaitable<void> note_quarantine(std::vector<quarantined_rule> texts, lease_claim under) {
        std::vector<quarantined_row> rows;
        for (auto const& each : texts)
            rows.push_back({under.name, each.rule_id, each.path, to_json(each.diagnostics), {}});
        auto write = [rows, under](rule_database& database) {
            database.write_quarantine(rows, under);
            return true;
        };
        co_await database_.call("note_quarantine", std::move(write));
    }

    asio::awaitable<std::vector<quarantined_text>> list_quarantined_texts() {
        auto read = [](rule_database& database) { return database.quarantine(); };
        auto rows = co_await database_.call("list_quarantined_texts", std::move(read));
        co_return listed(std::move(rows));
    }

    asio::awaitable<std::vector<rule_row>> list_rules() {
        auto read = [](rule_database& database) { return database.rules(); };
        auto rows = co_await database_.call("list_rules", std::move(read));
        co_return listed(std::move(rows));
    }

    asio::awaitable<std::map<std::string, rule_state>> list_states() {
        struct found_states {
            std::vector<stored_state> rows;
            time_point now;
        };
        auto read = [](rule_database& database) { return found_states{database.states(), database.clock()}; };
        auto found = co_await database_.call("list_states", std::move(read));
        co_return listed(std::move(found.rows), found.now);
    }

    asio::awaitable<decision_map> list_decisions() {
        struct found_decisions {
            std::vector<stored_decision> rows;
            time_point now;
        };
        auto read = [](rule_database& database) { return found_decisions{database.decisions(), database.clock()}; };
        auto found = co_await database_.call("list_decisions", std::move(read));
        co_return listed(std::move(found.rows), found.now);
    }

    asio::awaitable<std::vector<quarantined_rule>> list_damaged_states() {
        struct found_rows {
            std::vector<stored_state> states;
            std::vector<stored_decision> decisions;
        };
        auto read = [](rule_database& database) { return found_rows{database.states(), database.decisions()}; };
        auto const rows = co_await database_.call("list_damaged_states", std::move(read));
        co_return damaged(rows.states, rows.decisions);
    }

    asio::awaitable<time_point> clock() {
        auto read = [](rule_database& database) { return database.clock(); };
        return database_.call("clock", std::move(read));
    }

    asio::awaitable<std::vector<history_entry>> history(std::string rule_id, revision after, std::size_t limit) {
        auto read = [rule_id, after, limit](rule_database& database) {
            return database.history(rule_id, after, limit);
        };
        auto rows = co_await database_.call("history", std::move(read));
        co_return listed(std::move(rows));
    }

    asio::awaitable<void> note_worker(worker_row row) {
        auto write = [row](rule_database& database) {
            database.write_worker(row);
            return true;
        };
        co_await database_.call("note_worker", std::move(write));
    }

    asio::awaitable<std::string> claim_worker(worker_row row) {
        auto write = [row](rule_database& database) { return database.claim_worker(row, process_has_ended); };
        return database_.call("claim_worker", std::move(write));
    }

    asio::awaitable<bool> end_worker(std::string process) {
        auto remove = [process](rule_database& database) { return database.remove_worker(process); };
        return database_.call("end_worker", std::move(remove));
    }

    asio::awaitable<worker_list> list_workers() {
        auto read = [](rule_database& database) { return database.workers(); };
        return database_.call("list_workers", std::move(read));
    }

    asio::awaitable<std::size_t> remove_gone_worker(std::string worker) {
        auto remove = [worker](rule_database& database) { return database.remove_gone_worker(worker); };
        return database_.call("forget_worker", std::move(remove));
    }

    asio::awaitable<bool> take_lease(std::string name, std::string holder, duration length) {
        auto take = [name, holder, length](rule_database& database) {
            return database.take_lease(name, holder, length);
        };
        return database_.call("take_lease", std::move(take));
    }

    asio::awaitable<void> give_lease_back(std::string name, std::string holder) {
        auto give = [name, holder](rule_database& database) {
            database.give_lease_back(name, holder);
            return true;
        };
        co_await database_.call("give_lease_back", std::move(give));
    }

private:
    std::unique_ptr<time_source> own_time_; ///< empty: the caller's
    database_store_options options_;
    database_caller database_;
    database_tail tail_;
    state_writer writer_;
};

} // namespace rulehost
