#pragma once

#include "text/network.hpp"

#include <rulehost/rule_definition.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace rulehost {

/// One text of `decision::rules`.
struct rule_selector {
    enum class kind {
        id,        ///< a rule_id
        id_glob,   ///< a glob over rule ids
        name_glob, ///< a glob over names; letters of either case are equal
        technique, ///< an id with its sub-techniques, or the id of a sub-technique
        tactic,    ///< `TA0007`
    };

    kind by;
    std::string text; ///< without the prefix
};

/// One text of `decision::scope`.
struct scope_term {
    enum class source { address, source_kind, anchor, payload };

    source of;
    field_path field; ///< of an anchor or the payload
    std::string value;
    std::optional<network> within; ///< of an address
};

/// Both throw `std::invalid_argument` with a message that quotes the text.
rule_selector read_selector(std::string_view text);
scope_term read_scope_term(std::string_view text);

} // namespace rulehost
