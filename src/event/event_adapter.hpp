#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// The path to a member of a document. If there is none, `a.b` also names a top-level member of that name.
struct member_path {
    std::vector<std::string> keys;
    std::size_t number = 0;       ///< of the first key among the adapter's `member_names`
    std::size_t whole_number = 0; ///< of the keys joined by dots, where there are several

    bool empty() const { return keys.empty(); }
    /// The number of the top-level member that the path equals, if there is one of that name.
    std::size_t top_level() const { return keys.size() == 1 ? number : whole_number; }
};

std::string to_text(member_path const&);

/// The top-level members that an adapter mentions, each with a number.
class member_names {
public:
    static constexpr std::size_t unknown = static_cast<std::size_t>(-1);

    std::size_t number(std::string_view name); ///< adds a new name
    std::size_t find(std::string_view name) const;
    std::size_t size() const { return numbers_.size(); }

private:
    struct hash : std::hash<std::string_view> {
        using is_transparent = void;
    };
    boost::unordered_flat_map<std::string, std::size_t, hash, std::equal_to<>> numbers_;
};

/// Index of the members of a document that an adapter mentions, made in one pass. Valid until a member is added to or
/// removed from the document.
class known_members {
public:
    known_members(member_names const& names, boost::json::object& document);

    /// As `find_member`.
    boost::json::value* find(member_path const& path) const;
    /// For each member in order: its number, or `member_names::unknown`.
    std::span<std::size_t const> numbers() const { return numbers_; }
    boost::json::object& document() const { return *document_; }

private:
    boost::json::object* document_;
    boost::container::small_vector<boost::json::value*, 48> by_number_;
    boost::container::small_vector<std::size_t, 48> numbers_;
};

/// The member at `path`; null if there is none or it is JSON's null.
boost::json::value const* find_member(boost::json::object const& document, member_path const& path);

/// A scalar as text, for ids and conditions. Empty for lists and objects.
std::string text_of_scalar(boost::json::value const& value);

/// A condition on a member of a document.
struct member_condition {
    enum class how { equals, starts_with, exists };
    member_path member;
    how what = how::exists;
    std::string text;
    std::optional<std::int64_t> number; ///< if the text is a whole number

    bool holds(boost::json::value const* found) const; ///< `found`: the member
};

/// Conversion of a value on its way into the payload.
enum class transform {
    none,
    number,       ///< a text that is a number becomes one
    python_bytes, ///< `b'x'`, as Python prints bytes, becomes `x`
    list,         ///< any value but a list becomes a list of one
};

void apply(transform how, boost::json::value& value);

/// Mapping of a member to a payload field.
struct member_move {
    member_path from;
    std::string to; ///< the payload field
    transform how = transform::none;
};

/// Source of an anchor.
struct anchor_source {
    enum class how { itself, address_uuid };
    member_path member;
    how what = how::itself;
};

/// One kind of event in a producer's documents.
struct event_recipe {
    std::vector<member_condition> when; ///< all of them
    std::string source_kind;
    member_path for_each;               ///< a list of which each element is an event; empty: the document is the event
    std::vector<std::string> with;      ///< members of the document that are copied to each element's payload
    std::vector<member_path> required;  ///< mandatory texts
    std::vector<std::string> leave_out; ///< members of the document that are not copied to the payload
    std::vector<member_move> moves;
    std::vector<std::pair<std::string, boost::json::value>> add;
    std::vector<member_path> id; ///< members that the id derives from; empty: the whole line

    /// Destination of a member of the document: a place in `moves`, or one of these.
    static constexpr int kept = -1, left_out = -2;
    std::vector<int> fates; ///< by its number
    int fate(std::size_t number) const { return number < fates.size() ? fates[number] : kept; }
};

/// Conversion of the documents of one producer to events. A value; made by `adapter_table::add`.
struct event_adapter {
    std::string name;
    std::vector<std::vector<member_condition>> recognise; ///< groups of conditions, one of which holds; empty: never
    std::vector<std::string> topics;          ///< patterns; `{name}` matches a token and adds it to the payload
    member_path named_by;                     ///< the member with the kind of a document, for counters
    member_path source_id;                    ///< the member with the id, if present
    std::vector<member_path> times;           ///< the first that is present
    double time_unit = 1;                     ///< seconds in one, where the time is a number
    std::chrono::minutes zone{0};             ///< of a time that names none, east of UTC
    std::vector<anchor_source> attacker_uuid; ///< the first that is present
    std::vector<anchor_source> identity_uuid;
    std::vector<anchor_source> session_id;
    std::vector<anchor_source> decky_id;
    std::vector<event_recipe> events; ///< every one whose conditions hold
    member_names names;

    /// Assigns the numbers of members, once all other fields are set.
    void number_members();

    /// Adds the payload fields that it mentions, possibly with duplicates.
    void add_payload_fields(std::vector<std::string>& to) const;

    bool recognises(boost::json::object const& document) const;
    /// Whether it matches `topic`; then adds the topic's named tokens to `tokens`.
    bool takes(std::string_view topic, std::vector<std::pair<std::string_view, std::string_view>>& tokens) const;
};

} // namespace rulehost
