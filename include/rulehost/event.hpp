#pragma once

#include <rulehost/time_point.hpp>

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace rulehost {

/// One observation of a sensor. A value; every field is attacker-controlled. Reuse one object to reuse its memory.
class event {
public:
    event() = default;
    /// A copy owns its memory, wherever the payload of `other` lives (a reader's arena).
    event(event const& other);
    event(event&&) noexcept = default;
    event& operator=(event const&) = default;
    event& operator=(event&&) = default;
    ~event() = default;

    /// An event of kind `command` for a typed line; invalid UTF-8 is replaced. The id derives from the session and the
    /// line (set another `source_id` where a line may occur twice in a session), the attacker from the session.
    static event command(std::string_view line, std::string session_id = "local");

    std::string source_kind;   ///< selects the rules: `command`, `http_request`, ...
    std::string source_id;     ///< identifies the observation within its kind
    std::string attacker_uuid; ///< anchors; empty when unknown
    std::string identity_uuid;
    std::string session_id;
    std::string decky_id;
    time_point observed_at{}; ///< event time; used by correlation windows
    bool untimed = false;     ///< `observed_at` is the time of arrival: the producer gave none
    bool truncated = false;   ///< a part of the input was left out because its line was too long
    boost::json::object payload;
};

/// The anchor of this name (`attacker_uuid`, ...); null if `name` is not an anchor.
std::string const* anchor(event const&, std::string_view name);

} // namespace rulehost
