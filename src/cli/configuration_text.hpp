#pragma once

#include "yaml/yaml_document.hpp"

namespace rulehost::cli {

/// The file of the configuration, in the words of its findings.
inline constexpr document_kind configuration_text{"configuration", "the configuration is UTF-8 text"};

} // namespace rulehost::cli
