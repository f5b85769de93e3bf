#pragma once

#include "match/command/command_test.hpp"
#include "match/subject.hpp"
#include "match/value/needed_signs.hpp"
#include "match/value/truth.hpp"
#include "text/network.hpp"

#include <rulehost/rule_definition.hpp>

#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// The reason why a predicate held.
struct match_detail {
    std::optional<text_form> form; ///< of a command line: which of its texts
    std::string text;              ///< the piece that matched; kept for explain only
    std::string command;           ///< the text of the command that satisfied the condition, the first of several
    std::string_view reading;      ///< and the reading that it comes from
    bool truncated = false;        ///< a text was scanned up to the scan limit only
    enum class depth { place, text } wanted = depth::place;
};

/// A condition compiled for the events of one source kind: paths resolved, operands folded, networks parsed.
/// Immutable; safe from any thread. This defines the meaning of a rule; the pattern tables only avoid
/// evaluations. Windows are evaluated elsewhere and never hold here.
class predicate {
public:
    /// `source` outlives the predicate. Its tests get the numbers from `tests` on, which is advanced.
    /// `below`: the list of objects that its fields start in, if they do not start in the payload.
    predicate(condition const& source, std::string_view source_kind, std::uint32_t& tests,
              field_path const& below = {});

    truth test(subject& on, match_detail& found) const;

    /// Appends the base names of the files named by effects of commands that satisfy a condition on commands.
    void add_files(subject& on, std::vector<std::string>& names) const;

    condition const& source() const { return *source_; }
    field_path const& field() const { return field_; }             ///< the default field filled in
    field_path const& whole_field() const { return whole_field_; } ///< the same from the payload on
    std::span<predicate const> children() const { return children_; }
    std::span<std::vector<command_test> const> commands() const { return commands_; } ///< of a command, and in order
    std::uint32_t number() const {
        return number_;
    } ///< of a test, or of the first map of commands, among those of the rule
    std::span<std::string const> texts() const { return texts_; } ///< the string operands, folded if case is ignored

private:
    truth test_leaf(subject& on, match_detail& found) const;
    using text_set = command_texts::text_set; ///< `open`: the candidate texts
    truth test_element(boost::json::value const& element, text_set open, subject& on, match_detail& found) const;
    truth test_string(std::string_view whole, text_set open, subject& on, match_detail& found) const;
    truth test_text(std::string_view text, subject& on, match_detail& found) const;
    bool test_number(boost::json::value const& number) const;
    bool test_length(boost::json::value const& value) const;
    bool test_other_field(boost::json::value const& element, subject& on) const;
    bool exists(subject& on) const;
    truth test_commands(subject& on, match_detail& found) const;
    truth test_some(subject& on, match_detail& found) const;

    condition const* source_;
    field_path field_;
    field_path whole_field_;
    field_path other_;
    bool reads_anchor_ = false;
    bool is_line_ = false;     ///< `field_` holds the line of a `command` event
    std::uint32_t number_ = 0; ///< of a test, or of the first map of commands: its place among those of the rule
    std::vector<predicate> children_;
    std::vector<std::string> texts_;          ///< sorted for equals and one_of
    std::vector<boost::json::value> scalars_; ///< other operands
    std::vector<network> networks_;
    needed_signs signs_;                              ///< of a pattern
    std::vector<std::vector<command_test>> commands_; ///< of a command, and of commands in order
};

} // namespace rulehost
