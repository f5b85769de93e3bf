#include "match/command/command_test.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace rulehost {

namespace {

using key = command_condition::key;

bool is_effect(key of) {
    return of >= key::reads && of <= key::connects;
}

bool is_about_paths(key of) {
    switch (of) {
    case key::reads:
    case key::writes:
    case key::appends:
    case key::empties:
    case key::deletes:
    case key::makes_executable:
    case key::runs:
    case key::file:
        return true;
    default:
        return false;
    }
}

value_test::form form_of(key of) {
    return is_about_paths(of)   ? value_test::form::paths
        : of == key::subcommand ? value_test::form::words
                                : value_test::form::texts;
}

/// Units of regex::allowance for the question whether a command pipes to another one.
constexpr std::size_t price_of_a_pair = 8;

/// Charges one pair to the work of the rule: a line may have millions.
bool may_compare(command_memory& memory) {
    auto& left = memory.values.allowed->left;
    if (left < price_of_a_pair)
        return false;
    left -= price_of_a_pair;
    return true;
}

} // namespace

command_test::command_test(command_condition const& source) : source_(&source) {
    auto const how = source.ignore_case ? value_test::letter_case::ignored : value_test::letter_case::exact;
    parts_.reserve(source.tests.size());
    for (auto const& test : source.tests) {
        part made{&test, nullptr, {}};
        for (auto const& other : test.others)
            made.others.emplace_back(other);
        if (test.others.empty())
            made.value = std::make_unique<value_test>(test.value, form_of(test.of), how);
        if (test.of == key::program && made.value && made.value->is_globs())
            program_ = made.value.get();
        names_program_ =
            names_program_ || (test.of == key::program && test.value.kind != value_condition::node::none_of);
        has_effects_ = has_effects_ || is_effect(test.of);
        parts_.push_back(std::move(made));
    }
    order_.resize(parts_.size());
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::erase_if(order_, [this](std::size_t place) { return program_ && parts_[place].value.get() == program_; });
    // Keys are declared in the order of their cost.
    std::ranges::sort(order_, {}, [this](std::size_t place) { return std::pair(parts_[place].source->of, place); });
}

truth command_test::holds(shell::command const& of, shell::reading& in, command_memory& memory) const {
    // The command that a wrapper runs is listed too, and has all effects except those of the wrapper's own options.
    memory.own_effects = of.wrapper && !names_program_;
    if (memory.own_effects && !has_effects_)
        return truth::no;
    if (program_ &&
        (of.program.empty() ||
         (!program_->fits(of.program, memory.values) &&
          (of.family == of.program || !program_->fits(of.family, memory.values)))))
        return truth::no;
    auto result = truth::yes;
    for (auto const place : order_) {
        auto const one = holds(parts_[place], of, in, memory);
        if (one == truth::no)
            return one;
        if (one == truth::unknown)
            result = one;
    }
    return result;
}

truth command_test::holds(part const& one, shell::command const& of, shell::reading& in, command_memory& memory) const {
    if (!one.value)
        return one.source->none ? !one_is_piped(one, of, in, memory) : one_is_piped(one, of, in, memory);
    return one.value->holds(elements_of(one.source->of, of, in, memory), memory.values);
}

truth command_test::one_is_piped(part const& one, shell::command const& of, shell::reading& in,
                                 command_memory& memory) const {
    if (of.stage == shell::none)
        return truth::no;
    auto result = truth::no;
    for (auto const& other : in.commands) {
        if (other.stage == shell::none || &other == &of)
            continue;
        if (!may_compare(memory))
            return truth::unknown;
        if (!(one.source->of == key::piped_to ? in.is_piped(of, other) : in.is_piped(other, of)))
            continue;
        for (auto const& wanted : one.others) {
            auto const holds = wanted.holds(other, in, memory);
            if (holds == truth::yes)
                return holds;
            if (holds == truth::unknown)
                result = holds;
        }
    }
    return result;
}

void command_test::add_files(shell::command const& of, shell::reading& in, command_memory& memory,
                             std::vector<std::string_view>& files) const {
    auto const add = [&](key wanted) {
        for (auto const& each : elements_of(wanted, of, in, memory))
            files.push_back(each.text);
    };
    bool has_effect = false;
    for (auto const& each : parts_) {
        auto const asked = each.source->of;
        if (asked == key::fetches) {
            has_effect = true;
            auto const before = files.size();
            add(key::writes);
            if (files.size() != before || of.stage == shell::none)
                continue;
            for (auto const& later : in.commands) {
                if (later.stage == shell::none)
                    continue;
                if (!may_compare(memory))
                    break;
                if (!in.is_piped(of, later))
                    continue;
                for (auto const& target : elements_of(key::writes, later, in, memory))
                    files.push_back(target.text);
            }
        } else if (is_about_paths(asked) && asked != key::file && each.value) {
            has_effect = true;
            for (auto const& target : elements_of(asked, of, in, memory))
                if (each.value->holds({&target, 1}, memory.values) == truth::yes)
                    files.push_back(target.text);
        }
    }
    if (!has_effect)
        add(key::file);
}

} // namespace rulehost
