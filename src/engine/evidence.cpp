#include "engine/evidence.hpp"

#include "match/value/field_values.hpp"
#include "text/ascii.hpp"
#include "text/utf8.hpp"

#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>

namespace rulehost {

namespace {

/// Fields in the evidence of every command.
std::array<field_path, 4> const fields_of_commands{{{{"uid"}}, {{"user"}}, {{"src"}}, {{"pwd"}}}};

/// Allocates evidence as one block: an allocation for each of its texts would dominate the cost.
boost::json::object empty_block() {
    constexpr std::size_t members = 8;
    return boost::json::object(members, boost::json::make_shared_resource<boost::json::monotonic_resource>());
}

/// Copies untrusted fields, each up to the scan limit.
class evidence_copy {
public:
    evidence_copy(subject const& on, match_detail& found, boost::json::storage_ptr in)
        : left_(on.scan_limit()), found_(found), in_(std::move(in)) {}

    /// Overhead of a value beyond its text.
    bool has_room() {
        left_ -= std::min(left_, sizeof(boost::json::value));
        found_.truncated = found_.truncated || left_ == 0;
        return left_ != 0;
    }

    boost::json::value of(boost::json::value const& value) {
        if (auto const* const text = value.if_string())
            return boost::json::string(beginning(*text), in_);
        if (auto const* const list = value.if_array()) {
            boost::json::array copy(in_);
            for (auto const& each : *list)
                if (has_room())
                    copy.push_back(of(each));
            return copy;
        }
        if (auto const* const object = value.if_object()) {
            boost::json::object copy(in_);
            for (auto const& member : *object)
                if (has_room())
                    copy.emplace(beginning(member.key()), of(member.value()));
            return copy;
        }
        return boost::json::value(value, in_);
    }

private:
    std::string_view beginning(std::string_view text) {
        auto const kept = text.substr(0, left_);
        found_.truncated = found_.truncated || kept.size() != text.size();
        left_ -= kept.size();
        return kept;
    }

    std::size_t left_;
    match_detail& found_;
    boost::json::storage_ptr in_;
};

void add_field(field_path const& path, subject const& on, match_detail& found, boost::json::object& evidence) {
    auto const& e = on.observed();
    if (names_anchor(path)) {
        if (auto const& text = *anchor(e, path.keys.front()); !text.empty())
            evidence.emplace(path.keys.front(), text);
        return;
    }
    evidence_copy copy(on, found, evidence.storage());
    boost::json::value whole(evidence.storage());
    std::size_t count = 0;
    visit_values(e.payload, path.keys, [&](boost::json::value const& value) {
        if (count != 0 && !copy.has_room())
            return false;
        if (++count == 1) {
            whole = copy.of(value);
            return false;
        }
        if (count == 2) {
            boost::json::array list(evidence.storage());
            list.push_back(std::move(whole));
            whole = std::move(list);
        }
        whole.get_array().push_back(copy.of(value));
        return false;
    });
    if (count == 0)
        return;
    if (path.keys.size() == 1)
        evidence.emplace(path.keys.front(), std::move(whole));
    else
        evidence.emplace(path.text(), std::move(whole));
}

} // namespace

/// Members of evidence besides the fields; they overwrite fields of the same name.
constexpr std::string_view own_members[] = {"matched_on", "command", "reading", "window", "truncated"};

boost::json::object evidence_of(rule_definition const& definition, subject const& on, match_reason why,
                                boost::json::object const* like, copied_fields& copied) {
    auto evidence = empty_block();
    auto& found = why.found;
    if (like) {
        for (auto const& member : std::span(like->begin(), copied.count))
            evidence.emplace(member.key(), member.value());
    } else {
        match_detail of_fields;
        for (auto const& path : definition.evidence_fields)
            add_field(path, on, of_fields, evidence);
        if (on.observed().source_kind == "command")
            for (auto const& path : fields_of_commands)
                add_field(path, on, of_fields, evidence);
        copied.count = evidence.size();
        copied.truncated = of_fields.truncated;
        copied.can_be_shared =
            std::ranges::none_of(own_members, [&](auto const& name) { return evidence.contains(name); });
    }
    if (found.form)
        evidence["matched_on"] = to_string(*found.form);
    if (!found.command.empty()) {
        auto const command = on.clipped(found.command);
        if (is_ascii(command))
            evidence["command"] = command;
        else
            evidence["command"] = to_valid_utf8(command);
        evidence["reading"] = found.reading;
    }
    if (why.completed)
        evidence["window"] = {{"reached", why.completed->reached}, {"needed", why.completed->needed}};
    if (found.truncated || copied.truncated || on.observed().truncated)
        evidence["truncated"] = true;
    return evidence;
}

boost::json::object copy_in_one_block(boost::json::object const& evidence) {
    auto copy = empty_block();
    for (auto const& member : evidence)
        copy.emplace(member.key(), member.value());
    return copy;
}

} // namespace rulehost
