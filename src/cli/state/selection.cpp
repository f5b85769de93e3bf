#include "cli/state/selection.hpp"

#include "cli/rules/rule_choice.hpp"
#include "cli/selector_words.hpp"
#include "engine/decision_index.hpp"
#include "rule/decision_terms.hpp"
#include "text/plural.hpp"
#include "yaml/nearest.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

std::string with_anchor(std::string const& term) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 4> short_names{{{"attacker=", "attacker_uuid="},
                                                                                        {"identity=", "identity_uuid="},
                                                                                        {"session=", "session_id="},
                                                                                        {"sensor=", "decky_id="}}};
    for (auto const& [name, anchor] : short_names)
        if (term.starts_with(name))
            return std::string(anchor) + term.substr(name.size());
    return term;
}

/// A field of the payload that is spelt nearly as one of the event; empty: it is none.
std::string hint_about(scope_term const& term) {
    if (term.of != scope_term::source::payload || term.field.keys.size() != 1)
        return {};
    auto const& name = term.field.keys.front();
    auto const meant = name == "src"
        ? std::string("src_ip")
        : nearest(name, {"src_ip", "source_kind", "session", "attacker", "identity", "sensor"});
    return meant.empty() ? "" : "'" + name + "' is taken for a field of the payload; did you mean " + meant + "?";
}

} // namespace

asio::awaitable<selection> select(database_rule_store& store, std::vector<std::string> words,
                                  std::vector<std::string> scope, std::string consequence) {
    selection chosen;
    for (auto const& term : scope) {
        chosen.scope.push_back(with_anchor(term));
        auto const read = read_scope_term(chosen.scope.back());
        if (auto const hint = hint_about(read); !hint.empty())
            chosen.notes.push_back(hint);
    }
    auto const rows = co_await store.list_rules();
    auto const lists = co_await store.list_lists();
    rule_snapshot snapshot;
    if (std::ranges::any_of(words, [](std::string const& word) { return selects_several(as_selector(word)); }))
        snapshot = co_await store.load_compiled();
    for (auto const& word : words) {
        auto const choice = choose_rule(word, rows, lists);
        if (choice.is_present) {
            if (choice.rule_id != word)
                chosen.notes.push_back("'" + word + "' is the name of " + choice.rule_id);
            chosen.selectors.push_back(choice.rule_id);
            continue;
        }
        auto const selector = as_selector(word);
        if (!selects_several(selector)) {
            chosen.absent.push_back(choice.absence(consequence));
        } else {
            auto const count = std::ranges::count_if(snapshot.rules, [&](compiled_rule_ptr const& rule) {
                return selects(decision(decision_effect::disable, {selector}), rule->definition());
            });
            if (count == 0)
                chosen.absent.push_back("'" + word + "' selects no rule that is live here; " + consequence);
            else
                chosen.notes.push_back("'" + word + "' selects " + plural(static_cast<std::size_t>(count), "rule"));
        }
        chosen.selectors.push_back(selector);
    }
    co_return chosen;
}

} // namespace rulehost::cli
