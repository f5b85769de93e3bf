#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// The keys that lead to a member of a document.
using member_path = std::vector<std::string>;

std::string to_text(member_path const&);

/// The member at `path`; null when there is none or it is JSON's null.
boost::json::value* find_member(boost::json::object& document, member_path const& path);

/// A scalar as text: what an id is made of and a condition is compared with. Empty for lists and objects.
std::string text_of_scalar(boost::json::value const& value);

/// Something that must be so in a document.
struct member_condition {
    enum class how { equals, starts_with, exists };
    member_path member;
    how what = how::exists;
    std::string text;

    bool holds(boost::json::object& document) const;
};

/// What is done to a value on its way into the payload.
enum class transform {
    none,
    number,       ///< a text that is a number becomes one
    python_bytes, ///< `b'x'`, as Python prints bytes, becomes `x`
    list,         ///< what is no list becomes a list of one
};

void apply(transform how, boost::json::value& value);

/// Where a member goes.
struct member_move {
    member_path from;
    std::string to; ///< the payload field
    transform how = transform::none;
};

/// Where an anchor comes from.
struct anchor_source {
    enum class how { itself, address_uuid };
    member_path member;
    how what = how::itself;
};

/// One kind of event that a producer's documents hold.
struct event_recipe {
    std::vector<member_condition> when; ///< all of them
    std::string source_kind;
    member_path for_each;               ///< a list each element of which is an event; empty: the document is one
    std::vector<std::string> with;      ///< members of the document that each element's payload has too
    std::vector<member_path> required;  ///< texts that must be there
    std::vector<std::string> leave_out; ///< members of the document that are not payload
    std::vector<member_move> moves;
    std::vector<std::pair<std::string, boost::json::value>> add;
    std::vector<member_path> id;        ///< what tells one event from another; empty: all of the line
};

/// How the documents of one producer become events. A value; made by `adapter_table::add`.
struct event_adapter {
    std::string name;
    std::vector<member_condition> recognise;  ///< empty: never by itself
    std::vector<std::string> topics;          ///< patterns; a token `{name}` stands for one and goes into the payload
    member_path named_by;                     ///< the member that says of which kind a document is, for counting
    member_path source_id;                    ///< a member that is the id where it is present
    member_path time;
    double time_unit = 1;                     ///< seconds in one, where the time is a number
    std::chrono::minutes zone{0};             ///< of a time that names none, east of UTC
    std::vector<anchor_source> attacker_uuid; ///< the first that is present
    std::vector<anchor_source> identity_uuid;
    std::vector<anchor_source> session_id;
    std::vector<anchor_source> decky_id;
    std::vector<event_recipe> events;         ///< every one whose conditions hold

    bool recognises(boost::json::object& document) const;
    /// Whether it is for `topic`; then the named tokens of it are added to `tokens`.
    bool takes(std::string_view topic, std::vector<std::pair<std::string_view, std::string_view>>& tokens) const;
};

} // namespace rulehost
