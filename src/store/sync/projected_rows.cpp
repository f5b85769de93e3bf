#include "store/sync/projected_rows.hpp"

#include "text/failure_reason.hpp"

#include <chrono>
#include <filesystem>
#include <new>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

namespace {

constexpr duration retry_pause = std::chrono::minutes{10};
constexpr std::size_t max_refusals_logged = 10;

} // namespace

asio::awaitable<bool> projected_rows::write(std::shared_ptr<rule_definition const> definition) {
    auto call = database_.upsert_rule(definition, definition->path, options_.name, lease_.claim());
    co_return co_await done(std::move(call), definition->rule_id, definition->path);
}

asio::awaitable<bool> projected_rows::remove(rule_row const& row) {
    // Under another name, so that confirmed deletions do not count against the next ones.
    auto const by = options_.allow_deletions ? options_.name + " (deletions allowed)" : options_.name;
    auto call = database_.delete_rule(row.rule_id, by, lease_.claim());
    co_return co_await done(std::move(call), row.rule_id, row.source_path);
}

asio::awaitable<bool> projected_rows::write(rule_list const& list) {
    auto call = database_.upsert_list(list, options_.name, lease_.claim());
    co_return co_await done(std::move(call), "$" + list.name, list.path);
}

asio::awaitable<bool> projected_rows::remove_list(std::string name) {
    auto call = database_.delete_list(name, options_.name, lease_.claim());
    co_return co_await done(std::move(call), "$" + name, name);
}

void projected_rows::retain_refusals(std::set<std::string> const& ids) {
    std::erase_if(refused_, [&](auto const& known) { return !ids.contains(known.first); });
}

void projected_rows::retry_later() {
    retry_at_ = time_.elapsed() + retry_pause;
}

template <class Result>
asio::awaitable<bool> projected_rows::done(asio::awaitable<Result> call, std::string id, std::string path) {
    co_await lease_.renew();
    std::string refusal;
    try {
        co_await std::move(call);
    } catch (call_refused const& refused) {
        refusal = refused.what();
    } catch (std::bad_alloc const& error) { // a large text, for example: affects only its rule
        refusal = failure_reason(error);
    }
    co_return settle(id, path, refusal);
}

/// Records whether the database accepted the row.
bool projected_rows::settle(std::string const& id, std::string const& path, std::string const& refusal) {
    if (refusal.empty()) {
        refused_.erase(id);
        return true;
    }
    retry_later();
    auto const known = std::exchange(refused_[id], refusal) == refusal;
    if (!known && options_.log && logged_++ < max_refusals_logged)
        options_.log(options_.name + ": " + path + ": rule " + id + " stays in the store as it was: " + refusal);
    return false;
}

std::vector<std::string> lists_without_text(std::string const& projection, std::vector<list_row> const& rows,
                                            rule_lists const& lists, std::set<std::string> const& unreadable_files) {
    std::vector<std::string> gone;
    for (auto const& row : rows)
        if (row.updated_by == projection && !lists.contains(row.name) &&
            !unreadable_files.contains(std::filesystem::path(row.source_path).filename().string()))
            gone.push_back(row.name);
    return gone;
}

std::vector<std::string> names_of(std::vector<rule_row const*> const& rules, std::vector<std::string> const& lists) {
    std::vector<std::string> names;
    for (auto const* const row : rules)
        names.push_back(row->rule_id);
    for (auto const& name : lists)
        names.push_back("$" + name);
    return names;
}

} // namespace rulehost
