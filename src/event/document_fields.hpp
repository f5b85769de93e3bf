#pragma once

#include <rulehost/time_point.hpp>

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace rulehost {

/// Reads a text, or a whole number as text, usable as a key of a table: not too long, no control characters. Returns
/// the error (" is not a text"); empty if it is valid.
std::string read_identifier(boost::json::value const& value, std::string& into);

/// Reads a text by `parse_time`, with its `zone`, or a number of `unit` seconds since 1970. Returns the error; empty if
/// it is valid.
std::string read_instant(boost::json::value const& value, double unit, std::chrono::minutes zone,
                         std::optional<time_point>& into);

/// Reads named members of a JSON object and records the first invalid one. A member that is null counts as missing.
class document_fields {
public:
    enum class presence { required, optional };

    explicit document_fields(boost::json::object& document) : document_(document) {}

    /// By `read_identifier`; empty when it is missing.
    void identifier(std::string_view name, presence needed, std::string& into);
    /// By `read_instant`, in seconds and UTC.
    void instant(std::string_view name, std::optional<time_point>& into);
    /// Empty when it is missing.
    std::string_view text(std::string_view name, presence needed);
    boost::json::object* object(std::string_view name, presence needed);

    void refuse(std::string reason);
    bool good() const { return problem_.empty(); }
    std::string& problem() { return problem_; }

private:
    boost::json::value* find(std::string_view name, presence needed);

    boost::json::object& document_;
    std::string problem_;
};

} // namespace rulehost
