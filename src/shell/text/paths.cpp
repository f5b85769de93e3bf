#include "shell/text/paths.hpp"

#include <algorithm>
#include <iterator>

namespace rulehost::shell {

std::string_view normal_path(std::string_view path, text_arena& arena) {
    auto const is_normal = [&] {
        for (auto i = path.find('/') + 1; i != 0 && i < path.size(); i = path.find('/', i) + 1) {
            auto const rest = path.substr(i);
            if (rest[0] == '/' || rest == "." || rest.starts_with("./") || rest == ".." || rest.starts_with("../"))
                return false;
        }
        return !path.starts_with("./") || path.size() == 2;
    };
    if (is_normal())
        return path;
    auto* const out = arena.take(path.size() + 1);
    std::size_t size = 0;
    bool const rooted = path.starts_with('/');
    if (rooted)
        out[size++] = '/';
    auto const floor = size;
    std::size_t at = 0;
    while (at < path.size()) {
        auto const slash = std::min(path.find('/', at), path.size());
        auto const piece = path.substr(at, slash - at);
        at = slash + 1;
        if (piece.empty() || piece == ".")
            continue;
        if (piece == "..") {
            std::string_view const made(out + floor, size - floor);
            auto const cut = made.rfind('/');
            auto const last = cut == std::string_view::npos ? made : made.substr(cut + 1);
            if (!made.empty() && last != ".." && last != "~") {
                size = floor + (cut == std::string_view::npos ? 0 : cut);
                continue;
            }
            if (rooted && made.empty())
                continue;
        }
        if (size > floor)
            out[size++] = '/';
        piece.copy(out + size, piece.size());
        size += piece.size();
    }
    if (size == 0)
        out[size++] = '.';
    else if (path.ends_with('/') && size > floor)
        out[size++] = '/';
    return {out, size};
}

std::string_view joined_path(std::string_view directory, std::string_view path, text_arena& arena) {
    if (path.starts_with("<(") || path.starts_with(">("))
        return path; // the name of a process substitution, as typed
    if (directory.empty() || path.empty() || path.front() == '/' || path.front() == '~' || path.front() == '$' ||
        path == "-")
        return normal_path(path, arena);
    auto* const out = arena.take(directory.size() + 1 + path.size());
    std::size_t size = directory.copy(out, directory.size());
    if (!directory.ends_with('/'))
        out[size++] = '/';
    size += path.copy(out + size, path.size());
    return normal_path({out, size}, arena);
}

bool looks_like_url(std::string_view text) {
    auto const scheme = text.find("://");
    if (scheme != std::string_view::npos && scheme < 12)
        return true;
    auto const host = text.substr(0, text.find_first_of("/:"));
    auto const dot = host.find('.');
    return dot != std::string_view::npos && dot > 0 && dot + 1 < host.size() && host.size() < text.size() &&
        host.find_first_of("*?=,@ ") == std::string_view::npos;
}

std::string_view remote_end(std::string_view url, std::string_view default_port, text_arena& arena) {
    std::string_view port = default_port;
    if (auto const scheme = url.find("://"); scheme != std::string_view::npos) {
        auto const name = url.substr(0, scheme);
        struct known {
            std::string_view name;
            std::string_view port;
        };
        constexpr known schemes[]{{"http", "80"},    {"https", "443"}, {"ftp", "21"},    {"ftps", "990"},
                                  {"tftp", "69"},    {"sftp", "22"},   {"ssh", "22"},    {"scp", "22"},
                                  {"ldap", "389"},   {"ldaps", "636"}, {"smb", "445"},   {"rsync", "873"},
                                  {"git", "9418"},   {"ws", "80"},     {"wss", "443"},   {"mysql", "3306"},
                                  {"redis", "6379"}, {"telnet", "23"}, {"gopher", "70"}, {"dict", "2628"}};
        auto const* const found = std::ranges::find(schemes, name, &known::name);
        if (found != std::end(schemes))
            port = found->port;
        url.remove_prefix(scheme + 3);
    }
    auto const slash = std::min(url.find_first_of("/?#"), url.size());
    auto host = url.substr(0, slash);
    auto path = url.substr(slash);
    if (auto const at = host.rfind('@'); at != std::string_view::npos)
        host.remove_prefix(at + 1);
    if (auto const colon = host.rfind(':');
        colon != std::string_view::npos && (host.find(':') == colon || host.ends_with(']') == false)) {
        if (host.find(':') == colon || host.starts_with('[')) {
            auto const rest = host.substr(colon + 1);
            if (!rest.empty() && rest.find_first_not_of("0123456789") == std::string_view::npos)
                port = rest;
            else if (path.empty())
                path = rest; // host:path
            host = host.substr(0, colon);
        }
    }
    auto* const out = arena.take(host.size() + port.size() + path.size() + 2);
    std::size_t size = host.copy(out, host.size());
    if (!port.empty()) {
        out[size++] = ':';
        size += port.copy(out + size, port.size());
    }
    if (!path.empty() && path.front() != '/')
        out[size++] = '/';
    size += path.copy(out + size, path.size());
    return {out, size};
}

} // namespace rulehost::shell
