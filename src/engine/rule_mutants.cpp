#include <rulehost/rule_tests.hpp>

#include "engine/noticing_test.hpp"
#include "engine/rule_test_run.hpp"
#include "regex/regex.hpp"
#include "text/number.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

namespace rulehost {

namespace {

constexpr std::size_t max_mutants = 400;
constexpr std::size_t max_mutants_of_expression = 6;
constexpr std::size_t max_mutants_of_list = 4;

/// A place of a regular expression that can be widened.
struct loose_spot {
    std::size_t begin;
    std::size_t size;
    std::string_view instead;
};

std::size_t size_of_class(std::string_view text, std::size_t begin) {
    auto at = begin + 1;
    if (at < text.size() && text[at] == '^')
        ++at;
    if (at < text.size() && text[at] == ']')
        ++at;
    while (at < text.size() && text[at] != ']')
        at += text[at] == '\\' ? 2 : 1;
    return std::min(at + 1, text.size()) - begin;
}

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Whether a class selects letters or digits. A class of blanks and signs only marks the end of a word.
bool chooses_letters(std::string_view bracketed) {
    for (std::size_t at = 1; at < bracketed.size(); ++at) {
        if (bracketed[at] == '\\') {
            auto const letter = ++at < bracketed.size() ? bracketed[at] : '\0';
            if (letter == 'd' || letter == 'w')
                return true;
        } else if (is_letter_or_digit(bracketed[at])) {
            return true;
        }
    }
    return false;
}

std::vector<loose_spot> loose_spots(std::string_view text) {
    std::vector<loose_spot> spots;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t size = 1;
        if (text[at] == '\\') {
            size = 2;
            auto const letter = at + 1 < text.size() ? text[at + 1] : '\0';
            if (letter == 'b')
                spots.push_back({at, size, ""});
            else if (letter == 'd' || letter == 'w')
                spots.push_back({at, size, "."});
        } else if (text[at] == '[') {
            size = size_of_class(text, at);
            if (chooses_letters(text.substr(at, size)))
                spots.push_back({at, size, "."});
        } else if (text[at] == '^' || text[at] == '$') {
            spots.push_back({at, size, ""});
        }
        at += size;
    }
    return spots;
}

template <class Value>
std::vector<Value> without(std::vector<Value> const& all, std::size_t index) {
    auto rest = all;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(index));
    return rest;
}

/// The comparison that differs from `compare` for one value only.
std::pair<comparison, std::string_view> other_bound(comparison compare) {
    switch (compare) {
    case comparison::at_least:
        return {comparison::greater_than, "at_least became greater_than"};
    case comparison::greater_than:
        return {comparison::at_least, "greater_than became at_least"};
    case comparison::at_most:
        return {comparison::less_than, "at_most became less_than"};
    case comparison::less_than:
        return {comparison::at_most, "less_than became at_most"};
    default:
        return {compare, ""};
    }
}

/// The network of twice the size around `network`, or the same.
std::string wider(std::string const& network) {
    auto const slash = network.find('/');
    if (slash == std::string::npos)
        return network;
    auto const prefix = parse_number<unsigned>(std::string_view(network).substr(slash + 1)).value_or(0);
    return prefix == 0 ? network : network.substr(0, slash + 1) + std::to_string(prefix - 1);
}

/// Works on one copy of the rule and restores it after each change.
class mutation {
public:
    mutation(std::shared_ptr<rule_definition const> const& original, noticing_tests wanted)
        : tests_(original->tests), work_(std::make_shared<rule_definition>(*original)) {
        if (wanted == noticing_tests::search)
            original_ = std::make_shared<rule_program const>(original);
        work_->tests.clear();
        work_->text.clear();
    }

    std::vector<rule_mutant> run() {
        change_condition(work_->match);
        for (auto& window : work_->windows)
            change_window(window);
        return std::move(mutants_);
    }

private:
    template <class Value>
    void try_with(Value& place, Value changed, std::string change, std::size_t line, std::string expression = {}) {
        if (mutants_.size() == max_mutants)
            return;
        std::swap(place, changed);
        auto const program = std::make_shared<rule_program const>(work_);
        rule_mutant made{std::move(change), line, notices(program), std::move(expression), {}};
        if (original_ && !made.noticed)
            made.noticing = noticing_test(tests_, original_, program);
        mutants_.push_back(std::move(made));
        std::swap(place, changed);
    }

    bool notices(std::shared_ptr<rule_program const> const& program) const {
        return !std::ranges::all_of(
            tests_, [&](rule_test const& test) { return comes_out_as_expected(run_rule_test(test, program), test); });
    }

    void change_condition(condition& node) {
        switch (node.kind) {
        case condition::node::test:
            change_test(node);
            break;
        case condition::node::all_of:
        case condition::node::any_of:
            for (std::size_t i = 0; i != node.children.size(); ++i) {
                auto& child = node.children[i];
                if (child.kind != condition::node::window && node.children.size() > 1)
                    try_with(node.children, without(node.children, i), "without the condition", child.line);
                change_condition(child);
            }
            break;
        case condition::node::none_of:
            for (auto& child : node.children)
                change_condition(child);
            break;
        case condition::node::some:
            change_condition(node.children.front());
            break;
        case condition::node::command:
        case condition::node::commands_in_order:
            change_commands(node);
            break;
        case condition::node::window:
        case condition::node::never:
            break;
        }
    }

    void change_commands(condition& node) {
        if (node.same_file)
            try_with(node.same_file, false, "about several files", node.line);
        for (std::size_t i = 0; i != node.commands.size(); ++i) {
            if (node.commands.size() > 2)
                try_with(node.commands, without(node.commands, i), "without the command",
                         node.commands[i].front().line);
            change_maps(node.commands[i]);
        }
    }

