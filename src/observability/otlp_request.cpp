#include "observability/otlp_request.hpp"

#include "text/number.hpp"
#include "text/utf8.hpp"
#include "text/without_passwords.hpp"

#include <rulehost/diagnostic.hpp>
#include <rulehost/json_text.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <stdexcept>

namespace rulehost {

namespace json = boost::json;

namespace {

constexpr std::string_view otlp_port = "4318";

std::string hex(std::uint64_t bits) {
    std::array<char, 17> digits;
    std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(bits));
    return digits.data();
}

std::string nanoseconds(time_point instant) {
    return std::to_string(std::chrono::nanoseconds(instant.time_since_epoch()).count());
}

/// Protobuf's JSON form writes 64-bit integers as texts.
struct attribute_value {
    json::object operator()(std::string const& text) const { return {{"stringValue", to_valid_utf8(text)}}; }
    json::object operator()(std::int64_t number) const { return {{"intValue", std::to_string(number)}}; }
    json::object operator()(double number) const { return {{"doubleValue", number}}; }
    json::object operator()(bool truth) const { return {{"boolValue", truth}}; }
};

json::object text_attribute(std::string_view key, std::string const& value) {
    return {{"key", key}, {"value", attribute_value{}(value)}};
}

json::object to_json(finished_span const& span) {
    constexpr int internal_kind = 1;
    json::array attributes;
    for (auto const& [key, value] : span.attributes)
        attributes.push_back(json::object{{"key", key}, {"value", std::visit(attribute_value{}, value)}});
    json::object object{{"traceId", hex(span.id.trace_high) + hex(span.id.trace_low)},
                        {"spanId", hex(span.id.span)},
                        {"name", span.name},
                        {"kind", internal_kind},
                        {"startTimeUnixNano", nanoseconds(span.began)},
                        {"endTimeUnixNano", nanoseconds(span.ended)},
                        {"attributes", std::move(attributes)}};
    if (span.parent.is_recorded())
        object["parentSpanId"] = hex(span.parent.span);
    return object;
}

} // namespace

http_target parse_collector(std::string const& text) {
    try {
        auto to = http_target::parse(text, otlp_port);
        if (!to.encrypted) {
            if (to.path == "/")
                to.path = "/v1/traces";
            return to;
        }
    } catch (std::invalid_argument const&) {
        // The error below covers both the address and the missing encryption.
    }
    throw std::invalid_argument("OTLP address '" + escape_for_terminal(without_passwords(text, url_reach::line)) +
                                "' is not http://HOST[:PORT][/PATH]");
}

std::string request_body(std::vector<finished_span> const& spans, otlp_resource const& made_by) {
    json::array list;
    for (auto const& span : spans)
        list.push_back(to_json(span));
    json::array resource{text_attribute("service.name", "rulehost"), text_attribute("service.version", made_by.version),
                         text_attribute("service.instance.id", made_by.instance)};
    json::object scope{{"scope", json::object{{"name", "rulehost"}}}, {"spans", std::move(list)}};
    json::object all{{"resource", json::object{{"attributes", std::move(resource)}}},
                     {"scopeSpans", json::array{std::move(scope)}}};
    return json_text(json::object{{"resourceSpans", json::array{std::move(all)}}});
}

bool wants_a_retry(http_answer const& answer) {
    return answer.status == 0 || answer.status == 429 || (answer.status >= 502 && answer.status <= 504);
}

std::uint64_t rejected_spans(http_answer const& answer) {
    boost::system::error_code bad;
    auto const parsed = json::parse(answer.body, bad);
    auto const* const root = bad ? nullptr : parsed.if_object();
    auto const* const partial = root ? root->if_contains("partialSuccess") : nullptr;
    auto const* const count =
        partial && partial->is_object() ? partial->get_object().if_contains("rejectedSpans") : nullptr;
    if (count == nullptr)
        return 0;
    if (auto const* const text = count->if_string())
        return parse_number<std::uint64_t>(*text).value_or(0);
    auto const exact = json::try_value_to<std::uint64_t>(*count);
    return exact ? *exact : 0;
}

} // namespace rulehost
