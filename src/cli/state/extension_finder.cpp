#include "cli/state/extension_finder.hpp"

#include "cli/state/state_options.hpp"
#include "cli/store/history_record.hpp"
#include "cli/terminal.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

auto about(decision const& made) {
    return std::tie(made.effect, made.confidence_max, made.rules, made.scope, made.starts_at);
}

asio::awaitable<std::optional<decision>> find(database_rule_store& store, decision_id id) {
    auto const all = co_await standing_decisions_in(store);
    auto const found = std::ranges::find(all, id, &decision::id);
    co_return found == all.end() ? std::nullopt : std::optional(*found);
}

/// Decisions by the decision that an extension made of them, by the history.
asio::awaitable<std::map<decision_id, decision_id>> extensions_since(database_rule_store& store, decision_id first) {
    extension_finder finder;
    std::string const every_rule;
    auto note = [&](history_entry const& entry) { finder.add(entry); };
    auto const before = first == 0 ? first : first - 1;
    co_await for_each_change(store, every_rule, before, std::move(note));
    co_return finder.take();
}

} // namespace

void extension_finder::add(history_entry const& entry) {
    bool const is_state = entry.kind == "state" || entry.kind == "expiry";
    if (!is_state && entry.kind != "decision" && entry.kind != "decision_expiry")
        return;
    auto const key = (is_state ? "state " : "decision ") + entry.rule_id;
    if (auto made = decision_of(entry)) {
        made->id = is_state ? entry.revision : made->id;
        standing_.insert_or_assign(key, *std::move(made));
    } else {
        end(key, entry);
    }
}

void extension_finder::end(std::string const& key, history_entry const& entry) {
    auto const ended = standing_.extract(key);
    if (ended.empty())
        return;
    // An extension is two changes, one behind the other: a later decision about the same is another one.
    for (auto const& [other, each] : standing_)
        if (each.id + 1 == entry.revision && each.set_by == entry.changed_by && about(each) == about(ended.mapped()))
            extended_.emplace(ended.mapped().id, each.id);
}

asio::awaitable<std::optional<decision>> find_last(database_rule_store& store, decision_id id) {
    auto found = co_await find(store, id);
    if (found)
        co_return found;
    auto const extended = co_await extensions_since(store, id);
    auto last = id;
    for (auto next = extended.find(last); next != extended.end(); next = extended.find(last))
        last = next->second;
    found = co_await find(store, last);
    if (found)
        say("decision " + std::to_string(id) + " was extended: it is decision " + std::to_string(last) + " now");
    co_return found;
}

void complain_of_absence(decision_id id) {
    complain("no decision " + std::to_string(id) + " stands; `rulehost state list` names those that do");
}

} // namespace rulehost::cli
