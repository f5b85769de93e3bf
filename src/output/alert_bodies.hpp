#pragma once

#include <rulehost/tag.hpp>

#include <span>
#include <string>
#include <string_view>

namespace rulehost {

// These receivers forward texts to chats: text from an attacker is escaped so that it mentions and links nothing.

/// An event in the form that Falco posts to Falcosidekick.
std::string falco_event(tag const& about);

/// Alerts for `/api/v2/alerts` of Alertmanager, one for each tag. Tags of a rule, technique, source and sensor have the
/// same labels: Alertmanager treats them as one alert with the annotations of the last.
std::string alertmanager_alerts(std::span<tag const> tags);

/// The path of the alerts below Alertmanager's base URL.
std::string alertmanager_path(std::string_view base);

} // namespace rulehost
