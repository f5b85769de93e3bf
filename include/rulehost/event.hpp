#pragma once

#include <rulehost/time_point.hpp>

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace rulehost {

/// One observation of a sensor. A value; attacker-controlled through and through. Keep one and refill it, and its
/// memory is reused.
class event {
public:
    event() = default;
    /// A copy owns its memory, wherever the payload of `other` lives (a reader's arena).
    event(event const& other);
    event(event&&) noexcept = default;
    event& operator=(event const&) = default;
    event& operator=(event&&) = default;
    ~event() = default;

    /// A line that somebody typed, as an event of kind `command`; bytes that are not UTF-8 are replaced. Its id is made
    /// of the session and the line (give it another `source_id` where one line may come twice in a session), its
    /// attacker of the session.
    static event command(std::string_view line, std::string session_id = "local");

    std::string source_kind;   ///< chooses the rules: `command`, `http_request`, ...
    std::string source_id;     ///< identifies the observation within its kind
    std::string attacker_uuid; ///< anchors; empty when unknown
    std::string identity_uuid;
    std::string session_id;
    std::string decky_id;
    time_point observed_at{}; ///< event time; what correlation windows go by
    bool untimed = false;     ///< `observed_at` is the time of arrival: the producer gave none
    bool truncated = false;   ///< a part of what it was made of was left out: its line was too long
    boost::json::object payload;
};

/// The value of an anchor by its name (`attacker_uuid`, ...), or null when `name` is not an anchor.
std::string const* anchor(event const&, std::string_view name);

} // namespace rulehost
