#include <rulehost/attack_table.hpp>

#include "rule/attack_data.hpp"
#include "yaml/nearest.hpp"

#include <algorithm>
#include <istream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace rulehost {
namespace {

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (;;) {
        auto const end = text.find(separator);
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return parts;
        text.remove_prefix(end + 1);
    }
}

[[noreturn]] void refuse(std::string const& table, std::size_t line, std::string const& why) {
    throw std::runtime_error("ATT&CK table of " + table + ", line " + std::to_string(line) + ": " + why);
}

/// Calls `row(columns, line)` for each line that is neither empty nor a comment.
template <class Row>
void each_row(std::istream& table, std::string const& name, std::size_t columns, Row row) {
    std::string line;
    for (std::size_t number = 1; std::getline(table, line); ++number) {
        if (line.empty() || line.front() == '#')
            continue;
        auto cells = split(line, '\t');
        if (cells.size() != columns) {
            refuse(name, number,
                   "expected " + std::to_string(columns) + " columns, found " + std::to_string(cells.size()));
        }
        row(cells, number);
    }
}

attack_table::standing standing_from(std::string const& text, std::size_t line) {
    if (text == "active")
        return attack_table::standing::active;
    if (text == "deprecated")
        return attack_table::standing::deprecated;
    if (text == "revoked")
        return attack_table::standing::revoked;
    refuse("techniques", line, "unknown status '" + text + "'");
}

// Release 19 split it into TA0005, now Stealth, and the new TA0112 (Defense Impairment).
constexpr attack_table::former_name former_names[] = {{"TA0005", "Defense Evasion", "defense-evasion", "18.1"}};

/// Ignores letter case; a blank equals `-` and `_`.
bool is_same_name(std::string_view one, std::string_view other) {
    auto const folded = [](char c) {
        return c == '-' || c == '_' ? ' ' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return std::ranges::equal(one, other, {}, folded, folded);
}

} // namespace

attack_table const& attack_table::enterprise() {
    static attack_table const table = [] {
        std::istringstream techniques{std::string(attack_data::techniques)};
        std::istringstream tactics{std::string(attack_data::tactics)};
        return attack_table(techniques, tactics, std::string(attack_data::release));
    }();
    return table;
}

attack_table::attack_table(std::istream& techniques, std::istream& tactics, std::string release)
    : release_(std::move(release)) {
    each_row(tactics, "tactics", 3, [&](std::vector<std::string>& cells, std::size_t) {
        tactics_.push_back({std::move(cells[0]), std::move(cells[1]), std::move(cells[2])});
    });
    auto const matrix_position = [&](std::string const& id) {
        return std::ranges::find(tactics_, id, &tactic::id) - tactics_.begin();
    };
    each_row(techniques, "techniques", 5, [&](std::vector<std::string>& cells, std::size_t line) {
        technique row{std::move(cells[0]), std::move(cells[1]), {}, standing_from(cells[3], line), std::move(cells[4])};
        if (!cells[2].empty()) {
            row.tactics = split(cells[2], ',');
        }
        for (auto const& id : row.tactics) {
            if (!find_tactic(id)) {
                refuse("techniques", line, "unknown tactic '" + id + "'");
            }
        }
        std::ranges::sort(row.tactics, {}, matrix_position);
        auto id = row.id;
        if (!techniques_.try_emplace(std::move(id), std::move(row)).second) {
            refuse("techniques", line, "duplicate id");
        }
    });
}

attack_table::technique const* attack_table::find_technique(std::string_view id) const {
    auto const found = techniques_.find(id);
    return found == techniques_.end() ? nullptr : &found->second;
}

attack_table::tactic const* attack_table::find_tactic(std::string_view id) const {
    auto const found = std::ranges::find(tactics_, id, &tactic::id);
    return found == tactics_.end() ? nullptr : &*found;
}

attack_table::technique const* attack_table::successor_of(technique const& revoked) const {
    auto const* next = &revoked;
    // At most as many steps as techniques: a table may have a cycle.
    for (std::size_t steps = 0; next && next->status == standing::revoked; ++steps)
        next = steps == techniques_.size() || next->revoked_by.empty() ? nullptr : find_technique(next->revoked_by);
    return next;
}

attack_table::former_name const* attack_table::formerly_named(std::string_view name) {
    auto const found = std::ranges::find_if(former_names, [&](former_name const& each) {
        return is_same_name(name, each.name) || is_same_name(name, each.short_name);
    });
    return found == std::end(former_names) ? nullptr : &*found;
}

std::vector<std::string> attack_table::named(std::string_view name) const {
    auto const is_meant = [&](std::string_view candidate) { return is_same_name(name, candidate); };
    std::vector<std::string> ids;
    for (auto const& row : tactics_)
        if (is_meant(row.name) || is_meant(row.short_name))
            ids.push_back(row.id);
    for (auto const& [id, row] : techniques_)
        if (row.status == standing::active && is_meant(row.name))
            ids.push_back(id);
    return ids;
}

std::vector<std::string> attack_table::similar(std::string_view id) const {
    std::size_t const near = id.size() > 6 ? 2 : 1; // two slips in T1548 could mean any technique
    std::vector<std::pair<std::size_t, std::string_view>> found;
    auto const consider = [&](std::string_view candidate) {
        if (auto const distance = edit_distance(id, candidate); distance <= near)
            found.emplace_back(distance, candidate);
    };
    for (auto const& [technique_id, row] : techniques_)
        if (row.status == standing::active)
            consider(technique_id);
    for (auto const& row : tactics_)
        consider(row.id);
    std::ranges::sort(found);
    std::vector<std::string> nearest;
    for (auto const& [distance, candidate] : found) {
        if (nearest.size() == 3)
            break;
        nearest.emplace_back(candidate);
    }
    return nearest;
}

} // namespace rulehost
