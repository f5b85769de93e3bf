#include "engine/rule_set.hpp"

#include "regex/regex.hpp"
#include "rule/rule_expressions.hpp"
#include "text/assertion.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace rulehost {

namespace {

// Building an index costs about a quarter of a millisecond per rule, and a rule change waits for it.
constexpr std::size_t max_merged_at_once = 16;
constexpr std::size_t many_layers = 12;

// The machine code of an expression takes a tenth of a millisecond and some KiB, and of more rules few are ever
// searched for.
constexpr std::size_t max_made_ready = 1000;

std::string_view id_of(live_rule_ptr const& live) {
    return live->definition().rule_id;
}

/// Makes the machine code of its expressions, so that no evaluation has to.
void make_ready(live_rule const& rule) {
    for (auto const& each : expressions_of(rule.definition()))
        each->make_ready();
}

std::vector<live_rule_ptr> still_live(std::vector<live_rule_ptr> rules) {
    std::erase(rules, nullptr);
    return rules;
}

} // namespace

std::shared_ptr<rule_index const> make_index(std::vector<live_rule_ptr> const& rules) {
    std::vector<std::shared_ptr<rule_program const>> programs;
    programs.reserve(rules.size());
    for (auto const& live : rules)
        programs.push_back(live->program);
    return std::make_shared<rule_index>(std::move(programs));
}

rule_set::rule_set(std::vector<live_rule_ptr> rules) {
    if (!rules.empty())
        add_layer(std::move(rules));
}

void rule_set::add_layer(std::vector<live_rule_ptr> rules) {
    RULEHOST_ASSERT(std::ranges::is_sorted(rules, {}, id_of));
    if (rules.size() <= max_made_ready)
        for (auto const& each : rules)
            make_ready(*each);
    auto index = make_index(rules);
    layers_.push_back({std::move(index), std::move(rules)});
}

std::optional<rule_set::place> rule_set::place_of(std::string_view rule_id) const {
    for (std::size_t i = 0; i != layers_.size(); ++i) {
        auto const& programs = layers_[i].index->rules();
        auto const at = std::ranges::lower_bound(programs, rule_id, {}, [](auto const& program) -> std::string_view {
            return program->definition().rule_id;
        });
        auto const offset = static_cast<std::size_t>(at - programs.begin());
        if (at != programs.end() && (*at)->definition().rule_id == rule_id && layers_[i].rules[offset])
            return place{i, offset};
    }
    return {};
}

live_rule_ptr rule_set::find(std::string_view rule_id) const {
    auto const at = place_of(rule_id);
    return at ? layers_[at->layer].rules[at->offset] : nullptr;
}

std::vector<live_rule_ptr> rule_set::rules() const {
    std::vector<live_rule_ptr> all;
    for (auto const& one : layers_)
        std::ranges::copy_if(one.rules, std::back_inserter(all), [](auto const& live) { return live != nullptr; });
    std::ranges::sort(all, {}, id_of);
    return all;
}

void rule_set::remove(std::string_view rule_id) {
    if (auto const at = place_of(rule_id))
        layers_[at->layer].rules[at->offset].reset();
}

void rule_set::put(std::vector<live_rule_ptr> rules) {
    std::erase_if(rules, [this](live_rule_ptr const& rule) {
        auto const at = place_of(id_of(rule));
        if (!at)
            return false;
        auto& present = layers_[at->layer].rules[at->offset];
        auto const is_same = present->program == rule->program;
        present = is_same ? rule : nullptr;
        return is_same;
    });
    if (rules.empty())
        return;
    std::ranges::sort(rules, {}, id_of);
    add_layer(std::move(rules));
    merge_small_layers();
}

void rule_set::merge_small_layers() {
    while (layers_.size() > 1) {
        auto& newer = layers_.back();
        auto& older = layers_[layers_.size() - 2];
        auto const size = older.rules.size() + newer.rules.size();
        if (older.rules.size() > 2 * newer.rules.size() || size > max_merged_at_once)
            return;
        auto merged = still_live(older.rules);
        std::ranges::copy(still_live(newer.rules), std::back_inserter(merged));
        std::ranges::sort(merged, {}, id_of);
        layers_.pop_back();
        layers_.back() = {make_index(merged), std::move(merged)};
    }
}

bool rule_set::is_scattered() const {
    if (layers_.size() < 2)
        return false;
    std::size_t above = 0;
    for (auto const& one : layers_)
        above += one.rules.size();
    auto const base = layers_.front().rules.size();
    return layers_.size() > many_layers || above - base > std::max<std::size_t>(16, base / 100);
}

rule_set rule_set::over(std::shared_ptr<rule_index const> base) const {
    auto made = *this;
    auto const& programs = base->rules();
    layer whole{base, std::vector<live_rule_ptr>(programs.size())};
    for (auto& one : made.layers_) {
        for (auto& live : one.rules) {
            if (!live)
                continue;
            auto const at =
                std::ranges::lower_bound(programs, id_of(live), {}, [](auto const& program) -> std::string_view {
                    return program->definition().rule_id;
                });
            if (at != programs.end() && *at == live->program)
                whole.rules[static_cast<std::size_t>(at - programs.begin())] = std::move(live);
        }
    }
    auto const is_used_up = [](layer const& one) {
        return std::ranges::all_of(one.rules, [](live_rule_ptr const& live) { return !live; });
    };
    std::erase_if(made.layers_, is_used_up);
    made.layers_.insert(made.layers_.begin(), std::move(whole));
    return made;
}

} // namespace rulehost
