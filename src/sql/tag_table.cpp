#include "sql/tag_table.hpp"

#include <boost/json/serialize.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace rulehost {

namespace {

constexpr std::size_t column_count = 17;
constexpr std::string_view columns =
    "uuid, source_kind, source_id, attacker_uuid, identity_uuid, session_id, decky_id, tactic, technique_id, "
    "sub_technique_id, confidence, rule_id, rule_version, evidence, attack_release, mitre_url, created_at";

// Of one statement: servers limit its bytes, and SQLite looks every parameter up among those before it.
constexpr std::size_t most_rows = 40;
constexpr std::size_t most_bytes = 1024 * 1024;

/// How many bytes of well-formed UTF-8 other than NUL stand at the front of `text`; 0: none.
std::size_t character_length(std::string_view text) {
    auto const byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
    auto const follows = [&](std::size_t i, unsigned low, unsigned high) { return byte(i) >= low && byte(i) <= high; };
    auto const lead = byte(0);
    if (lead >= 0x01 && lead < 0x80) {
        return 1;
    }
    if (lead >= 0xc2 && lead <= 0xdf) {
        return follows(1, 0x80, 0xbf) ? 2 : 0;
    }
    if (lead >= 0xe0 && lead <= 0xef) {
        auto const low = lead == 0xe0 ? 0xa0u : 0x80u;
        auto const high = lead == 0xed ? 0x9fu : 0xbfu;
        return follows(1, low, high) && follows(2, 0x80, 0xbf) ? 3 : 0;
    }
    if (lead >= 0xf0 && lead <= 0xf4) {
        auto const low = lead == 0xf0 ? 0x90u : 0x80u;
        auto const high = lead == 0xf4 ? 0x8fu : 0xbfu;
        return follows(1, low, high) && follows(2, 0x80, 0xbf) && follows(3, 0x80, 0xbf) ? 4 : 0;
    }
    return 0;
}

/// Servers refuse bytes that are no text, and one such value would cost the whole batch.
std::string storable(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        auto const length = character_length(text);
        result += length == 0 ? std::string_view("\xef\xbf\xbd") : text.substr(0, length);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return result;
}

sql_value text_or_null(std::string const& text) {
    return text.empty() ? sql_value() : sql_value(storable(text));
}

/// Appends the values of a row. Returns about how many bytes they are.
std::size_t append_row(std::vector<sql_value>& values, tag const& each, std::string uuid, dialect const& dialect) {
    auto evidence = storable(boost::json::serialize(each.evidence));
    auto const bytes = evidence.size() + each.source_id.size() + 500;
    values.emplace_back(std::move(uuid));
    values.emplace_back(storable(each.source_kind));
    values.emplace_back(storable(each.source_id));
    values.push_back(text_or_null(each.attacker_uuid));
    values.push_back(text_or_null(each.identity_uuid));
    values.push_back(text_or_null(each.session_id));
    values.push_back(text_or_null(each.decky_id));
    values.emplace_back(each.tactic);
    values.emplace_back(each.technique_id);
    values.push_back(text_or_null(each.sub_technique_id));
    values.emplace_back(each.confidence);
    values.emplace_back(each.rule_id);
    values.emplace_back(each.rule_version);
    values.emplace_back(std::move(evidence));
    values.emplace_back(each.attack_release);
    values.emplace_back(mitre_url(each.technique_id, each.sub_technique_id));
    values.emplace_back(dialect.time_value(each.created_at));
    return bytes;
}

std::string insert_statement(dialect const& dialect, std::size_t rows) {
    std::string text(dialect.insert_new);
    text.append(" INTO ttp_tag (").append(columns).append(") VALUES ");
    for (std::size_t value = 0; value < rows * column_count; ++value) {
        text += value % column_count != 0 ? ", :" : value == 0 ? "(:" : "), (:";
        text += std::to_string(value + 1);
    }
    text += ")";
    text.append(dialect.or_nothing).append(" RETURNING uuid");
    return text;
}

} // namespace

std::vector<std::size_t> tag_table::insert(std::vector<tag> const& tags) {
    std::unordered_map<std::string, std::size_t> index_of;
    for (std::size_t i = 0; i < tags.size(); ++i) {
        index_of.emplace(to_string(tags[i].uuid), i); // of two that are the same, the first
    }
    if (tags.empty()) {
        return {};
    }
    return connection_.transact([&](session& sql) {
        std::vector<std::size_t> fresh;
        std::vector<sql_value> values;
        std::size_t bytes = 0;
        for (std::size_t i = 0; i < tags.size(); ++i) {
            bytes += append_row(values, tags[i], to_string(tags[i].uuid), sql.dialect());
            auto const rows = values.size() / column_count;
            if (rows < most_rows && bytes < most_bytes && i + 1 < tags.size()) {
                continue;
            }
            for (auto const& row : sql.query(insert_statement(sql.dialect(), rows), 1, values)) {
                fresh.push_back(index_of.at(row[0].value()));
            }
            values.clear();
            bytes = 0;
        }
        std::ranges::sort(fresh);
        return fresh;
    });
}

} // namespace rulehost
