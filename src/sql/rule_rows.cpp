#include "sql/rule_rows.hpp"

#include "text/number.hpp"

#include <rulehost/json_text.hpp>

#include <boost/json/parse.hpp>

#include <stdexcept>
#include <utility>

namespace rulehost {

namespace {

std::string shown(std::optional<std::string> const& cell) {
    return cell ? "'" + cell->substr(0, 80) + "'" : std::string("NULL");
}

std::optional<time_point> optional_time_in(std::optional<std::string> const& cell, std::string_view name) {
    if (!cell)
        return std::nullopt;
    auto const read = parse_time(*cell);
    if (!read)
        throw std::invalid_argument(std::string(name) + " " + shown(cell) + " is not a time");
    return *read;
}

std::vector<std::string> texts_in(std::optional<std::string> const& cell, std::string_view name) {
    boost::system::error_code problem;
    auto const parsed = boost::json::parse(cell.value_or(""), problem);
    auto const* const list = problem ? nullptr : parsed.if_array();
    std::vector<std::string> texts;
    for (auto const& each : list ? *list : boost::json::array())
        if (each.is_string())
            texts.emplace_back(each.get_string());
    if (!list || texts.size() != list->size())
        throw std::invalid_argument(std::string(name) + " " + shown(cell) + " is not a JSON list of texts");
    return texts;
}

std::optional<double> confidence_in(std::optional<std::string> const& cell) {
    auto const number = cell ? parse_number<double>(*cell) : std::nullopt;
    if (cell && !number)
        throw std::invalid_argument("confidence_max " + shown(cell) + " is not a number");
    return number;
}

template <class Row>
void require_valid(Row const& row) {
    if (auto const why = why_invalid(row); !why.empty())
        throw std::invalid_argument(why);
}

rule_state state_in(std::optional<std::string> const* cell, revision written) {
    auto const status = cell[0] ? rule_status_from(*cell[0]) : std::nullopt;
    if (!status)
        throw std::invalid_argument("unknown state " + shown(cell[0]) + "; known are enabled, disabled and clipped");
    rule_state state(*status);
    state.confidence_max = confidence_in(cell[1]);
    state.expires_at = optional_time_in(cell[2], "expires_at");
    state.set_at = optional_time_in(cell[5], "set_at");
    state.reason = cell[3].value_or("");
    state.set_by = cell[4].value_or("");
    state.revision = written;
    require_valid(state);
    return state;
}

decision decision_in(std::optional<std::string> const* cell, decision_id id) {
    auto const effect = cell[0] ? decision_effect_from(*cell[0]) : std::nullopt;
    if (!effect)
        throw std::invalid_argument("unknown effect " + shown(cell[0]) + "; known are disable, clip and observe");
    decision made(*effect, texts_in(cell[2], "rules"));
    made.id = id;
    made.confidence_max = confidence_in(cell[1]);
    made.scope = texts_in(cell[3], "scope");
    made.starts_at = optional_time_in(cell[4], "starts_at");
    made.ends_at = optional_time_in(cell[5], "ends_at");
    made.reason = cell[6].value_or("");
    made.ticket = cell[7].value_or("");
    made.set_by = cell[8].value_or("");
    made.set_at = optional_time_in(cell[9], "set_at");
    require_valid(made);
    return made;
}

/// The value that `read` returns, or the reason why the row is malformed.
template <class Read>
auto or_malformed(Read read) -> std::variant<decltype(read()), malformed_value> {
    try {
        return read();
    } catch (std::invalid_argument const& problem) {
        return malformed_value{problem.what()};
    }
}

std::optional<std::string> member(boost::json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains(name);
    if (!value || value->is_null())
        return std::nullopt;
    return value->is_string() ? std::string(value->get_string()) : json_text(*value);
}

} // namespace

revision to_revision(std::optional<std::string> const& text) {
    return number_in<revision>(text);
}

std::string state_columns(dialect const& dialect) {
    return "state, " + dialect.number_text("confidence_max") + ", " + dialect.time_text("expires_at") +
        ", reason, set_by, " + dialect.time_text("set_at");
}

std::variant<rule_state, malformed_value> to_state(std::optional<std::string> const* cells, revision written) {
    return or_malformed([&] { return state_in(cells, written); });
}

std::string decision_columns(dialect const& dialect) {
    return "effect, " + dialect.number_text("confidence_max") + ", rules, scope, " + dialect.time_text("starts_at") +
        ", " + dialect.time_text("ends_at") + ", reason, ticket, set_by, " + dialect.time_text("set_at");
}

std::variant<decision, malformed_value> to_decision(std::optional<std::string> const* cells, decision_id id) {
    return or_malformed([&] { return decision_in(cells, id); });
}

stored_change to_change(sql_row const& row) {
    stored_change change;
    change.revision = to_revision(row[0]);
    change.rule_id = row[1].value_or("");
    auto const kind = row[2].value_or("");
    auto const& detail = row[3];
    if (kind == "deletion") {
        change.value = deletion{};
        return change;
    }
    if (kind == "list") {
        change.of = stored_change::table::lists;
        if (!detail) {
            change.value = deletion{};
            return change;
        }
    } else if (kind == "decision" || kind == "decision_expiry") {
        change.of = stored_change::table::decisions;
        change.why = kind == "decision_expiry" ? stored_change::cause::expiry : stored_change::cause::decision;
        if (!detail) {
            change.value = deletion{};
            return change;
        }
    } else if (kind == "state" || kind == "expiry") {
        change.of = stored_change::table::states;
        change.why = kind == "expiry" ? stored_change::cause::expiry : stored_change::cause::decision;
        if (!detail) {
            change.value = rule_state();
            return change;
        }
    } else if (kind != "definition") {
        change.value = malformed_value{"unknown kind of change '" + kind.substr(0, 80) + "'"};
        return change;
    }
    boost::system::error_code problem;
    auto const parsed = boost::json::parse(detail.value_or(""), problem);
    if (problem || !parsed.is_object()) {
        change.value = malformed_value{"the row holds bytes that are no text"};
        return change;
    }
    auto const& object = parsed.get_object();
    if (change.of == stored_change::table::states) {
        std::optional<std::string> const cells[] = {member(object, "state"),      member(object, "confidence_max"),
                                                    member(object, "expires_at"), member(object, "reason"),
                                                    member(object, "set_by"),     member(object, "set_at")};
        std::visit([&](auto value) { change.value = std::move(value); }, to_state(cells, change.revision));
    } else if (change.of == stored_change::table::decisions) {
        std::optional<std::string> const cells[] = {member(object, "effect"),    member(object, "confidence_max"),
                                                    member(object, "rules"),     member(object, "scope"),
                                                    member(object, "starts_at"), member(object, "ends_at"),
                                                    member(object, "reason"),    member(object, "ticket"),
                                                    member(object, "set_by"),    member(object, "set_at")};
        std::visit([&](auto value) { change.value = std::move(value); },
                   to_decision(cells, to_revision(change.rule_id)));
    } else if (change.of == stored_change::table::lists) {
        change.value = list_text{member(object, "list_values").value_or("")};
    } else if (auto text = member(object, "yaml_content")) {
        change.value = definition_text{std::move(*text)};
    } else {
        change.value = malformed_value{"the row has no yaml_content"};
    }
    return change;
}

} // namespace rulehost
