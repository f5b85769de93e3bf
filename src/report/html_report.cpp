#include "report/html_report.hpp"

#include "report/html_style.hpp"
#include "text/few_of.hpp"
#include "text/plural.hpp"

#include <rulehost/diagnostic.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <utility>

namespace rulehost {

namespace {

constexpr std::size_t max_cells = 12; // techniques shown per tactic
constexpr std::size_t max_sources = 20;

/// `105,884`
std::string grouped(std::uint64_t number) {
    auto text = std::to_string(number);
    for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
        text.insert(static_cast<std::size_t>(at), 1, ',');
    return text;
}

std::string counted(std::uint64_t number, std::string const& noun) {
    return "<b>" + grouped(number) + ' ' + noun + (number == 1 ? "" : noun.ends_with("ss") ? "es" : "s") + "</b>";
}

std::string hundredths(double value) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%.2f", value);
    return text.data();
}

/// `2026-11-22 10:00:00`
std::string time_text(time_point at) {
    auto text = format_time(at).substr(0, 19);
    text[10] = ' ';
    return text;
}

/// CSS class of a colour, `c1` for the fewest tags to `c5` for the most, in steps of equal factors.
std::string colour_of(std::uint64_t tags, std::uint64_t most) {
    if (tags == 0)
        return "c0";
    if (most <= 1)
        return "c3";
    auto const place = std::log(static_cast<double>(tags)) / std::log(static_cast<double>(most));
    return "c" + std::to_string(std::clamp(1 + static_cast<int>(place * 5), 1, 5));
}

struct matrix_cell {
    std::string id;
    std::string name;
    std::uint64_t tags = 0;
    std::string parts; ///< its sub-techniques, for a tooltip
};

std::string name_of(std::string const& id, attack_table const& attack) {
    auto const* const known = attack.find_technique(id);
    return known ? known->name : id;
}

/// Techniques of each tactic by its id, with those of their sub-techniques.
std::map<std::string, std::vector<matrix_cell>> cells_of(report_data const& data, attack_table const& attack) {
    std::map<std::string, std::map<std::string, matrix_cell>> whole;
    for (auto const& each : data.techniques()) {
        auto const id = each.id.substr(0, each.id.find('.'));
        auto& cell = whole[each.tactic][id];
        cell.id = id;
        cell.name = name_of(id, attack);
        cell.tags += each.tags;
        cell.parts += "&#10;" + html_text(each.id + ' ' + name_of(each.id, attack) + ": " + grouped(each.tags));
    }
    std::map<std::string, std::vector<matrix_cell>> sorted;
    for (auto& [tactic, cells] : whole) {
        auto& list = sorted[tactic];
        for (auto& [id, cell] : cells)
            list.push_back(std::move(cell));
        std::ranges::sort(list, [](matrix_cell const& a, matrix_cell const& b) {
            return a.tags != b.tags ? a.tags > b.tags : a.id < b.id;
        });
    }
    return sorted;
}

std::string matrix(report_data const& data, attack_table const& attack) {
    auto const seen = cells_of(data, attack);
    std::uint64_t most = 0;
    for (auto const& [tactic, cells] : seen)
        for (auto const& cell : cells)
            most = std::max(most, cell.tags);
    std::string html =
        "<h2>Techniques</h2><p class=soft>Tags of each technique with its sub-techniques; darker is more.</p>"
        "<div class=matrix>";
    for (auto const& tactic : attack.tactics()) {
        auto const found = seen.find(tactic.id);
        static std::vector<matrix_cell> const none;
        auto const& cells = found == seen.end() ? none : found->second;
        std::uint64_t sum = 0;
        for (auto const& cell : cells)
            sum += cell.tags;
        html += "<section class=tactic><h3>" + html_text(tactic.name) + "<span>" + grouped(sum) + "</span></h3>";
        for (std::size_t i = 0; i < std::min(max_cells, cells.size()); ++i)
            html += "<div class=\"cell " + colour_of(cells[i].tags, most) + "\" title=\"" + html_text(cells[i].id) +
                cells[i].parts + "\"><span>" + html_text(cells[i].name) + "</span><b>" + grouped(cells[i].tags) +
                "</b></div>";
        if (cells.size() > max_cells)
            html += "<div class=soft>and " + std::to_string(cells.size() - max_cells) + " more</div>";
        if (cells.empty())
            html += "<div class=\"cell none\">none seen</div>";
        html += "</section>";
    }
    return html + "</div>";
}

std::string timeline(report_data const& data) {
    constexpr int width = 1000;
    constexpr int height = 150;
    constexpr int left = 60;
    auto const& bars = data.timeline();
    auto const most = std::max<std::uint64_t>(1, *std::ranges::max_element(bars));
    auto const step = static_cast<double>(width - left) / static_cast<double>(bars.size());
    std::string html = "<h2>When</h2><svg viewBox=\"0 0 1000 185\" role=img aria-label=\"Tags over time\">";
    html += "<line x1=60 y1=5 x2=1000 y2=5></line><line x1=60 y1=155 x2=1000 y2=155></line><text x=50 y=12 "
            "text-anchor=end>" +
        grouped(most) + "</text><text x=50 y=158 text-anchor=end>0</text>";
    auto const whole = data.until() - data.since();
    for (std::size_t i = 0; i < bars.size(); ++i) {
        if (bars[i] == 0)
            continue;
        auto const tall = std::max(1.0, height * static_cast<double>(bars[i]) / static_cast<double>(most));
        auto const begins =
            data.since() + whole / static_cast<duration::rep>(bars.size()) * static_cast<duration::rep>(i);
        html += "<rect x=\"" + hundredths(left + step * static_cast<double>(i) + 1) + "\" y=\"" +
            hundredths(155 - tall) + "\" width=\"" + hundredths(step - 2) + "\" height=\"" + hundredths(tall) +
            "\"><title>from " + time_text(begins) + ": " + grouped(bars[i]) + "</title></rect>";
    }
    for (int part = 0; part <= 4; ++part)
        html += "<text x=" + std::to_string(left + (width - left) * part / 4) + " y=175 text-anchor=" +
            (part == 0       ? "start"
                 : part == 4 ? "end"
                             : "middle") +
            ">" + time_text(data.since() + whole / 4 * part).substr(0, 16) + "</text>";
    return html + "</svg>";
}

std::string few_names(std::set<std::string> const& names) {
    std::vector<std::string> html;
    for (auto const& each : names)
        html.push_back(html_text(each));
    return few_of(html, 3);
}

std::string sources(report_data const& data, attack_table const& attack) {
    std::string html = "<h2>Most active addresses</h2><table><thead><tr><th>Address<th>Sensors<th class=number>Tags<th "
                       "class=number>Sessions"
                       "<th>Tactics, left to right<th class=number>Highest confidence</tr></thead><tbody>";
    for (auto const& each : data.top_sources(max_sources)) {
        std::uint64_t most = 0;
        for (auto const& [tactic, tags] : each.tactics)
            most = std::max(most, tags);
        std::string strip;
        for (auto const& tactic : attack.tactics()) {
            auto const found = each.tactics.find(tactic.id);
            auto const tags = found == each.tactics.end() ? 0 : found->second;
            strip += "<i class=" + colour_of(tags, most) + " title=\"" + html_text(tactic.name) + ": " + grouped(tags) +
                "\"></i>";
        }
        html += "<tr><td><code>" + html_text(each.name) + "</code>" +
            (each.has_address ? "" : " <span class=soft>attacker without an address</span>") + "<td>" +
            few_names(each.sensors) + "<td class=number>" + grouped(each.tags) + "<td class=number>" +
            grouped(each.sessions.size()) + (each.sessions.size() == seen_source::max_sessions ? "+" : "") +
            "<td class=strip>" + strip + "<td class=number>" + hundredths(each.highest) + "</tr>";
    }
    return html + "</tbody></table>";
}

std::string seconds_after(duration length) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "+%.1f s", std::chrono::duration<double>(length).count());
    return text.data();
}

