#include "engine/kind_index.hpp"

#include "match/command/command_names.hpp"
#include "match/value/field_values.hpp"
#include "match/value/letter_fold.hpp"
#include "match/value/required_literals.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace rulehost {

kind_index::memory::memory(kind_index const& of)
    : where_(of.of_.triggers), list_where_(of.of_.lists), open_(of.of_.rule_of.size()), seen_(of.of_.rules.size()) {
    for (auto const test : of.of_.free)
        open_[test] = command_texts::every_text;
}

void kind_index::reserve(scan_memory& scan) const {
    for (auto const& s : of_.slots) {
        s.words->reserve(scan);
        s.command_words->reserve(scan);
    }
}

namespace {

std::vector<std::string> first_keys(std::vector<kind_index::slot> const& slots) {
    std::vector<std::string> keys;
    for (auto const& s : slots)
        if (!s.is_anchor)
            keys.push_back(s.field.keys.front());
    std::ranges::sort(keys);
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return keys;
}

std::vector<std::vector<std::uint32_t>> slots_by_key(std::vector<kind_index::slot> const& slots,
                                                     text_table const& keys) {
    std::vector<std::vector<std::uint32_t>> found(keys.size());
    for (std::uint32_t i = 0; i != slots.size(); ++i)
        if (!slots[i].is_anchor)
            found[keys.find(slots[i].field.keys.front())].push_back(i);
    return found;
}

} // namespace

kind_index::kind_index(parts made)
    : of_(std::move(made)), keys_(first_keys(of_.slots)), slots_of_(slots_by_key(of_.slots, keys_)) {
    for (number i = 0; i != of_.slots.size(); ++i)
        if (of_.slots[i].is_anchor)
            anchors_.push_back(i);
}

template <typename Look>
void kind_index::for_each_slot(event const& e, Look&& look) const {
    // Rules test many fields, and an event has few.
    if (e.payload.size() > of_.slots.size()) {
        for (auto const& s : of_.slots)
            look(s);
        return;
    }
    for (auto const each : anchors_)
        look(of_.slots[each]);
    for (auto const& member : e.payload)
        if (auto const key = keys_.find(member.key()); key != text_table::none)
            for (auto const each : slots_of_[key])
                look(of_.slots[each]);
}

template <typename Hit>
void kind_index::look(slot const& s, subject& on, scan_memory& scan, Hit&& hit) const {
    bool present = false;
    auto const scan_whole = [&](std::string_view text) {
        s.words->scan(text, scan,
                      [&](std::uint32_t word, std::size_t) { hit(s.first_word + word, command_texts::every_text); });
    };
    // Few lines hold a searched word; the others need not be split.
    auto const scan_texts = [&](std::string_view text, auto const& locator_of) {
        std::optional<command_texts::locator> locate;
        s.words->scan(text, scan, [&](std::uint32_t word, std::size_t end) {
            if (end == pattern_table::somewhere)
                return hit(s.first_word + word, command_texts::every_text);
            if (!locate)
                locate = locator_of();
            hit(s.first_word + word, (*locate)(end));
        });
    };
    auto const scan_value = [&](std::string_view whole) {
        if (on.is_command_line(s.field)) {
            if (!s.words->empty()) {
                auto& texts = on.texts_of(whole);
                scan_texts(texts.line(), [&] { return texts.in_line(); });
                if (auto const normalised = texts.normalised(); !normalised.empty())
                    scan_texts(normalised, [&] { return texts.in_normalised(); });
            }
            if (s.looks_at_commands)
                look_at_commands(s, on.commands_of(whole), on, scan, hit);
            return;
        }
        auto const looked_at = on.clipped(whole);
        scan_whole(looked_at);
        if (looked_at.size() != whole.size()) {
            // The ends of a text are compared regardless of its length.
            scan_whole(whole.substr(0, max_literal_length));
            scan_whole(whole.substr(whole.size() - std::min(whole.size(), max_literal_length)));
        }
    };
    if (s.is_anchor) {
        auto const& text = *anchor(on.observed(), s.field.keys.front());
        if ((present = !text.empty()))
            scan_value(text);
    } else {
        visit_values(on.observed().payload, s.field.keys, [&](boost::json::value const& value) {
            present = true;
            if (auto const* text = value.if_string())
                scan_value(*text);
            else if (auto const* list = value.if_array())
                for (auto const& element : *list)
                    if (auto const* element_text = element.if_string())
                        scan_value(*element_text);
            return false;
        });
    }
    if (present)
        hit(s.presence, command_texts::every_text);
}

