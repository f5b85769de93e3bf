#pragma once

#include <string>
#include <string_view>

namespace rulehost {

/// The path `below`, which begins with a slash, behind `base`, which may end with some.
std::string path_below(std::string_view base, std::string_view below);

/// Where requests go. A value.
struct http_target {
    bool encrypted = false;
    std::string host;
    std::string port;
    std::string path; ///< with its query

    /// `http://host[:port]/path` or `https://...`. Throws std::invalid_argument, without what the URL holds: it may be
    /// a secret.
    static http_target parse(std::string_view url);
    /// The same, with the port of a service where the URL names none.
    static http_target parse(std::string_view url, std::string_view default_port);

    /// `host:port`, as the header spells it.
    std::string authority() const;
};

} // namespace rulehost