std::string story_of(session_story const& story, attack_table const& attack) {
    auto const& about = story.about;
    std::string html = "<section class=story><h2>Session " + html_text(about.id) + ", step by step</h2><p class=soft>" +
        (about.source.empty() ? "" : html_text(about.source) + " ") +
        (about.sensor.empty() ? "" : "on " + html_text(about.sensor) + ", ") + time_text(about.first) + " UTC, " +
        std::to_string(about.tactics.size()) + " of " + std::to_string(attack.tactics().size()) + " tactics, " +
        plural(about.tags, "tag") + (story.has_untagged ? "." : ". Steps without a tag are not kept.") +
        "</p><table><tbody>";
    auto const begin = story.steps.empty() ? about.first : std::min(about.first, story.steps.front().at);
    for (auto const& step : story.steps) {
        html += "<tr><td class=\"soft number\">" + seconds_after(step.at - begin) + "<td class=soft>" +
            html_text(step.kind) + "<td><code>" + html_text(step.typed) + "</code><td class=found>";
        for (auto const& each : step.found) {
            auto const marks = each.marks.text();
            html += "<div title=\"" + html_text(name_of(each.technique, attack)) + "\">" + html_text(each.technique) +
                ' ' + hundredths(each.confidence) + " <span class=soft>" + html_text(each.rule_id) +
                (marks.empty() ? "" : " (" + marks + ")") + "</span></div>";
        }
        html += "</tr>";
    }
    html += "</tbody></table>";
    if (story.is_cut)
        html += "<p class=soft>The session goes on.</p>";
    return html + "</section>";
}

