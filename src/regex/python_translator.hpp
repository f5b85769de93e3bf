#pragma once

#include "regex/python_letters.hpp"
#include "regex/python_syntax.hpp"
#include "regex/syntax_tree.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rulehost {

/// One pass over an expression in Python's syntax, which writes it in PCRE2's syntax or builds its tree. Throws
/// regex::problem.
class python_translator {
public:
    python_translator(std::string_view text, translation const& how)
        : text_(text),
          meter_(how.meter),
          where_(how.where),
          meant_(how.meant),
          modes_{.ignore_case = how.ignore_case} {}

    pcre_expression run();
    syntax_tree run_for_tree();

private:
    struct modes {
        bool verbose = false;
        bool ignore_case = false;
        bool dot_all = false;
        bool lines = false;
    };

    static constexpr std::size_t max_repeat = 65'535; // PCRE2's limit
    static constexpr std::size_t atoms_between_callouts = 64;
    static constexpr std::size_t branches_without_callout = 3;

    enum class atom { none, single, group, assertion, repeated };

    struct alternative {
        std::size_t begin = 0;
        bool only_at_start = false; // matches only at the start of the text
        bool may_be_empty = true;
        std::vector<syntax_node> parts{};
    };

    /// The alternatives before this one.
    struct choice {
        bool may_be_empty = false;
        std::vector<syntax_node> nodes;
    };

    struct group {
        std::size_t origin;
        std::size_t out_begin;
        std::size_t content_begin;
        modes modes_outside;
        bool assertion;
        bool looks_behind;
        std::size_t number; // 0: does not capture
        std::size_t branches_outside;
        choice alternatives_outside;
        alternative outside;
    };

    struct repeat {
        std::size_t least = 0;
        std::optional<std::size_t> most;
    };

    [[noreturn]] void fail(std::string message, std::size_t offset) const;
    [[noreturn]] void fail(std::string message) const { fail(std::move(message), token_); }

    char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
    bool at_end() const { return at_ >= text_.size(); }
    bool accept(std::string_view expected);
    void emit(std::string_view text);
    void insert(std::size_t where, std::string_view text);

    void callout(callout_number number);
    void announce_branches(std::size_t where, std::size_t branches);

    /// Ends the atom: a quantifier after it is an error.
    void end_of_atom();
    void begin_atom(atom kind);
    void single(std::string_view text, kind_set const& set);
    void position(std::string_view text) { // \b and similar: not repeatable
        end_of_atom();
        emit(text);
        flags_allowed_ = false;
    }
    void position(std::string_view text, syntax_node::type asserted) {
        position(text);
        add_node({.is = asserted});
    }

    void add_node(syntax_node node) {
        if (makes_tree_)
            alternative_.parts.push_back(std::move(node));
    }
    /// Keeps the first reason.
    void no_tree(std::string reason) {
        if (makes_tree_ && !obstacle_)
            obstacle_ = {std::move(reason), token_};
    }
    kind_set kinds_of(class_members const& members);
    void end_of_choice();
    syntax_node take_choice();

    void start_of_text(std::string_view text, syntax_node::type asserted);
    void next_alternative();

    enum which_alternative { more_alternatives, last_alternative };

    /// False: the alternative is omitted.
    bool end_of_alternative(which_alternative which);

    void token();
    void literal();
    bool spells_out_cases() const { return modes_.ignore_case && meant_ == characters::unicode; }
    void character(std::string_view spelt);
    void any_character();

    std::uint32_t hex_digits(std::size_t count);
    std::uint32_t octal_digits(std::size_t most);

    /// PCRE2's spelling of an escape that means one character inside and outside of a class; empty for any other
    /// escape.
    std::string character_escape(char c);
    [[noreturn]] void bad_escape(char c) const;
    char escaped_character();
    void escape();

    std::size_t number_of(std::string const& name) const;
    void refuse_numbers() const;
    void reference(std::size_t number);

    void character_class();
    void refuse_posix_class() const;
    void class_escape(class_members& members);
    std::string octal_escape();
    void no_spaces();

    std::string group_name(char terminator);
    void enter(std::string_view opening, bool assertion = false, std::size_t number = 0);
    void open();
    void conditional();

    /// Reads flag letters: sets `changed`, and returns the letters for PCRE2.
    std::string flag_letters(modes& changed, bool value);

    /// Reads flags such as `(?i)` at the start of the expression, after its `(`. False for any other group, of which it
    /// reads nothing.
    bool global_flags();
    void scoped_flags();
    void close();
    bool is_conditional(group const& closed) const;

    std::optional<repeat> counted();
    void quantifier();
    static std::string spelling(repeat const& count);
    void apply(repeat count, std::string_view manner);

    std::string_view text_;
    metering meter_;
    beginning where_;
    characters meant_;
    std::size_t at_ = 0;
    std::size_t token_ = 0;
    std::string out_;
    std::vector<std::size_t> origin_;

    std::vector<group> groups_;
    std::size_t captures_ = 0;
    std::map<std::string, std::size_t> names_;
    std::size_t branches_ = 1;
    std::size_t atoms_since_callout_ = 0;
    atom atom_ = atom::none;
    std::size_t atom_begin_ = 0;
    bool chosen_ = false; // the atom is a group of several branches
    bool atom_may_be_empty_ = false;
    modes modes_;
    bool lines_ = false; // ^ may match at the start of any line
    alternative alternative_;
    choice choice_;
    bool flags_allowed_ = true;
    bool makes_tree_ = false;
    std::optional<regex::problem> obstacle_;
};

} // namespace rulehost
