#include "output/elasticsearch_bulk.hpp"

#include "output/ecs_document.hpp"
#include "output/tag_texts.hpp"

#include <rulehost/json_text.hpp>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>

namespace rulehost {

namespace json = boost::json;
using meaning = http_verdict::meaning;

namespace {

constexpr unsigned is_there_already = 409;
constexpr std::size_t max_reason = 200;

/// The only member of an item, named after the operation.
json::object const* result_in(json::value const& item) {
    auto const* const named = item.if_object();
    return named && named->size() == 1 ? named->begin()->value().if_object() : nullptr;
}

std::string reason_in(json::object const& result, std::int64_t status) {
    auto reason = "status " + std::to_string(status);
    if (auto const* const error = result.if_contains("error"))
        reason += ": " + visible(json_text(*error), max_reason);
    return reason;
}

} // namespace

bool is_index_name(std::string_view text) {
    constexpr std::size_t max_length = 255;
    auto const fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    };
    return !text.empty() && text.size() <= max_length && text.front() != '-' && text.front() != '_' &&
        text.front() != '.' && std::ranges::all_of(text, fits);
}

std::string bulk_path(std::string_view base, std::string_view index) {
    return path_below(path_below(base, "/").append(index),
                      "/_bulk?filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason");
}

std::string bulk_body(std::span<tag const> tags) {
    std::string lines;
    for (auto const& each : tags) {
        lines += R"({"create":{"_id":")" + boost::uuids::to_string(each.uuid) + "\"}}\n";
        append_json(lines, ecs_document(each));
        lines += '\n';
    }
    return lines;
}

http_verdict judge_bulk(http_answer const& answer) {
    auto whole = judge(answer.status, answer.retry_after.value_or(duration{}));
    if (whole.what != meaning::taken)
        return whole;
    json::error_code problem;
    auto const document = json::parse(answer.body, problem);
    auto const* const members = problem ? nullptr : document.if_object();
    auto const* const items = members ? members->if_contains("items") : nullptr;
    if (!items || !items->is_array())
        return {meaning::later, {}, "the answer is not one of _bulk"};
    for (auto const& item : items->get_array()) {
        auto const* const result = result_in(item);
        auto const* const number = result ? result->if_contains("status") : nullptr;
        if (!number || !number->is_int64())
            return {meaning::later, {}, "the answer is not one of _bulk"};
        auto const status = number->get_int64();
        if (status == is_there_already)
            continue;
        auto one = judge(static_cast<unsigned>(status));
        if (one.what == meaning::taken)
            continue;
        one.reason = reason_in(*result, status);
        if (one.what == meaning::later)
            return one;
        whole = std::move(one);
    }
    return whole;
}

} // namespace rulehost
