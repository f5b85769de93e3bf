#pragma once

#include <rulehost/diagnostic.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost::cli {

/// Positions of the values of keys that may hold a password (`store`, `publish`, `nats`, `url`, `authorization`) in the
/// text of a configuration. Works on lines alone, so that it also covers invalid YAML.
class config_secrets {
public:
    explicit config_secrets(std::string_view text);

    /// `line`, the first bytes of line `number` (from 1), with possible secrets masked byte by byte. Keeps scheme, user
    /// and host of a plain URL.
    std::string without(std::string line, std::size_t number) const;

private:
    std::map<std::size_t, std::size_t> begins_; ///< by line: the first byte of the value
};

/// Masks possible secrets in findings about the configuration `text`.
void hide_secrets(std::vector<diagnostic>& findings, std::string_view text);

} // namespace rulehost::cli
