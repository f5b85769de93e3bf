#pragma once

#include "http/http_poster.hpp"
#include "output/http_verdict.hpp"

#include <rulehost/tag.hpp>

#include <span>
#include <string>
#include <string_view>

namespace rulehost {

/// Whether it is a valid name of an index in Elasticsearch and OpenSearch.
bool is_index_name(std::string_view text);

/// The path of `_bulk` for an index or data stream below `base`, with a short answer requested.
std::string bulk_path(std::string_view base, std::string_view index);

/// NDJSON for `_bulk`: creates each tag under its uuid, so that an existing one stays unchanged.
std::string bulk_body(std::span<tag const> tags);

/// The verdict on a request about some tags: refused if any tag is rejected, later if any must be retried. An existing
/// tag counts as taken.
http_verdict judge_bulk(http_answer const& answer);

} // namespace rulehost
