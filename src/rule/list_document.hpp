#pragma once

#include "yaml/yaml_document.hpp"

namespace rulehost {

/// Whether a document defines lists, as far as that can be told without parsing it.
bool is_list_document(document_text document);

} // namespace rulehost
