#pragma once

#include "match/value/glob.hpp"
#include "match/value/needed_signs.hpp"
#include "match/value/truth.hpp"
#include "regex/regex.hpp"
#include "text/network.hpp"

#include <rulehost/command_condition.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// One text of a key of a command. Only options and variables have more than `text`.
struct value_element {
    std::string_view text;
    std::string_view twin{}; ///< another name of the option, or empty
    std::string_view value{};
    bool has_value = false;
};

/// The working memory of value tests.
struct value_memory {
    regex::allowance* allowed;
    std::string* spare;
};

/// A compiled value_condition. Immutable; safe from any thread.
class value_test {
public:
    enum class form {
        texts,
        paths, ///< a glob without `/` is about the base name, one that ends in `/` about a directory and all below it
        words, ///< the texts are one value; a glob is several, one for each of the first
    };
    enum class letter_case { exact, ignored };

    /// `source` outlives it.
    value_test(value_condition const& source, form as, letter_case how);

    truth holds(std::span<value_element const> elements, value_memory& memory) const;

    /// Whether it holds exactly if one of the texts matches a glob.
    bool is_globs() const {
        return children_.empty() && form_ != form::words &&
            (source_->kind == value_condition::node::glob || source_->kind == value_condition::node::any_of);
    }
    /// Whether a text matches one of the globs.
    bool fits(std::string_view text, value_memory& memory) const;

    value_condition const& source() const { return *source_; }
    std::span<value_test const> children() const { return children_; }
    glob_set const& globs() const { return globs_; }
    glob_set const& names() const { return names_; }
    std::vector<std::vector<glob_set>> const& words() const { return words_; }

private:
    void add_glob(std::string const& glob);
    void add_path(std::string_view glob);
    void add_words(std::string_view glob);
    bool one_fits(std::span<value_element const> elements, value_memory& memory) const;
    truth is_found(std::span<value_element const> elements, value_memory& memory) const;
    truth one_is_named(std::span<value_element const> elements, value_memory& memory) const;

    value_condition const* source_;
    form form_;
    letter_case case_;
    needed_signs signs_;                       ///< of a pattern
    glob_set globs_;                           ///< of a glob, and of all globs directly in any_of
    glob_set names_;                           ///< of paths: those about base names
    std::vector<std::vector<glob_set>> words_; ///< of words: what `globs_` is of others
    std::vector<value_test> children_;
    std::vector<network> networks_;
};

/// The host of `host`, `host:port/path`, `[host]:port` or a URL.
std::string_view host_in(std::string_view text);

} // namespace rulehost