    void change_maps(std::vector<command_condition>& maps) {
        for (std::size_t i = 0; i != maps.size(); ++i) {
            auto& map = maps[i];
            if (maps.size() > 1)
                try_with(maps, without(maps, i), "without the command", map.line);
            if (map.ignore_case)
                try_with(map.ignore_case, false, "letter case counts", map.line);
            for (std::size_t at = 0; at != map.tests.size(); ++at) {
                auto& test = map.tests[at];
                if (map.tests.size() > 1)
                    try_with(map.tests, without(map.tests, at), "without " + std::string(to_string(test.of)),
                             test.line);
                change_value(test.value);
                change_maps(test.others);
            }
        }
    }

    void change_value(value_condition& value) {
        using node = value_condition::node;
        auto const is_bound = value.kind == node::number || value.kind == node::count;
        if (is_bound && std::isfinite(value.least) && value.least > 0)
            try_with(value.least, value.least + 1, "at_least needs one more", value.line);
        if (is_bound && std::isfinite(value.most) && value.most > 0)
            try_with(value.most, value.most - 1, "at_most allows one less", value.line);
        if (value.kind == node::except)
            try_with(value, value_condition(value.children.front()), "without except", value.line);
        if (value.expression)
            change_expression(value.expression, value.line);
        auto const is_list = value.kind == node::any_of || value.kind == node::all_of;
        auto const tried =
            is_list && value.children.size() > 1 ? std::min(value.children.size(), max_mutants_of_list) : 0;
        for (std::size_t i = 0; i != tried; ++i) {
            auto const place = i * (value.children.size() - 1) / std::max<std::size_t>(tried - 1, 1);
            try_with(value.children, without(value.children, place),
                     "without the value " + spelt(value.children[place]), value.line);
        }
        for (auto& child : value.children)
            if (child.kind != node::any_of || child.line != value.line) // mutates the values of a shared list once
                change_value(child);
    }

    static std::string spelt(value_condition const& value) {
        return value.text.empty() ? "in its line " + std::to_string(value.line) : value.text;
    }

    void change_test(condition& node) {
        if (auto const [compare, change] = other_bound(node.compare); compare != node.compare)
            try_with(node.compare, compare, std::string{change}, node.line);
        if (node.quantifier == condition::elements::all)
            try_with(node.quantifier, condition::elements::any, "one element is enough", node.line);
        if (node.compare == comparison::starts_with)
            try_with(node.compare, comparison::contains, "starts_with became contains", node.line);
        if (node.compare == comparison::ends_with)
            try_with(node.compare, comparison::contains, "ends_with became contains", node.line);
        if (node.compare == comparison::cidr)
            change_networks(node);
        if (node.expression)
            change_expression(node.expression, node.line);
    }

    void change_networks(condition& node) {
        for (auto& operand : node.operands) {
            auto const network = std::string(operand.as_string());
            if (auto const more = wider(network); more != network)
                try_with(operand, boost::json::value(more), network + " became " + more, node.line);
        }
    }

    void change_expression(std::shared_ptr<regex const>& place, std::size_t line) {
        auto const original = place;
        std::string_view const text = original->expression();
        auto const spots = loose_spots(text);
        auto const tried = std::min(spots.size(), max_mutants_of_expression);
        for (std::size_t i = 0; i != tried; ++i) {
            // Evenly over the expression, including the last place: its end is often the distinctive part.
            auto const& spot = spots[spots.size() - 1 - i * spots.size() / tried];
            std::string changed{text};
            changed.replace(spot.begin, spot.size, spot.instead);
            auto const compiled = regex::compile(changed, original->options());
            if (!compiled)
                continue;
            auto const what = std::string(text.substr(spot.begin, spot.size));
            try_with(place, *compiled,
                     "'" + what + (spot.instead.empty() ? "' left out" : "' became '.'") + " at offset " +
                         std::to_string(spot.begin),
                     line, changed);
        }
    }

    void change_window(correlation& window) {
        auto const line = window.steps.front().line;
        if (window.kind != correlation::node::sequence) {
            try_with(window.threshold, window.threshold + 1, "the window needs one more", line);
            if (window.threshold > 1)
                try_with(window.threshold, window.threshold - 1, "the window needs one less", line);
        }
        try_with(window.within, 2 * window.within, "the window is twice as long", line);
        for (std::size_t i = 0; i != window.group_by.size(); ++i)
            try_with(window.group_by, without(window.group_by, i), "not grouped by " + window.group_by[i].text(), line);
        for (std::size_t i = 0; i != window.steps.size(); ++i) {
            auto& step = window.steps[i];
            if (window.steps.size() > 2)
                try_with(window.steps, without(window.steps, i), "without the step", step.line);
            change_condition(step);
        }
        if (window.kind != correlation::node::sequence && window.steps.front().kind != condition::node::all_of) {
            condition anything;
            anything.kind = condition::node::all_of;
            anything.line = line;
            try_with(window.steps.front(), anything, "the window counts every event", line);
        }
    }

    std::vector<rule_test> const& tests_;
    std::shared_ptr<rule_definition> work_;
    std::shared_ptr<rule_program const> original_; ///< null: no search for a test
    std::vector<rule_mutant> mutants_;
};

} // namespace

std::vector<rule_mutant> run_rule_mutants(std::shared_ptr<rule_definition const> const& definition,
                                          noticing_tests wanted) {
    return mutation{definition, wanted}.run();
}

} // namespace rulehost
