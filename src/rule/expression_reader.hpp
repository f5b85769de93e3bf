#pragma once

#include "regex/regex.hpp"
#include "yaml/findings.hpp"
#include "yaml/yaml_node.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace rulehost {

/// Compiles the regular expressions of one rule, up to a limit of their size together.
class expression_reader {
public:
    explicit expression_reader(findings& out) : out_(&out) {}

    /// The regular expression at `node`; null after an error, which is reported.
    std::shared_ptr<regex const> read(yaml_node const& node, regex::flags options);

private:
    findings* out_;
    std::size_t size_ = 0; ///< of the compiled programs so far, in bytes
};

/// Whether `text` is an address, or a network such as 10.0.0.0/8.
bool is_network(std::string const& text);

} // namespace rulehost