template <typename Hit>
void kind_index::look_at_commands(slot const& s, line_commands& commands, subject& on, scan_memory& scan,
                                  Hit&& hit) const {
    for_each_name(commands, [&](trigger::place in, std::string_view name, std::size_t command) {
        auto const& known = in == trigger::place::fact ? s.facts : s.programs;
        auto found = known.find(name);
        if (found == text_table::none && !is_folded(name)) {
            fold_letters(name, on.spare());
            found = known.find(on.spare());
        }
        if (found != text_table::none)
            hit((in == trigger::place::fact ? s.first_fact : s.first_program) + found, command_texts::only(command));
    });
    auto const& words = commands.words();
    command_words::locator locate(words);
    s.command_words->scan(words.text(), scan, [&](std::uint32_t word, std::size_t end) {
        hit(s.first_command_word + word, end == pattern_table::somewhere ? command_texts::every_text : locate(end));
    });
}

/// Clears the marks of the last event, even if memory ran out during it.
void kind_index::clear(memory& m) {
    for (auto const trigger : m.hits_)
        m.where_[trigger] = 0;
    for (auto const list : m.lists_)
        m.list_where_[list] = 0;
    for (auto const test : m.opened_)
        m.open_[test] = 0;
    for (auto const rule : m.looked_at_)
        m.seen_[rule] = false;
    m.hits_.clear();
    m.lists_.clear();
    m.opened_.clear();
    m.looked_at_.clear();
    m.chosen_.clear();
}

void kind_index::open_tests_of_hits(memory& m) const {
    for (auto const trigger : m.hits_)
        for (auto const list : of_.lists_with[trigger]) {
            if (m.list_where_[list] == 0)
                m.lists_.push_back(list);
            m.list_where_[list] |= m.where_[trigger];
        }
    for (auto const best : m.lists_)
        for (auto const test : of_.opened[best]) {
            auto open = m.list_where_[best];
            for (auto const list : of_.lists_of[test])
                open &= m.list_where_[list];
            if (open == 0)
                continue;
            m.opened_.push_back(test);
            m.open_[test] = open;
        }
}

/// Whether each needed list of tests has one that may hold.
bool kind_index::is_worth_asking(number rule, memory const& m) const {
    auto const first_test = of_.rules[rule].first_test;
    return std::ranges::all_of(of_.needed_of[rule], [&](number list) {
        return std::ranges::any_of(of_.needed[list], [&](number test) { return m.open_[first_test + test] != 0; });
    });
}

void kind_index::choose(subject& on, memory& m, scan_memory& scan, std::vector<candidate>& to) const {
    clear(m);
    auto const hit = [&m](number trigger, memory::text_set where) {
        if (where == 0)
            return;
        if (m.where_[trigger] == 0)
            m.hits_.push_back(trigger);
        m.where_[trigger] |= where;
    };
    for_each_slot(on.observed(), [&](slot const& s) { look(s, on, scan, hit); });
    open_tests_of_hits(m);
    for (auto const rule : of_.always)
        if (is_worth_asking(rule, m))
            m.chosen_.push_back(rule);
    for (auto const test : m.opened_) {
        auto const rule = of_.rule_of[test];
        if (!of_.opens[test] || m.seen_[rule])
            continue;
        m.looked_at_.push_back(rule);
        m.seen_[rule] = true;
        if (is_worth_asking(rule, m))
            m.chosen_.push_back(rule);
    }
    std::ranges::sort(m.chosen_);
    for (auto const chosen : m.chosen_) {
        auto const& rule = of_.rules[chosen];
        to.push_back(
            {rule.rule, rule.variant, std::span{m.open_}.subspan(rule.first_test, rule.variant->tests.size())});
    }
}

} // namespace rulehost
