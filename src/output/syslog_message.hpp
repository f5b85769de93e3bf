#pragma once

#include <rulehost/tag.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace rulehost {

/// Format of the text of a syslog message.
enum class syslog_format {
    json, ///< the tag
    cef   ///< ArcSight's Common Event Format, version 0
};

/// The message of RFC 5424 about a tag, which `host` sends: printable ASCII on one line, at most `max_bytes` long. A
/// tag that is too long loses its evidence first, then all but the main members.
std::string syslog_message(tag const& about, syslog_format format, std::string_view host, std::size_t max_bytes);

/// The frame of RFC 6587 for streams: the length and the message.
std::string framed(std::string const& message);

} // namespace rulehost
