#include <rulehost/json_text.hpp>

#include "text/json_escape.hpp"
#include "text/json_members.hpp"
#include "text/utf8.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

namespace rulehost {

namespace {

/// Whether an invisible or bidirectional character may begin with this byte; few others do.
bool may_begin_misleading(unsigned char byte) {
    return byte == 0x7f || byte == 0xc2 || byte == 0xd8 || byte == 0xe1 || byte == 0xe2 || byte == 0xef || byte == 0xf3;
}

} // namespace

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    std::size_t copied = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        auto const byte = static_cast<unsigned char>(text[at]);
        if (may_begin_misleading(byte)) {
            auto const unit = first_unit(text.substr(at));
            if (unit.valid && misleads(unit.code_point)) {
                out += text.substr(copied, at - copied);
                append_json_escape(out, unit.code_point);
                copied = at + unit.length;
            }
            at += unit.length - 1;
            continue;
        }
        if (byte >= 0x20 && byte != '"' && byte != '\\')
            continue;
        out += text.substr(copied, at - copied);
        copied = at + 1;
        switch (byte) {
        case '"':
        case '\\':
            out += '\\';
            out += text[at];
            break;
        case '\b':
            out += "\\b";
            break;
        case '\f':
            out += "\\f";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            append_json_escape(out, byte);
        }
    }
    out += text.substr(copied);
    out += '"';
}

namespace {

template <class Number>
std::string_view written(std::array<char, 32>& buffer, Number number) {
    auto const end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
    return {buffer.data(), static_cast<std::size_t>(end - buffer.data())};
}

void append_number(std::string& out, double number) {
    if (!std::isfinite(number)) { // JSON has no infinity; 1e999 is valid and reads as one
        out += std::isnan(number) ? "null" : number < 0 ? "-1e999" : "1e999";
        return;
    }
    std::array<char, 32> buffer;
    auto const text = written(buffer, number);
    out += text;
    if (text.find_first_of(".e") == std::string_view::npos)
        out += ".0";
}

} // namespace

void append_json(std::string& out, boost::json::object const& object) {
    char before = '{';
    for (auto const& [key, value] : object) {
        out += before;
        before = ',';
        append_json_string(out, key);
        out += ':';
        append_json(out, value);
    }
    if (before == '{')
        out += '{';
    out += '}';
}

void append_json(std::string& out, boost::json::value const& value) {
    std::array<char, 32> buffer;
    switch (value.kind()) {
    case boost::json::kind::null:
        out += "null";
        break;
    case boost::json::kind::bool_:
        out += value.get_bool() ? "true" : "false";
        break;
    case boost::json::kind::int64:
        out += written(buffer, value.get_int64());
        break;
    case boost::json::kind::uint64:
        out += written(buffer, value.get_uint64());
        break;
    case boost::json::kind::double_:
        append_number(out, value.get_double());
        break;
    case boost::json::kind::string:
        append_json_string(out, value.get_string());
        break;
    case boost::json::kind::array: {
        char before = '[';
        for (auto const& element : value.get_array()) {
            out += before;
            before = ',';
            append_json(out, element);
        }
        if (before == '[')
            out += '[';
        out += ']';
        break;
    }
    case boost::json::kind::object:
        append_json(out, value.get_object());
        break;
    }
}

std::string json_text(boost::json::value const& value) {
    std::string text;
    append_json(text, value);
    return text;
}

std::string json_text(boost::json::object const& object) {
    std::string text;
    append_json(text, object);
    return text;
}

std::string& json_members::begin(std::string_view name) {
    if (!first_)
        out_ += ',';
    first_ = false;
    out_ += '"';
    out_ += name;
    return out_ += "\":";
}

void json_members::text(std::string_view name, std::string_view value) {
    append_json_string(begin(name), value);
}

void json_members::text_or_null(std::string_view name, std::string_view value) {
    if (value.empty())
        null(name);
    else
        text(name, value);
}

void json_members::number(std::string_view name, std::int64_t value) {
    std::array<char, 32> buffer;
    begin(name) += written(buffer, value);
}

void json_members::number(std::string_view name, double value) {
    append_number(begin(name), value);
}

void json_members::boolean(std::string_view name, bool value) {
    begin(name) += value ? "true" : "false";
}

void json_members::null(std::string_view name) {
    begin(name) += "null";
}

void json_members::object(std::string_view name, boost::json::object const& value) {
    append_json(begin(name), value);
}

} // namespace rulehost
