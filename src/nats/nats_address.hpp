#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rulehost {

/// The parsed address of a NATS server. A value.
struct nats_address {
    std::string scheme;                  ///< with `://`
    std::string host;                    ///< with the port, as configured
    std::string user;                    ///< percent-decoded; a token when there is no password
    std::optional<std::string> password; ///< percent-decoded

    /// The address without user, password and token, for messages and for the connection.
    std::string display() const { return scheme + host; }
};

/// Reads `[SCHEME://][USER[:PASSWORD]@]HOST[:PORT]`; without a scheme it is `nats://`. Accepts any text: the client
/// library rejects an invalid host.
nats_address parse_nats_address(std::string_view text);

} // namespace rulehost
