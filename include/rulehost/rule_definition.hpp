#pragma once

#include <rulehost/command_condition.hpp>
#include <rulehost/time_point.hpp>

#include <boost/json/value.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rulehost {

class regex;

/// A path into an event: `{"a","b"}` for `a.b` in the payload. A path of one key that names an anchor (`attacker_uuid`,
/// `identity_uuid`, `session_id`, `decky_id`) reads the event's anchor instead, so that a payload cannot forge one.
/// Empty: the default field of the event's source kind.
struct field_path {
    std::vector<std::string> keys;

    std::string text() const; ///< `a.b`; a key with dots is quoted
    friend auto operator<=>(field_path const&, field_path const&) = default;
};

/// Comparison of the value at the path of a condition.
enum class comparison {
    pattern,  ///< a string in which `expression` is found
    contains, ///< a string with one of `operands` in it
    starts_with,
    ends_with,
    equals, ///< a string, number or boolean equal to the operand, of its type
    one_of, ///< equal to one of `operands`
    cidr,   ///< a string that is an address in one of the networks `operands`
    exists, ///< operand `true`: the path exists and is not null; `false`: it does not
    greater_than,
    at_least,
    less_than,
    at_most,
    equals_field, ///< equal to the value at `other`; false when either is missing
    differs_from_field,
};

/// One node of a rule's condition tree. A value, immutable once read.
struct condition {
    enum class node {
        test,              ///< compares the value at `field`
        all_of,            ///< every child holds; without children: always
        any_of,            ///< one child holds
        none_of,           ///< no child holds (YAML: `not`)
        window,            ///< the event completes `window` number `window_index` of the definition
        never,             ///< never holds: a rule for another evaluator (`kind: lifter:*`)
        command,           ///< a command of the line satisfies one of the maps in `commands.front()`
        some,              ///< an object of the list at `field` satisfies the only child, whose fields start there
        commands_in_order, ///< commands of the line, in this order, satisfy one map of each element of `commands`
    };
    enum class elements { any, all };     ///< of a list: any element, or all of a list that is not empty
    enum class measure { value, length }; ///< compares the value, or its length (characters, elements)
    enum class letter_case { exact, ignored };
    enum class shell_text {
        normalised,
        raw
    }; ///< for a command line: also its de-obfuscated text, or only the typed text

    node kind = node::test;
    std::vector<condition> children;

    field_path field;
    elements quantifier = elements::any;
    measure measured = measure::value;
    comparison compare = comparison::pattern;
    letter_case matching = letter_case::exact;
    shell_text shell = shell_text::normalised;
    std::vector<boost::json::value> operands;
    field_path other;
    std::shared_ptr<regex const> expression; ///< compiled, for `comparison::pattern`
    std::size_t window_index = 0;
    std::vector<std::vector<command_condition>> commands;
    bool same_file = false;       ///< the effects of the commands in order name one file
    std::size_t line = 0;         ///< source line, for explain
    std::size_t pattern_line = 0; ///< of `expression`
    std::size_t pattern_column = 0;
};

/// A correlation over several events, in event time. A group is one combination of the values at `group_by`.
struct correlation {
    enum class node { count, distinct_count, sequence };
    enum class firing { once_per_window, every_event };

    node kind = node::count;
    std::vector<condition> steps; ///< conditions on events; one, or one per step of a sequence
    field_path distinct;          ///< for distinct_count: the value that is counted
    std::size_t threshold = 1;    ///< for count and distinct_count
    duration within{};
    std::vector<field_path> group_by; ///< events that lack one of them are not counted
    firing fires = firing::once_per_window;
    bool same_file = false; ///< of a sequence: the effects of the commands of its steps name one file, by base name
};

/// One ATT&CK technique that a rule claims.
struct emission {
    std::string tactic;           ///< TA0007
    std::string technique_id;     ///< T1548
    std::string sub_technique_id; ///< T1548.001, or empty
    std::string tactic_name;      ///< Discovery
    std::string technique_name; ///< of a sub-technique, after that of its technique: `Event Triggered Execution: Trap`
    double confidence = 0.7;    ///< in [0,1]
    /// When `scaled_by` has keys: confidence is multiplied by value / full_scale, limited to [0,1]. A missing or
    /// non-numeric value leaves it unchanged.
    field_path scaled_by;
    double full_scale = 1;
};

/// The sub-technique, or the technique where it is claimed as a whole.
inline std::string const& technique_of(emission const& claimed) {
    return claimed.sub_technique_id.empty() ? claimed.technique_id : claimed.sub_technique_id;
}

/// Emissions chosen by the value (each element of a list) at `field`; compared as lower-case text.
struct emission_table {
    field_path field;
    std::map<std::string, std::vector<emission>> values;
};

/// An event of a rule's own tests, relative to the start of the test.
struct rule_test_event {
    duration at{};
    std::string source_kind;
    boost::json::object anchors; ///< attacker_uuid, ...; missing ones get a fixed value
    boost::json::object payload;
};

struct rule_test {
    std::string name;
    std::vector<rule_test_event> events;
    std::vector<std::string> expected; ///< technique (or sub-technique) ids, sorted; empty: no tags
    std::size_t line = 0;
};

/// A rule as its author wrote it, validated. Immutable, shared by every snapshot that contains it.
struct rule_definition {
    std::string rule_id;
    std::int64_t rule_version = 1;
    std::string name;
    std::string description;
    std::vector<std::string> applies_to; ///< source kinds, sorted, at least one
    condition match;
    std::vector<correlation> windows;
    std::vector<emission> emits;
    std::vector<emission_table> emits_by_value;
    std::vector<field_path> evidence_fields;
    std::vector<std::string> references;
    std::string attack_release;
    std::string last_reviewed;
    std::string next_review;
    bool observe = false; ///< `status: observe`: the rule is live, and its tags are marked and do not count
    std::vector<rule_test> tests;
    std::vector<std::string> lists; ///< names of the shared lists that it uses, nested ones included, sorted

    std::string text;         ///< the author's bytes of this document
    std::string content_hash; ///< UUIDv5 of `text`: equal exactly if the text is
    std::string lists_hash;   ///< equal exactly if the values of `lists` are; empty without lists
    std::string path;         ///< source file or row
    std::size_t line = 1;     ///< the line of `path` where the document starts
};

/// Default payload field of a source kind, for a condition without `field`: `command_text` for `command`, ...; empty
/// for an unknown kind.
std::string_view default_field(std::string_view source_kind);

} // namespace rulehost
