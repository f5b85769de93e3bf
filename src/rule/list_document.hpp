#pragma once

#include "yaml/yaml_document.hpp"

namespace rulehost {

/// Whether a document defines lists, judged without parsing it.
bool is_list_document(document_text document);

} // namespace rulehost
