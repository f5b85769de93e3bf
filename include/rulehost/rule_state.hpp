#pragma once

#include <rulehost/time_point.hpp>

#include <boost/json/object.hpp>
#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rulehost {

/// A strictly increasing number per store, over definitions, deletions and states together. 0 is before every change.
/// Revisions of different stores are not comparable.
using revision = std::uint64_t;

enum class rule_status { enabled, disabled, clipped };

std::string_view to_string(rule_status);
std::optional<rule_status> rule_status_from(std::string_view);

/// The operational plane of one rule: what an operator decided, why, and until when. Never inside the YAML.
/// A value; a class with constructors so that a temporary of it is safe in a `co_await` under g++ 12.
class rule_state {
public:
    rule_state() {}
    explicit rule_state(rule_status status_) : status(status_) {}

    static rule_state disabled(std::string reason, std::optional<time_point> expires_at = {});
    static rule_state clipped(double confidence_max, std::string reason, std::optional<time_point> expires_at = {});

    rule_status status = rule_status::enabled;
    std::optional<double> confidence_max; ///< in [0,1]; present exactly when clipped
    std::optional<time_point> expires_at; ///< the rule is in its default state from this instant on
    std::string reason;
    std::string set_by;               ///< stamped by the store; empty in the default state
    std::optional<time_point> set_at; ///< stamped by the store
    /// Revision of the write that set it; 0 in the default state. Compared with `expected` of `set_state`.
    rulehost::revision revision = 0;

    friend bool operator==(rule_state const&, rule_state const&) = default;
};

/// The effective state at `now`: `state` before its expiry, the default state from `expires_at` on. The single
/// definition of expiry; pure.
rule_state effective(rule_state const& state, time_point now);

/// Empty if `state` is valid, else the reason (`confidence_max` missing, out of range, ...).
std::string why_invalid(rule_state const& state);

boost::json::object to_json(rule_state const&);

} // namespace rulehost
