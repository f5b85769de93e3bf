#pragma once

#include <string>

namespace rulehost {

/// A unique name for this process: `HOST:PID:START:PLACE:NUMBER`. START is the time of its start in clock ticks, PLACE the
/// boot and the PID namespace, NUMBER random. START and PLACE are empty where the system does not tell them.
std::string process_name();

/// Whether the process that `process_name` named is known to have ended. False for a process of another machine, boot or
/// PID namespace, and for a malformed name.
bool process_has_ended(std::string const& name);

/// `process PID on HOST`, for a person, not escaped; a malformed name as it is.
std::string readable_process(std::string const& name);

} // namespace rulehost
