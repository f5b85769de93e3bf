#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rulehost {

/// Appends `text` to `out` as a string of JSON, in the form of `append_json`.
void append_json_string(std::string& out, std::string_view text);

/// Appends one object to a text, member by member and without a map, in the form of `append_json`. Names are the
/// program's own and are not escaped. Owned by the caller; `out` outlives it.
class json_members {
public:
    explicit json_members(std::string& out) : out_(out) { out_ += '{'; }

    void text(std::string_view name, std::string_view value);
    void text_or_null(std::string_view name, std::string_view value); ///< null when it is empty
    void number(std::string_view name, std::int64_t value);
    void number(std::string_view name, double value);
    void boolean(std::string_view name, bool value);
    void null(std::string_view name);
    void object(std::string_view name, boost::json::object const& value);
    /// Begins a member whose value the caller appends.
    std::string& begin(std::string_view name);

    /// `value` as the overloads above write it, or null.
    template <class Number>
    void number_or_null(std::string_view name, std::optional<Number> value) {
        if (value)
            number(name, *value);
        else
            null(name);
    }

    void close() { out_ += '}'; }

private:
    std::string& out_;
    bool first_ = true;
};

} // namespace rulehost
