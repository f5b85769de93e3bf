#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace rulehost::cli {

/// Where the values of keys that may hold a password (`store`, `publish`, `nats`, `url`, `authorization`) stand in the
/// text of a configuration. Goes by the lines alone: a text that is no YAML has them too.
class config_secrets {
public:
    explicit config_secrets(std::string_view text);

    /// `line`, the first bytes of line `number` (from 1), with what may be secret painted over byte by byte. Of a plain
    /// URL scheme, user and host are left.
    std::string without(std::string line, std::size_t number) const;

private:
    std::map<std::size_t, std::size_t> begins_; ///< by line: the first byte of the value
};

} // namespace rulehost::cli
