#pragma once

#include "support/rule_text.hpp"
#include "support/test_database.hpp"
#include "support/virtual_loop.hpp"

#include <rulehost/database_rule_store.hpp>
#include <rulehost/rule_reader.hpp>
#include <rulehost/task_group.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/json/serialize.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rulehost::test {

/// One process of a swarm: its own store on the shared database, with its log lines and findings. Everything, including
/// database calls, runs on one loop on virtual time.
class node {
public:
    explicit node(virtual_loop& loop, std::string const& url, std::function<void(database_store_options&)> adapt = {})
        : loop_(loop) {
        database_store_options options;
        options.url = url;
        options.poll = std::chrono::seconds{1};
        options.database_clock = [&loop] { return loop.time.now(); };
        options.random = [] { return 0.5; };
        options.report = [this](diagnostic const& finding) { findings.push_back(finding); };
        options.log = [this](std::string const& line) { log.push_back(line); };
        if (adapt)
            adapt(options);
        store_ = std::make_unique<database_rule_store>(loop.loop.get_executor(), loop.loop.get_executor(), loop.time,
                                                       std::move(options));
    }
    ~node() { stop(); }

    database_rule_store& store() { return *store_; }

    void start() {
        running_ = std::make_unique<task_group>(loop_.loop.get_executor());
        running_->spawn("store", store_->run());
        loop_.time.settle();
    }
    void stop() {
        if (running_) {
            running_->cancel();
            loop_.run(running_->join());
            running_.reset();
        }
    }

    void write(std::string const& rule_id, std::string const& pattern) {
        auto documents = read_rules(rule_text(rule_id, pattern), rule_id + ".yaml");
        auto written = store_->upsert_rule(documents.at(0).definition, rule_id + ".yaml", "author");
        loop_.run(std::move(written));
    }
    rule_state set(std::string const& rule_id, rule_state state, std::optional<revision> expected = {}) {
        return loop_.run(store_->set_state(rule_id, std::move(state), "ops", expected));
    }
    rule_state get(std::string const& rule_id) { return loop_.run(store_->get_state(rule_id)); }
    rule_snapshot load() { return loop_.run(store_->load_compiled()); }

    /// `R1=pattern R2=...`, then the states that are not the default.
    std::string digest() {
        std::string text;
        auto const snapshot = load();
        for (auto const& rule : snapshot.rules)
            text += rule->definition().rule_id + "=" + rule->definition().content_hash.substr(0, 8) + " ";
        for (auto const& [rule_id, state] : snapshot.states)
            text += rule_id + ":" + boost::json::serialize(to_json(state)) + " ";
        return text;
    }

    /// Available changes, one line each; a lag is `lagged`, the end `ended`.
    std::vector<std::string> read(change_subscription& from) {
        std::vector<std::string> lines;
        for (;;) {
            std::optional<change_or_end> taken;
            boost::asio::cancellation_signal enough;
            auto const take = [&](std::exception_ptr problem, change_or_end what) {
                if (!problem)
                    taken = std::move(what);
            };
            boost::asio::co_spawn(loop_.loop, from.next(), boost::asio::bind_cancellation_slot(enough.slot(), take));
            loop_.time.settle();
            enough.emit(boost::asio::cancellation_type::terminal);
            loop_.time.settle();
            if (!taken)
                return lines;
            if (auto const* const change = std::get_if<rule_change>(&*taken)) {
                lines.push_back(shown(*change));
            } else {
                lines.push_back(std::holds_alternative<subscription_lagged>(*taken) ? "lagged" : "ended");
                if (lines.back() == "ended")
                    return lines;
            }
        }
    }

    std::vector<diagnostic> findings;
    std::vector<std::string> log;

private:
    static std::string shown(rule_change const& change) {
        if (change.what() == rule_change::kind::lists) {
            auto text = std::to_string(change.revision);
            for (auto const& name : change.lists().names)
                text += " $" + name;
            text += " read by";
            for (auto const& definition : change.lists().definitions)
                text += " " + definition->rule_id;
            return text;
        }
        auto const head = std::to_string(change.revision) + " " + change.rule_id + " ";
        if (change.what() == rule_change::kind::definition)
            return head + (change.definition() ? "defined" : "deleted");
        return head + std::string(to_string(change.state().status)) +
            (change.cause == rule_change::origin::expiry ? " by expiry" : "");
    }

    virtual_loop& loop_;
    std::unique_ptr<database_rule_store> store_;
    std::unique_ptr<task_group> running_;
};

using lines = std::vector<std::string>;

} // namespace rulehost::test
