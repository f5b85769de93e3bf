#pragma once

#include <rulehost/time_point.hpp>

#include "yaml/findings.hpp"
#include "yaml/yaml_node.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// The value of any node by YAML's core schema: an unquoted scalar may be null, a boolean or a number.
boost::json::value to_json(yaml_node const& node);

/// The value that other YAML readers give to a plain word that is text here: `false` for `no`, `22` for `0x16`, `1000`
/// for `1_000`. Empty for every other node.
std::optional<std::string> value_meant_by(yaml_node const& node);

/// Reads typed values from nodes. Reports a mismatch under the name `what` and returns empty; returns empty for a null
/// pointer, which is a missing key.
class value_reader {
public:
    explicit value_reader(findings& out) : out_(&out) {}

    std::optional<std::string> text(yaml_node const* node, std::string_view what) const;
    std::optional<std::string> scalar_text(yaml_node const* node,
                                           std::string_view what) const; ///< a number as it is written
    std::optional<boost::json::value> scalar(yaml_node const* node, std::string_view what,
                                             std::string_view hint_for_null = {}) const;
    std::optional<std::int64_t> integer(yaml_node const* node, std::string_view what, std::int64_t least,
                                        std::int64_t most) const;
    std::optional<double> number(yaml_node const* node, std::string_view what) const;
    std::optional<bool> boolean(yaml_node const* node, std::string_view what) const;
    std::vector<std::string> path(yaml_node const* node, std::string_view what) const; ///< the keys of `a.b`
    std::optional<duration> span(yaml_node const* node, std::string_view what) const;
    std::optional<std::string> date(yaml_node const* node, std::string_view what) const;

    /// The elements of a list; reports an empty list. The hint for another node shows it as a list.
    std::vector<yaml_node> const& list(yaml_node const* node, std::string_view what) const;
    std::vector<std::string> texts(yaml_node const* node, std::string_view what) const;

    void wrong_type(yaml_node const& node, std::string_view what, std::string_view expected,
                    std::string hint = {}) const;
    void invalid(yaml_node const& node, std::string message, std::string hint = {}) const;
    /// Warns if a value of any type is a text that looks like a boolean or a number.
    void warn_if_misread(yaml_node const& node) const;

private:
    findings* out_;
};

/// Reads a map key by key and records which keys were requested.
class map_reader {
public:
    /// Reports a `node` that is not a map (then it has no keys), with the `form` to write, and every duplicate key.
    map_reader(yaml_node const& node, std::string_view what, findings& out, std::string_view form = {});

    /// The value of `key`, or null. `key` is a literal.
    yaml_node const* find(std::string_view key);
    /// As `find`; also accepts the key's name of the previous version, with a warning that gives the new one.
    yaml_node const* find_renamed(std::string_view key, std::string_view former);
    /// As `find`; reports a missing key.
    yaml_node const* require(std::string_view key);
    position where(std::string_view key) const; ///< of the key itself

    bool is_map() const { return node_->what == yaml_node::kind::map; }

    /// Reports every key that was not requested, with the nearest requested one. False: there were some.
    bool finish();

private:
    yaml_node const* node_;
    std::string what_;
    findings* out_;
    std::vector<std::string_view> known_;
};

} // namespace rulehost
