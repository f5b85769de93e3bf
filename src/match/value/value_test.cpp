#include "match/value/value_test.hpp"

#include "match/value/letter_fold.hpp"
#include "match/value/text_key.hpp"
#include "rule/glob_text.hpp"
#include "text/number.hpp"

#include <algorithm>

namespace rulehost {

namespace {

using value_node = value_condition::node;

std::string_view base_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

} // namespace

value_test::value_test(value_condition const& source, form as, letter_case how)
    : source_(&source), form_(as), case_(how) {
    switch (source.kind) {
    case value_node::glob:
        add_glob(source.text);
        break;
    case value_node::pattern:
        signs_ = needed_signs(source.expression->pcre_syntax());
        break;
    case value_node::named:
        globs_.add(source.text,
                   how == letter_case::ignored ? glob_set::letter_case::folded : glob_set::letter_case::exact);
        for (auto const& child : source.children)
            children_.emplace_back(child, form::texts, how);
        break;
    case value_node::network:
        for (auto const& text : source.networks)
            if (auto const parsed = network::parse(text))
                networks_.push_back(*parsed);
        break;
    default: {
        // All globs of a list, including nested lists, form one set.
        auto const add = [&](auto const& self, value_condition const& list) -> void {
            for (auto const& child : list.children)
                if (source.kind == value_node::any_of && child.kind == value_node::any_of)
                    self(self, child);
                else if (source.kind == value_node::any_of && child.kind == value_node::glob)
                    add_glob(child.text);
                else
                    children_.emplace_back(child, as, how);
        };
        add(add, source);
    }
    }
    globs_.finish();
    names_.finish();
}

void value_test::add_glob(std::string const& glob) {
    auto const how = case_ == letter_case::ignored ? glob_set::letter_case::folded : glob_set::letter_case::exact;
    if (form_ == form::texts) {
        globs_.add(glob, how);
        return;
    }
    std::vector<std::string> alternatives;
    spread_braces(glob, alternatives);
    for (auto const& each : alternatives)
        if (form_ == form::paths)
            add_path(each);
        else
            add_words(each);
}

void value_test::add_words(std::string_view glob) {
    auto const how = case_ == letter_case::ignored ? glob_set::letter_case::folded : glob_set::letter_case::exact;
    auto& words = words_.emplace_back();
    for (std::size_t at = 0; at < glob.size();) {
        auto const end = std::min(glob.find_first_of(" \t", at), glob.size());
        if (end != at) {
            words.emplace_back().add(glob.substr(at, end - at), how);
            words.back().finish();
        }
        at = end + 1;
    }
}

void value_test::add_path(std::string_view glob) {
    auto const how = case_ == letter_case::ignored ? glob_set::letter_case::folded : glob_set::letter_case::exact;
    std::string home;
    for (std::string_view const variable : {"$HOME/", "${HOME}/"})
        if (glob.starts_with(variable)) {
            home = "~/" + std::string(glob.substr(variable.size()));
            glob = home;
        }
    if (glob == "/") {
        globs_.add(glob, how);
        return;
    }
    auto const is_directory = glob.ends_with('/');
    auto const path = is_directory ? glob.substr(0, glob.size() - 1) : glob;
    bool const is_name = path.find('/') == std::string_view::npos && path != "~";
    if (!is_directory) {
        (is_name ? names_ : globs_).add(glob, how);
        return;
    }
    std::string const text(path);
    globs_.add(text, how);
    globs_.add(text + "/*", how);
    if (is_name) {
        globs_.add("*/" + text, how);
        globs_.add("*/" + text + "/*", how);
    }
}

bool value_test::fits(std::string_view text, value_memory& memory) const {
    if (form_ == form::paths && text.size() > 1 && text.ends_with('/'))
        text.remove_suffix(1);
    if (case_ == letter_case::ignored && !is_folded(text)) {
        fold_letters(text, *memory.spare);
        text = *memory.spare;
    }
    return globs_.fits(text) || (!names_.empty() && names_.fits(base_name(text)));
}

bool value_test::one_fits(std::span<value_element const> elements, value_memory& memory) const {
    if (form_ != form::words)
        return (!globs_.empty() || !names_.empty()) &&
            std::ranges::any_of(elements, [&](auto const& each) { return fits(each.text, memory); });
    auto const fold = [&](std::string_view text) {
        if (case_ == letter_case::exact || is_folded(text))
            return text;
        fold_letters(text, *memory.spare);
        return std::string_view(*memory.spare);
    };
    return std::ranges::any_of(words_, [&](auto const& words) {
        if (words.size() > elements.size())
            return false;
        for (std::size_t i = 0; i != words.size(); ++i)
            if (!words[i].fits(fold(elements[i].text)))
                return false;
        return true;
    });
}

truth value_test::is_found(std::span<value_element const> elements, value_memory& memory) const {
    for (auto const& each : elements) {
        if (!signs_.may_hold(each.text))
            continue;
        switch (source_->expression->search(each.text, *memory.allowed)) {
        case regex::outcome::match:
            return truth::yes;
        case regex::outcome::limit_hit:
            return truth::unknown;
        case regex::outcome::no_match:
            break;
        }
    }
    return truth::no;
}

truth value_test::one_is_named(std::span<value_element const> elements, value_memory& memory) const {
    auto result = truth::no;
    for (auto const& each : elements) {
        if (!fits(each.text, memory) && (each.twin.empty() || !fits(each.twin, memory)))
            continue;
        if (children_.empty())
            return truth::yes;
        value_element const value{each.value};
        auto const one = children_.front().holds({&value, each.has_value ? 1u : 0u}, memory);
        if (one == truth::yes)
            return one;
        if (one == truth::unknown)
            result = one;
    }
    return result;
}

truth value_test::holds(std::span<value_element const> elements, value_memory& memory) const {
    switch (source_->kind) {
    case value_node::glob:
        return as_truth(one_fits(elements, memory));
    case value_node::pattern:
        return is_found(elements, memory);
    case value_node::number:
        return as_truth(std::ranges::any_of(elements, [&](auto const& each) {
            auto const number = parse_number<double>(each.text);
            return number && *number >= source_->least && *number <= source_->most;
        }));
    case value_node::network:
        return as_truth(std::ranges::any_of(elements, [&](auto const& each) {
            auto const parsed = address::parse(host_in(each.text));
            return parsed && std::ranges::any_of(networks_, [&](auto const& one) { return one.contains(*parsed); });
        }));
    case value_node::named:
        return one_is_named(elements, memory);
    case value_node::count: {
        auto const count = static_cast<double>(elements.size());
        return as_truth(count >= source_->least && count <= source_->most);
    }
    case value_node::any_of:
    case value_node::none_of: {
        auto result = as_truth(one_fits(elements, memory));
        for (auto const& child : children_) {
            if (result == truth::yes)
                break;
            if (auto const one = child.holds(elements, memory); one != truth::no)
                result = one;
        }
        return source_->kind == value_node::any_of ? result : !result;
    }
    case value_node::all_of: {
        auto result = truth::yes;
        for (auto const& child : children_) {
            auto const one = child.holds(elements, memory);
            if (one == truth::no)
                return one;
            if (one == truth::unknown)
                result = one;
        }
        return result;
    }
    case value_node::except: {
        // Words are one value.
        if (form_ == form::words) {
            auto const wanted = children_[0].holds(elements, memory);
            return wanted == truth::yes ? !children_[1].holds(elements, memory) : wanted;
        }
        auto result = truth::no;
        for (auto const& each : elements) {
            auto const wanted = children_[0].holds({&each, 1}, memory);
            auto const one = wanted == truth::no ? wanted : !children_[1].holds({&each, 1}, memory);
            if (wanted == truth::yes && one == truth::yes)
                return truth::yes;
            if (wanted != truth::no && one != truth::no)
                result = truth::unknown;
        }
        return result;
    }
    }
    return truth::no;
}

std::string_view host_in(std::string_view text) {
    if (auto const scheme = text.find("://"); scheme != std::string_view::npos)
        text.remove_prefix(scheme + 3);
    text = text.substr(0, text.find_first_of("/?#"));
    if (auto const user = text.rfind('@'); user != std::string_view::npos)
        text.remove_prefix(user + 1);
    if (text.starts_with('['))
        return text.substr(1, std::min(text.find(']'), text.size()) - 1);
    auto const colon = text.find(':');
    return colon == text.rfind(':') ? text.substr(0, colon) : text;
}

} // namespace rulehost
