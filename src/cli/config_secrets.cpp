#include "cli/config_secrets.hpp"

#include "text/without_passwords.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace rulehost::cli {

namespace {

constexpr std::array<std::string_view, 5> secret_keys{"store", "publish", "nats", "url", "authorization"};
constexpr std::string_view blanks = " \t";

struct keyed_value {
    std::size_t key;
    std::size_t value; ///< the byte after the colon
};

/// The first secret key of a line: in a block, a list or a map in braces.
std::optional<keyed_value> find_key(std::string_view line) {
    std::optional<keyed_value> first;
    for (auto const name : secret_keys) {
        for (auto at = line.find(name); at != line.npos; at = line.find(name, at + 1)) {
            bool const begins = at == 0 || std::string_view(" \t{[,'\"-?").find(line[at - 1]) != line.npos;
            auto const colon = line.find_first_not_of(" \t'\"", at + name.size());
            if (begins && colon != line.npos && line[colon] == ':' && (!first || at < first->key))
                first = keyed_value{at, colon + 1};
        }
    }
    return first;
}

std::string painted(std::string text, std::size_t from) {
    for (auto at = from; at < text.size(); ++at)
        if (blanks.find(text[at]) == blanks.npos)
            text[at] = '*';
    return text;
}

} // namespace

config_secrets::config_secrets(std::string_view text) {
    std::optional<std::size_t> inside; // within a value: the indentation of its key
    for (std::size_t number = 1; !text.empty(); ++number) {
        auto const line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        auto const indent = line.find_first_not_of(blanks);
        if (inside && (indent == line.npos || indent > *inside)) {
            begins_.emplace(number, 0);
            continue;
        }
        inside.reset();
        if (auto const found = find_key(line)) {
            begins_.emplace(number, found->value);
            inside = found->key;
        }
    }
}

std::string config_secrets::without(std::string line, std::size_t number) const {
    auto const found = begins_.find(number);
    if (found == begins_.end() || found->second >= line.size())
        return without_passwords(std::move(line), url_reach::line);
    auto const value = std::min(line.find_first_not_of(" \t'\"", found->second), line.size());
    auto const text = std::string_view(line).substr(value);
    if (text.starts_with("sqlite:"))
        return line;
    auto const scheme = text.find("://");
    bool const is_url = scheme != text.npos && text.find_first_of("{[,\"' \t") > scheme;
    if (!is_url)
        return painted(std::move(line), value);
    auto const begin = value + scheme + 3;
    auto const at = line.rfind('@');
    if (at != line.npos && at > begin)
        return without_passwords(std::move(line), url_reach::line);
    auto const colon = line.find(':', begin); // a port, or the beginning of a password without a host behind it
    return painted(std::move(line), std::min(colon, line.size()));
}

void hide_secrets(std::vector<diagnostic>& findings, std::string_view text) {
    config_secrets const secrets(text);
    for (auto& each : findings) {
        each.source_line = secrets.without(std::move(each.source_line), each.line);
        each.message = without_passwords(std::move(each.message), url_reach::line);
    }
}

} // namespace rulehost::cli
