#include "store/database/database_rule_store_implementation.hpp"

#include <utility>

namespace rulehost {

namespace {

/// Runs a member function and keeps its object alive until the call has ended, even if the store is destroyed.
template <class Object, class Result, class... Parameters, class... Arguments>
asio::awaitable<Result> alive(std::shared_ptr<Object> object,
                              asio::awaitable<Result> (Object::*function)(Parameters...), Arguments... arguments) {
    co_return co_await (object.get()->*function)(std::move(arguments)...);
}

} // namespace

database_rule_store::database_rule_store() {
    auto time = std::make_unique<system_time_source>();
    auto& reference = *time;
    implementation_ = std::make_shared<implementation>(std::nullopt, std::nullopt, std::move(time), reference,
                                                       database_store_options{});
}

database_rule_store::database_rule_store(asio::any_io_executor executor, asio::any_io_executor database,
                                         time_source& time, database_store_options options)
    : implementation_(std::make_shared<implementation>(std::move(executor), std::move(database), nullptr, time,
                                                       std::move(options))) {}

database_rule_store::~database_rule_store() {
    implementation_->tail().feed().end();
}

asio::awaitable<void> database_rule_store::run() {
    return alive(implementation_, &implementation::run);
}

asio::awaitable<rule_snapshot> database_rule_store::load_compiled() {
    return alive(implementation_, &implementation::load_compiled);
}

asio::awaitable<rule_state> database_rule_store::get_state(std::string rule_id) {
    return alive(implementation_, &implementation::get_state, std::move(rule_id));
}

asio::awaitable<rule_state> database_rule_store::set_state(std::string rule_id, rule_state state, std::string set_by,
                                                           std::optional<revision> expected) {
    return alive(implementation_, &implementation::set_state, std::move(rule_id), std::move(state), std::move(set_by),
                 expected);
}

asio::awaitable<rule_state> database_rule_store::clear_state(std::string rule_id, std::string set_by,
                                                             std::optional<revision> expected) {
    return alive(implementation_, &implementation::clear_state, std::move(rule_id), std::move(set_by), expected);
}

asio::awaitable<decision> database_rule_store::decide(decision wanted) {
    return alive(implementation_, &implementation::decide, std::move(wanted));
}

asio::awaitable<std::optional<decision>> database_rule_store::end_decision(decision_id id, std::string by) {
    return alive(implementation_, &implementation::end_decision, id, std::move(by));
}

change_subscription database_rule_store::subscribe_changes(std::size_t capacity) {
    return implementation_->tail().feed().subscribe(capacity);
}

asio::awaitable<revision> database_rule_store::upsert_rule(std::shared_ptr<rule_definition const> definition,
                                                           std::string source_path, std::string updated_by,
                                                           std::optional<lease_claim> under) {
    return alive(implementation_, &implementation::upsert_rule, std::move(definition), std::move(source_path),
                 std::move(updated_by), std::move(under));
}

asio::awaitable<std::vector<rule_pin>> database_rule_store::list_pins(std::string rule_id) {
    return alive(implementation_, &implementation::list_pins, std::move(rule_id));
}

asio::awaitable<revision> database_rule_store::roll_back(std::shared_ptr<rule_definition const> definition,
                                                         std::string source_path, rule_pin pin) {
    return alive(implementation_, &implementation::roll_back, std::move(definition), std::move(source_path),
                 std::move(pin));
}

asio::awaitable<bool> database_rule_store::unpin(std::string rule_id, std::string by) {
    return alive(implementation_, &implementation::unpin, std::move(rule_id), std::move(by));
}

asio::awaitable<bool> database_rule_store::delete_rule(std::string rule_id, std::string deleted_by,
                                                       std::optional<lease_claim> under) {
    return alive(implementation_, &implementation::delete_rule, std::move(rule_id), std::move(deleted_by),
                 std::move(under));
}

asio::awaitable<revision> database_rule_store::upsert_list(rule_list list, std::string updated_by,
                                                           std::optional<lease_claim> under) {
    return alive(implementation_, &implementation::upsert_list, std::move(list), std::move(updated_by),
                 std::move(under));
}

asio::awaitable<bool> database_rule_store::delete_list(std::string name, std::string deleted_by,
                                                       std::optional<lease_claim> under) {
    return alive(implementation_, &implementation::delete_list, std::move(name), std::move(deleted_by),
                 std::move(under));
}

asio::awaitable<std::vector<list_row>> database_rule_store::list_lists() {
    return alive(implementation_, &implementation::list_lists);
}

asio::awaitable<std::size_t> database_rule_store::count_deleted(std::string deleted_by, duration ago) {
    return alive(implementation_, &implementation::count_deleted, std::move(deleted_by), ago);
}

asio::awaitable<void> database_rule_store::begin_first_pass(lease_claim under) {
    return alive(implementation_, &implementation::begin_first_pass, std::move(under));
}

asio::awaitable<void> database_rule_store::end_first_pass(lease_claim under) {
    return alive(implementation_, &implementation::end_first_pass, std::move(under));
}

asio::awaitable<void> database_rule_store::note_quarantine(std::vector<quarantined_rule> texts, lease_claim under) {
    return alive(implementation_, &implementation::note_quarantine, std::move(texts), std::move(under));
}

asio::awaitable<std::vector<quarantined_text>> database_rule_store::list_quarantined_texts() {
    return alive(implementation_, &implementation::list_quarantined_texts);
}

asio::awaitable<std::vector<rule_row>> database_rule_store::list_rules() {
    return alive(implementation_, &implementation::list_rules);
}

asio::awaitable<std::map<std::string, rule_state>> database_rule_store::list_states() {
    return alive(implementation_, &implementation::list_states);
}

asio::awaitable<decision_map> database_rule_store::list_decisions() {
    return alive(implementation_, &implementation::list_decisions);
}

asio::awaitable<std::vector<quarantined_rule>> database_rule_store::list_damaged_states() {
    return alive(implementation_, &implementation::list_damaged_states);
}

asio::awaitable<time_point> database_rule_store::clock() {
    return alive(implementation_, &implementation::clock);
}

asio::awaitable<std::vector<history_entry>> database_rule_store::history(std::string rule_id, revision after,
                                                                         std::size_t limit) {
    return alive(implementation_, &implementation::history, std::move(rule_id), after, limit);
}

asio::awaitable<void> database_rule_store::note_worker(worker_row row) {
    return alive(implementation_, &implementation::note_worker, std::move(row));
}

asio::awaitable<std::string> database_rule_store::claim_worker(worker_row row) {
    return alive(implementation_, &implementation::claim_worker, std::move(row));
}

asio::awaitable<bool> database_rule_store::end_worker(std::string process) {
    return alive(implementation_, &implementation::end_worker, std::move(process));
}

asio::awaitable<worker_list> database_rule_store::list_workers() {
    return alive(implementation_, &implementation::list_workers);
}

asio::awaitable<std::size_t> database_rule_store::remove_gone_worker(std::string worker) {
    return alive(implementation_, &implementation::remove_gone_worker, std::move(worker));
}

asio::awaitable<bool> database_rule_store::take_lease(std::string name, std::string holder, duration length) {
    return alive(implementation_, &implementation::take_lease, std::move(name), std::move(holder), length);
}

asio::awaitable<void> database_rule_store::give_lease_back(std::string name, std::string holder) {
    return alive(implementation_, &implementation::give_lease_back, std::move(name), std::move(holder));
}

expiry_clock database_rule_store::expiries() const {
    return implementation_->tail().expiries();
}

revision database_rule_store::position() const {
    auto const& position = implementation_->tail().mirror().position();
    return position ? position->revision : 0;
}

std::string database_rule_store::database_id() const {
    auto const& position = implementation_->tail().mirror().position();
    return position ? position->database_id : "";
}

std::optional<time_point> database_rule_store::stale_since() const {
    return implementation_->tail().stale_since();
}

std::string database_rule_store::gone() const {
    return implementation_->gone();
}

std::optional<duration> database_rule_store::stale_for() const {
    return implementation_->tail().stale_for();
}

} // namespace rulehost
