#pragma once

#include "engine/number_lists.hpp"
#include "engine/rule_program.hpp"
#include "match/command/command_texts.hpp"
#include "match/pattern_table.hpp"
#include "match/subject.hpp"
#include "match/value/text_table.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rulehost {

/// Index of the rules of one source kind, which finds the candidates for an event by their triggers. Immutable; safe
/// from any thread, each with its own memory.
class kind_index {
public:
    using number = std::uint32_t;

    /// A candidate rule.
    struct candidate {
        number rule; ///< its number in the index
        rule_program::variant const* variant;
        open_tests open; ///< valid until the memory is used again
    };

    struct rule_entry {
        number rule;
        rule_program::variant const* variant;
        number first_test; ///< number of its first test among all tests of the index
    };

    /// A field that rules test, with its searched words. A trigger is the number of a word or of the field's presence.
    struct slot {
        field_path field;
        bool is_anchor = false;
        number presence = 0; ///< the trigger of its presence
        number first_word = 0;
        std::shared_ptr<pattern_table const> words; ///< word i is the trigger first_word + i
        number first_command_word = 0;
        std::shared_ptr<pattern_table const> command_words; ///< in the texts of commands
        bool looks_at_commands = false;
        number first_program = 0;
        text_table programs; ///< name i is the trigger first_program + i
        number first_fact = 0;
        text_table facts;
    };

    struct parts {
        std::vector<slot> slots;
        std::vector<rule_entry> rules;
        std::vector<number> rule_of; ///< test -> its rule
        std::vector<number> free;    ///< tests without triggers, which may always hold
        std::vector<number> always;  ///< rules that are always candidates
        number_lists lists_with;     ///< trigger -> its lists
        number_lists opened;         ///< list -> tests that have it as the best list
        number_lists lists_of;       ///< test -> all of its lists
        std::vector<bool> opens;     ///< whether the test, when open, makes its rule a candidate
        number_lists needed_of;      ///< rule -> lists of tests; each list needs an open test
        number_lists needed;         ///< such a list -> its tests
        number triggers;
        number lists;
    };

    /// Marks of the triggers of one event. One thread; reused from event to event.
    class memory {
    public:
        explicit memory(kind_index const& of);

    private:
        friend class kind_index;
        using text_set = command_texts::text_set;

        std::vector<text_set> where_;      ///< of each trigger: the texts that hold it
        std::vector<text_set> list_where_; ///< of each list: those that hold one of its triggers
        std::vector<text_set> open_;       ///< of each test: those that it can hold for
        std::vector<bool> seen_;           ///< rules that were checked
        std::vector<number> hits_;         ///< triggers with a non-empty set
        std::vector<number> lists_;        ///< lists with a non-empty set
        std::vector<number> opened_;       ///< tests with a non-empty set, without the free ones
        std::vector<number> looked_at_;    ///< the rules of `seen_`
        std::vector<number> chosen_;
    };

    explicit kind_index(parts made);

    void reserve(scan_memory& scan) const;

    /// Appends the candidates, in the order of the rules.
    void choose(subject& on, memory& m, scan_memory& scan, std::vector<candidate>& to) const;

private:
    /// Calls `look(slot)` with the slots whose fields the event may have.
    template <typename Look>
    void for_each_slot(event const& e, Look&& look) const;
    template <typename Hit>
    void look(slot const& s, subject& on, scan_memory& scan, Hit&& hit) const;
    template <typename Hit>
    void look_at_commands(slot const& s, line_commands& commands, subject& on, scan_memory& scan, Hit&& hit) const;
    static void clear(memory& m);
    void open_tests_of_hits(memory& m) const;
    bool is_worth_asking(number rule, memory const& m) const;

    parts of_;
    std::vector<number> anchors_; ///< the slots of anchors
    text_table keys_;             ///< the first keys of the others
    number_lists slots_of_;       ///< key -> the slots of fields that begin with it
};

} // namespace rulehost