std::string figure(std::uint64_t number, std::string_view what) {
    return "<div><b>" + grouped(number) + "</b><span class=soft>" + std::string(what) + "</span></div>";
}

std::string summary(report_data const& data, report_extras const& extras) {
    std::set<std::string> tactics;
    std::set<std::string> techniques;
    for (auto const& each : data.techniques()) {
        tactics.insert(each.tactic);
        techniques.insert(each.id.substr(0, each.id.find('.')));
    }
    auto const nameless = data.sources() - data.addresses();
    auto html = "<p class=lead>" + counted(data.tags(), "tag") + " of " + counted(data.addresses(), "address") +
        (nameless > 0 ? " and " + counted(nameless, "attacker") + " without an address" : "") + " on " +
        counted(data.sensors(), "sensor") + " show " + counted(techniques.size(), "technique") + " of " +
        counted(tactics.size(), "tactic") + ".</p><div class=figures>" + figure(data.tags(), "tags") +
        figure(data.sessions(), "sessions") + figure(data.addresses(), "addresses") +
        figure(data.sessions_at(0.9), "sessions with a confidence of 0.90 or more");
    if (extras.withheld)
        html += figure(*extras.withheld, "matches withheld");
    return html + "</div>";
}

} // namespace

std::string html_text(std::string_view text) {
    std::string html;
    for (char const c : escape_for_terminal(text)) {
        switch (c) {
        case '&':
            html += "&amp;";
            break;
        case '<':
            html += "&lt;";
            break;
        case '>':
            html += "&gt;";
            break;
        case '"':
            html += "&quot;";
            break;
        case '\'':
            html += "&#39;";
            break;
        default:
            html += c;
        }
    }
    return html;
}

std::string html_report(report_data const& data, report_extras const& extras, attack_table const& attack) {
    auto const span = time_text(data.since()).substr(0, 16) + " to " + time_text(data.until()).substr(0, 16);
    std::string html = "<!doctype html>\n<html lang=en><head><meta charset=utf-8>"
                       "<meta name=viewport content=\"width=device-width, initial-scale=1\">"
                       "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src "
                       "'unsafe-inline'; base-uri 'none'; "
                       "form-action 'none'\"><meta name=referrer content=no-referrer><title>What the sensors saw, " +
        span + "</title><style>" + std::string(html_style) +
        "</style></head>\n<body><main><p class=soft>rulehost report, " + span +
        ", all times UTC</p><h1>What the sensors saw</h1>";
    html += summary(data, extras);
    html += matrix(data, attack) + '\n' + timeline(data) + '\n' + sources(data, attack) + '\n';
    for (auto const& story : extras.stories)
        html += story_of(story, attack) + '\n';
    html += "<p class=soft>";
    if (data.is_cut())
        html += "Some addresses or sessions are not listed: there were too many. ";
    if (data.outside() > 0)
        html += counted(data.outside(), "tag") +
            " with a time outside of the span, by a sensor's clock, counted at the edge of the timeline. ";
    html += "Made by rulehost " + html_text(extras.version) + " at " + time_text(extras.made_at) + " UTC. ATT&amp;CK " +
        html_text(attack.release()) +
        ", a trademark of The MITRE Corporation. Texts from attackers are shown as text; control and hidden characters "
        "are "
        "escaped.</p></main></body></html>\n";
    return html;
}

} // namespace rulehost
