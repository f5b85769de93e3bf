#include "match/command/command_gate.hpp"

#include "match/value/letter_fold.hpp"
#include "match/value/required_literals.hpp"
#include "regex/regex.hpp"

#include <algorithm>
#include <optional>

namespace rulehost {

namespace {

using key = command_condition::key;
using value_node = value_condition::node;
using words = std::vector<std::string>;

/// The longest searchable piece of `text`, folded; empty: there is none.
std::string piece_of(std::string_view text) {
    auto const is_plain = [](char c) { return c != '\0' && static_cast<unsigned char>(c) < 0x80; };
    std::string_view longest;
    for (std::size_t at = 0; at < text.size();) {
        auto end = at;
        while (end < text.size() && is_plain(text[end]))
            ++end;
        if (end - at > longest.size())
            longest = text.substr(at, end - at);
        at = end + 1;
    }
    // The end of a path is more specific than its beginning.
    if (longest.size() > max_literal_length)
        longest = longest.substr(longest.size() - max_literal_length);
    return longest.size() < min_literal_length ? std::string() : folded(longest);
}

/// One piece of each matching text; empty if one of them has none.
std::optional<words> pieces_of(glob_set const& globs) {
    words pieces;
    for (auto const& each : globs.literals())
        pieces.push_back(piece_of(each));
    for (auto const& each : globs.needed())
        pieces.push_back(piece_of(each));
    if (std::ranges::any_of(pieces, &std::string::empty))
        return {};
    return pieces;
}

class collection {
public:
    enum class names { plain, options };

    collection(field_path const& field, gate& lists) : field_(field), lists_(lists) {}

    void expect(names how) { names_ = how; }

    void add(words found, trigger::place in = trigger::place::commands) {
        reduce(found);
        auto& list = lists_.emplace_back();
        for (auto& word : found)
            list.push_back({field_, std::move(word), in});
    }

    /// The lists of a value that some text must satisfy.
    void add_value(value_test const& value) {
        switch (value.source().kind) {
        case value_node::glob:
        case value_node::any_of:
            if (auto found = pieces_of(value))
                add(std::move(*found));
            break;
        case value_node::pattern:
            for (auto& clause : required_literals(value.source().expression->pcre_syntax()))
                add(std::move(clause));
            break;
        case value_node::all_of:
            for (auto const& child : value.children())
                add_value(child);
            break;
        case value_node::except:
            add_value(value.children().front());
            break;
        case value_node::named:
            // The name of an option may be in a cluster or a twin; that of a variable is literal.
            if (names_ == names::plain)
                if (auto found = rulehost::pieces_of(value.globs()))
                    add(std::move(*found));
            if (!value.children().empty())
                add_value(value.children().front());
            break;
        default:
            break;
        }
    }

    /// Compares whole names if all matching ones are known.
    /// Returns whether there are any.
    bool add_names(value_test const& value, trigger::place in = trigger::place::program) {
        bool some = false;
        if (value.source().kind == value_node::all_of) {
            for (auto const& child : value.children())
                some = add_names(child, in) || some;
            return some;
        }
        std::vector<trigger> list;
        if (!collect_names(value, in, list))
            return false;
        lists_.push_back(std::move(list));
        return true;
    }

    void add_fact(std::string_view fact) { lists_.push_back({{field_, std::string(fact), trigger::place::fact}}); }

private:
    std::optional<words> pieces_of(value_test const& value) const {
        words all;
        auto const append = [&all](std::optional<words> more) {
            if (more)
                std::ranges::move(*more, std::back_inserter(all));
            return more.has_value();
        };
        if (!append(rulehost::pieces_of(value.globs())) || !append(rulehost::pieces_of(value.names())))
            return {};
        for (auto const& sequence : value.words()) {
            std::optional<words> best;
            for (auto const& word : sequence)
                if (auto found = rulehost::pieces_of(word);
                    found && (!best || selectivity(*found) > selectivity(*best)))
                    best = std::move(found);
            if (!append(std::move(best)))
                return {};
        }
        for (auto const& child : value.children()) {
            gate lists;
            collection of_child(field_, lists);
            of_child.expect(names_);
            of_child.add_value(child);
            if (lists.empty())
                return {};
            for (auto& one : lists.front())
                all.push_back(std::move(one.word));
        }
        return all;
    }

    bool collect_names(value_test const& value, trigger::place in, std::vector<trigger>& list) const {
        auto const kind = value.source().kind;
        if (kind == value_node::except)
            return collect_names(value.children().front(), in, list);
        if (kind == value_node::all_of) // the first with a trigger
            return std::ranges::any_of(value.children(), [&](value_test const& child) {
                std::vector<trigger> one;
                bool const selective = collect_names(child, in, one);
                if (selective)
                    list.insert(list.end(), one.begin(), one.end());
                return selective;
            });
        if (kind != value_node::glob && kind != value_node::any_of && kind != value_node::named)
            return false;
        for (auto const& name : value.globs().literals())
            list.push_back({field_, folded(name), in});
        for (auto const& needed : value.globs().needed()) {
            auto piece = piece_of(needed);
            if (piece.empty() || in == trigger::place::fact)
                return false;
            list.push_back({field_, std::move(piece), trigger::place::commands});
        }
        return kind == value_node::named || std::ranges::all_of(value.children(), [&](value_test const& child) {
                   return collect_names(child, in, list);
               });
    }

    field_path const& field_;
    gate& lists_;
    names names_ = names::options;
};

/// Whether it requires a value to be present.
bool demands(value_test const& value) {
    switch (value.source().kind) {
    case value_node::none_of:
    case value_node::count:
        return false;
    case value_node::any_of:
        return std::ranges::all_of(value.children(), demands);
    case value_node::all_of:
        return std::ranges::any_of(value.children(), demands);
    default:
        return true;
    }
}

} // namespace

gate gate_of(command_test const& asked, field_path const& field) {
    gate lists;
    collection all(field, lists);
    for (auto const& part : asked.parts()) {
        switch (part.source->of) {
        case key::program:
            all.add_names(*part.value);
            break;
        case key::via:
            if (!all.add_names(*part.value) && demands(*part.value))
                all.add_fact("via");
            break;
        case key::option:
            if (!all.add_names(*part.value) && demands(*part.value))
                all.add_fact("option");
            all.expect(collection::names::options);
            all.add_value(*part.value);
            break;
        case key::place:
        case key::reading:
            all.add_names(*part.value, trigger::place::fact);
            break;
        case key::operands:
        case key::arguments:
            break;
        case key::piped_to:
        case key::piped_from:
            if (!part.source->none)
                all.add_fact("|");
            break;
        case key::data:
            if (demands(*part.value))
                all.add_fact("data");
            all.expect(collection::names::options);
            all.add_value(*part.value);
            break;
        default:
            if (part.source->of >= key::reads && part.source->of <= key::connects && demands(*part.value))
                all.add_fact(to_string(part.source->of));
            all.expect(part.source->of == key::sets ? collection::names::plain : collection::names::options);
            all.add_value(*part.value);
        }
    }
    return lists;
}

} // namespace rulehost
