#pragma once

#include <string>
#include <string_view>

namespace rulehost {

/// Where syslog messages go. A value.
struct syslog_target {
    enum class transport { udp, tcp, tls };

    transport how = transport::udp;
    std::string host;
    std::string port;

    /// `udp://host[:514]`, `tcp://host[:601]` or `tls://host[:6514]`. Throws std::invalid_argument.
    static syslog_target parse(std::string_view url);
};

} // namespace rulehost
