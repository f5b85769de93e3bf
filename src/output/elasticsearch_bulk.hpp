#pragma once

#include "http/http_poster.hpp"
#include "output/http_verdict.hpp"

#include <rulehost/tag.hpp>

#include <span>
#include <string>
#include <string_view>

namespace rulehost {

/// Whether Elasticsearch and OpenSearch take it as the name of an index.
bool is_index_name(std::string_view text);

/// The path of `_bulk` for an index or data stream, behind `base`; the answer is asked to be short.
std::string bulk_path(std::string_view base, std::string_view index);

/// NDJSON for `_bulk`: each tag is created under its uuid, so that one that is there stays as it is.
std::string bulk_body(std::span<tag const> tags);

/// The meaning of the answer to a request about some tags: refused when one of them is, later when one can be taken later. A
/// tag that is there already is taken.
http_verdict judge_bulk(http_answer const& answer);

} // namespace rulehost
