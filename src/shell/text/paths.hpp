#pragma once

#include "shell/text/text_arena.hpp"

#include <string_view>

namespace rulehost::shell {

inline std::string_view base_name(std::string_view path) {
    if (path.find('/') == std::string_view::npos) // found faster than from the back
        return path;
    return path.substr(path.rfind('/') + 1);
}

/// `path` without `//`, `/./` and `/../`. A view of `path` if there is nothing to remove.
std::string_view normal_path(std::string_view path, text_arena& arena);

/// `path` joined to `directory`; empty: unknown directory.
std::string_view joined_path(std::string_view directory, std::string_view path, text_arena& arena);

/// The remote end of a URL or of `[user@]host[:port]`: `host:port/path`, the port of the scheme filled in.
std::string_view remote_end(std::string_view url, std::string_view default_port, text_arena& arena);

/// Whether it has a scheme, or looks like `host/path` with a dot in its host.
bool looks_like_url(std::string_view text);

} // namespace rulehost::shell
