#include "report/tag_differences.hpp"

#include <algorithm>
#include <tuple>

namespace rulehost {

namespace {

auto identity_of(tag const& of) {
    return std::tie(of.line, of.source_kind, of.source_id, of.rule_id, of.technique_id, of.sub_technique_id);
}

std::vector<tag const*> in_order(std::vector<tag> const& tags) {
    std::vector<tag const*> order;
    for (auto const& each : tags)
        order.push_back(&each);
    std::ranges::sort(order, [](tag const* a, tag const* b) { return identity_of(*a) < identity_of(*b); });
    return order;
}

} // namespace

void rule_difference::add(rule_difference const& other) {
    added += other.added;
    removed += other.removed;
    changed += other.changed;
    promoted += other.promoted;
    observed += other.observed;
    more += other.more;
}

void tag_differences::compare(std::vector<tag> const& before, std::vector<tag> const& after, typed_of const& typed) {
    auto const old_tags = in_order(before);
    auto const new_tags = in_order(after);
    auto old_tag = old_tags.begin();
    auto new_tag = new_tags.begin();
    while (old_tag != old_tags.end() || new_tag != new_tags.end()) {
        auto const is_new =
            old_tag == old_tags.end() || (new_tag != new_tags.end() && identity_of(**new_tag) < identity_of(**old_tag));
        auto const is_gone = !is_new && (new_tag == new_tags.end() || identity_of(**old_tag) < identity_of(**new_tag));
        if (is_new)
            note(nullptr, *new_tag++, typed);
        else if (is_gone)
            note(*old_tag++, nullptr, typed);
        else
            note(*old_tag++, *new_tag++, typed);
    }
}

void tag_differences::note(tag const* before, tag const* after, typed_of const& typed) {
    if (before && after && before->confidence == after->confidence && before->tactic == after->tactic &&
        before->observe == after->observe)
        return;
    auto const& shown = after ? *after : *before;
    auto& rule = rules_[{shown.rule_id, technique_of(shown)}];
    rule.rule_id = shown.rule_id;
    rule.technique = technique_of(shown);
    ++(before ? after ? rule.changed : rule.removed : rule.added);
    if (before && after && before->observe != after->observe)
        ++(before->observe ? rule.promoted : rule.observed);
    auto const counts = [](tag const* each) { return each && !each->observe ? 1 : 0; };
    rule.more += counts(after) - counts(before);
    if (rule.lines.size() >= max_lines_)
        return;
    auto& line = rule.lines.emplace_back();
    line.input = shown.input;
    line.number = shown.line;
    if (before) {
        line.before = before->confidence;
        line.tactic_before = before->tactic;
        line.observed_before = before->observe;
    }
    if (after) {
        line.after = after->confidence;
        line.tactic_after = after->tactic;
        line.observed_after = after->observe;
    }
    line.typed = typed(shown);
}

std::vector<rule_difference> tag_differences::rules() const {
    std::vector<rule_difference> all;
    for (auto const& [key, each] : rules_)
        all.push_back(each);
    return all;
}

rule_difference tag_differences::total() const {
    rule_difference sum;
    for (auto const& [key, each] : rules_)
        sum.add(each);
    return sum;
}

} // namespace rulehost
