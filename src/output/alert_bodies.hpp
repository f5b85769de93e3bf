#pragma once

#include <rulehost/tag.hpp>

#include <span>
#include <string>
#include <string_view>

namespace rulehost {

// Receivers that pass texts on to chats: in both, text from an attacker mentions nobody and links nowhere.

/// An event as Falco sends it over HTTP, which Falcosidekick takes.
std::string falco_event(tag const& about);

/// Alerts for `/api/v2/alerts` of Alertmanager, one for each tag. Tags of a rule, technique, source and sensor have the same
/// labels: to Alertmanager they are one alert, with the annotations of the last.
std::string alertmanager_alerts(std::span<tag const> tags);

/// The path that takes them, behind that of Alertmanager itself.
std::string alertmanager_path(std::string_view base);

} // namespace rulehost
