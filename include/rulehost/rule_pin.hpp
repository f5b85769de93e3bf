#pragma once

#include <rulehost/rule_state.hpp>
#include <rulehost/time_point.hpp>

#include <optional>
#include <string>

namespace rulehost {

/// A row of `ttp_rule_pin`: a former text of a rule that was made live again, and that the master leaves alone until the
/// rule's file changes or the pin is taken back. A value.
struct rule_pin {
    std::string rule_id;
    rulehost::revision to = 0;       ///< the revision whose text it is
    rulehost::revision revision = 0; ///< of the change that made the text live again
    std::string file_hash; ///< `rule_definition::content_hash` of the file at that time; empty: there was none
    std::string reason;
    std::string set_by;
    time_point set_at{};                ///< by the database's clock
    std::optional<time_point> ended_at; ///< empty: it stands
    std::string ended_by;               ///< the operator, or the projection whose file changed

    friend bool operator==(rule_pin const&, rule_pin const&) = default;
};

} // namespace rulehost
