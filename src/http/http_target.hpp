#pragma once

#include <string>
#include <string_view>

namespace rulehost {

/// Joins `base`, which may end with slashes, and `below`, which begins with one.
std::string path_below(std::string_view base, std::string_view below);

/// Target of requests. A value.
struct http_target {
    bool encrypted = false;
    std::string host;
    std::string port;
    std::string path; ///< with its query

    /// `http://host[:port]/path` or `https://...`. Throws std::invalid_argument that does not quote the URL, which may
    /// hold a secret.
    static http_target parse(std::string_view url);
    /// The same, with a service's default port.
    static http_target parse(std::string_view url, std::string_view default_port);

    /// `host:port`, as the header spells it.
    std::string authority() const;
};

} // namespace rulehost
