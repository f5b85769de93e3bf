#include "report/csv_report.hpp"

#include "event/typed_text.hpp"
#include "text/utf8.hpp"

#include <rulehost/diagnostic.hpp>
#include <rulehost/json_text.hpp>

#include <boost/json/value.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <array>
#include <iterator>

namespace rulehost {

namespace {

constexpr std::array<std::string_view, 15> columns{
    "time",           "src_ip",     "src_port", "sensor",    "session_id", "tactic", "tactic_name", "technique",
    "technique_name", "confidence", "rule_id",  "rule_name", "kind",       "typed",  "uuid"};
constexpr std::size_t max_cell = 32'000; // spreadsheets have a limit of 32,767 characters

/// Whether a spreadsheet may read a cell as a formula: blanks aside, it begins with one of these signs, or with the
/// full-width form that East Asian versions accept.
bool looks_like_formula(std::string_view cell) {
    static constexpr std::string_view blanks[] = {" ", "\u00a0", "\u3000"};
    static constexpr std::string_view signs[] = {"=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"};
    auto const begins = [&cell](std::string_view with) { return cell.starts_with(with); };
    for (auto const* blank = std::ranges::find_if(blanks, begins); blank != std::end(blanks);
         blank = std::ranges::find_if(blanks, begins))
        cell.remove_prefix(blank->size());
    return std::ranges::any_of(signs, begins);
}

template <class Cells>
std::string row_of(Cells const& cells) {
    std::string row;
    for (auto const& each : cells)
        row.append(row.empty() ? "" : ",").append(csv_cell(each));
    return row + "\r\n";
}

} // namespace

std::string csv_cell(std::string_view text) {
    auto safe = escape_for_terminal(text);
    safe.resize(whole_characters(safe, max_cell).size());
    if (looks_like_formula(safe))
        safe.insert(0, 1, '\'');
    if (safe.find_first_of(",;\"\n\r ") == safe.npos)
        return safe;
    std::string quoted = "\"";
    for (char const c : safe) {
        if (c == '"')
            quoted += c;
        quoted += c;
    }
    return quoted + '"';
}

std::string csv_heading() {
    return row_of(columns);
}

std::string csv_row(tag const& about, time_point happened_at) {
    return row_of(std::array<std::string, columns.size()>{
        format_time(happened_at), about.src_ip, about.src_port ? std::to_string(*about.src_port) : "", about.decky_id,
        about.session_id, about.tactic, about.tactic_name, technique_of(about), about.technique_name,
        json_text(boost::json::value(about.confidence)), about.rule_id, about.rule_name, about.source_kind,
        typed_text(about, max_cell), boost::uuids::to_string(about.uuid)});
}

} // namespace rulehost
