#include "sql/tag_query.hpp"

#include "sql/lease.hpp"
#include "sql/session/replaced.hpp"
#include "text/number.hpp"

#include <boost/json/parse.hpp>
#include <boost/uuid/string_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace rulehost {

namespace {

constexpr std::string_view texts_of_tag =
    "uuid, source_kind, source_id, attacker_uuid, identity_uuid, session_id, decky_id, src_ip, tactic, tactic_name, "
    "technique_id, sub_technique_id, technique_name, rule_id, rule_name, evidence, attack_release, origin_input, "
    "src_port, rule_version, truncated, undecided, observe, revision, origin_line";
constexpr std::size_t number_of_texts = 25;
constexpr std::size_t max_ids = 100; // of one statement
constexpr std::size_t number_of_columns = number_of_texts + 7;
constexpr std::size_t number_of_retraction_columns = 4;

boost::json::object evidence_from(std::string const& text) {
    boost::json::parse_options options;
    options.max_depth = 256;
    boost::system::error_code problem;
    auto value = boost::json::parse(text, problem, {}, options);
    auto* const object = problem ? nullptr : value.if_object();
    return object ? std::move(*object) : boost::json::object(); // written by hand
}

bool counts_inserts(dialect const& dialect) {
    return dialect.insertion == "rowid";
}

/// The value of the column `dialect.insertion` at `place` in the order of the inserts, less `earlier` where that is a time.
sql_value value_of_place(dialect const& dialect, std::int64_t place, duration earlier = {}) {
    if (counts_inserts(dialect))
        return place;
    return dialect.time_value(time_point(duration(place) - earlier));
}

stored_tag tag_from(sql_row& row, dialect const& dialect) {
    stored_tag read;
    auto& t = read.value;
    auto cell = row.begin();
    auto const text = [&] { return std::move(*cell++).value_or(""); };
    try {
        t.uuid = boost::uuids::string_generator()(text());
    } catch (std::runtime_error const&) {
        // Keeps the default: the rest of the row is still useful.
    }
    for (auto* const each :
         {&t.source_kind, &t.source_id, &t.attacker_uuid, &t.identity_uuid, &t.session_id, &t.decky_id, &t.src_ip,
          &t.tactic, &t.tactic_name, &t.technique_id, &t.sub_technique_id, &t.technique_name, &t.rule_id, &t.rule_name})
        *each = text();
    t.evidence = evidence_from(text());
    t.attack_release = text();
    t.input = text();
    if (auto const port = *cell++)
        t.src_port = number_in<std::uint16_t>(port);
    t.rule_version = number_in<std::int64_t>(*cell++);
    t.truncated = number_in<int>(*cell++) != 0;
    t.undecided = number_in<int>(*cell++) != 0;
    t.observe = number_in<int>(*cell++) != 0;
    t.revision = number_in<std::uint64_t>(*cell++);
    t.line = number_in<std::uint64_t>(*cell++);
    t.confidence = number_in<double>(*cell++);
    if (auto const from = *cell++)
        t.clipped_from = number_in<double>(from);
    if (auto const& observed = *cell++)
        t.observed_at = time_in(observed).value_or(time_point{});
    t.created_at = time_in(*cell++).value_or(time_point{});
    read.happened_at = time_in(*cell++).value_or(time_point{});
    auto const& inserted = *cell++;
    read.inserted = counts_inserts(dialect) ? number_in<std::int64_t>(inserted)
                                            : time_in(inserted).value_or(time_point{}).time_since_epoch().count();
    t.withheld_by = number_in<std::uint64_t>(*cell++);
    if (cell != row.end() && number_in<int>(*cell++) != 0) {
        auto& how = read.retracted.emplace();
        how.at = time_in(*cell++);
        how.by = text();
        how.reason = text();
    }
    return read;
}

/// The conditions of a statement, with their values.
class condition_list {
public:
    condition_list(dialect const& dialect, std::vector<sql_value>& values) : dialect_(dialect), values_(values) {}

    /// `$` in `text` is the placeholder of the value.
    void add(std::string_view text, sql_value value) {
        begin();
        add_to_last(text, std::move(value));
    }
    void add_to_last(std::string_view text, sql_value value) {
        values_.push_back(std::move(value));
        auto const at = text.find('$');
        text_.append(text.substr(0, at)).append(":").append(std::to_string(values_.size())).append(text.substr(at + 1));
    }
    void add(std::string_view text) { begin().append(text); }

    void add(tag_filter const& which) {
        auto const happened = std::string(dialect_.happened_at);
        if (which.since)
            add(happened + " >= $", dialect_.time_value(*which.since));
        if (which.until)
            add(happened + " < $", dialect_.time_value(*which.until));
        if (!which.session_id.empty())
            add("session_id = $", which.session_id);
        if (!which.attacker_uuid.empty())
            add("attacker_uuid = $", which.attacker_uuid);
        if (!which.sensor.empty())
            add("decky_id = $", which.sensor);
        if (!which.technique.empty())
            add("technique_id = $", which.technique.substr(0, which.technique.find('.')));
        if (which.technique.find('.') != std::string::npos)
            add("sub_technique_id = $", which.technique);
        if (!which.rule_id.empty())
            add("rule_id = $", which.rule_id);
        if (which.source) {
            add("src_address >= $", which.source->first);
            add("src_address <= $", which.source->last);
        }
        if (which.min_confidence)
            add("confidence >= $", *which.min_confidence);
        if (which.inserted_until) {
            // The sum keeps SQLite from walking along the rowid. Rows from before the column have no time.
            auto const is_counted = counts_inserts(dialect_);
            auto const column = std::string(dialect_.insertion);
            add(is_counted ? "+" + column + " <= $" : "(" + column + " IS NULL OR " + column + " <= $)",
                value_of_place(dialect_, *which.inserted_until));
        }
        if (which.decision)
            add("decision_id = $", *which.decision);
        if (which.leaves_out_observed)
            add("(observe IS NULL OR observe = 0)");
        if (!which.with_retracted)
            add("(retracted IS NULL OR retracted = 0)");
    }

    std::string take() { return std::move(text_); }

private:
    std::string& begin() { return text_ += text_.empty() ? " WHERE " : " AND "; }

    dialect const& dialect_;
    std::vector<sql_value>& values_;
    std::string text_;
};

std::string select_tags(dialect const& dialect, tag_query::table from, bool with_retracted = false) {
    auto const inserted =
        counts_inserts(dialect) ? std::string(dialect.insertion) : dialect.time_text(dialect.insertion);
    return "SELECT " + std::string(texts_of_tag) + ", " + dialect.number_text("confidence") + ", " +
        dialect.number_text("clipped_from") + ", " + dialect.time_text("observed_at") + ", " +
        dialect.time_text("created_at") + ", " + dialect.time_text(dialect.happened_at) + ", " + inserted +
        (from == tag_query::table::tags ? ", 0" : ", decision_id") +
        (with_retracted ? ", retracted, " + dialect.time_text("retracted_at") + ", retracted_by, retraction_reason"
                        : "") +
        (from == tag_query::table::tags ? " FROM ttp_tag" : " FROM ttp_withheld_tag");
}

/// Whether the network has many tags. SQLite keeps no statistics and would sort them all; a plus keeps it from the
/// index.
bool has_many(session& sql, address_range const& source) {
    constexpr std::size_t many = 10'000;
    auto const rows =
        sql.query("SELECT COUNT(*) FROM (SELECT 1 FROM ttp_tag WHERE src_address >= :1 AND src_address <= :2 "
                  "LIMIT " +
                      std::to_string(many) + ")",
                  1, {source.first, source.last});
    return number_in<std::size_t>(rows.at(0)[0]) == many;
}

std::string in_order(std::string_view column, std::string_view direction, std::size_t limit) {
    return " ORDER BY " + std::string(column) + std::string(direction) + ", uuid" + std::string(direction) + " LIMIT " +
        std::to_string(limit);
}

} // namespace

std::string tag_query::page_statement(tag_filter const& which, order how, stored_tag const* after, std::size_t limit,
                                      std::vector<sql_value>& values) const {
    auto const& dialect = sql_.dialect();
    condition_list conditions(dialect, values);
    conditions.add(which);
    auto const happened = std::string(dialect.happened_at);
    auto const oldest_first = how == order::oldest_first;
    if (after) {
        auto const beyond = std::string(oldest_first ? " > " : " < ");
        auto const at = dialect.time_value(after->happened_at);
        // The first condition selects the range of an index.
        conditions.add(happened + (oldest_first ? " >= $" : " <= $"), at);
        conditions.add("(" + happened + beyond + "$ OR", at);
        conditions.add_to_last(" uuid" + beyond + "$)", to_string(after->value.uuid));
    }
    return select_tags(dialect, from_, which.with_retracted) + conditions.take() +
        in_order(happened, oldest_first ? "" : " DESC", limit);
}

std::vector<stored_tag> tag_query::page(tag_filter const& which, order how, stored_tag const* after,
                                        std::size_t limit) {
    std::vector<sql_value> values;
    auto statement = page_statement(which, how, after, limit, values);
    if (which.source && counts_inserts(sql_.dialect()) && has_many(sql_, *which.source))
        statement = replaced(std::move(statement), {{" src_address ", " +src_address "}});
    return read(which, statement, values);
}

std::vector<tag> tag_query::with_ids(std::span<boost::uuids::uuid const> uuids) {
    std::vector<tag> found;
    for (; !uuids.empty(); uuids = uuids.subspan(std::min(max_ids, uuids.size()))) {
        std::vector<sql_value> values;
        std::string places;
        for (auto const& each : uuids.first(std::min(max_ids, uuids.size()))) {
            values.emplace_back(to_string(each));
            places += (places.empty() ? ":" : ", :") + std::to_string(values.size());
        }
        condition_list conditions(sql_.dialect(), values);
        conditions.add("uuid IN (" + places + ")");
        conditions.add(tag_filter());
        for (auto& each : read({}, select_tags(sql_.dialect(), from_) + conditions.take(), values))
            found.push_back(std::move(each.value));
    }
    return found;
}

std::int64_t tag_query::end_of_inserts() {
    if (!counts_inserts(sql_.dialect()))
        return database_clock(sql_).time_since_epoch().count();
    return number_in<std::int64_t>(sql_.query("SELECT MAX(rowid) FROM ttp_tag", 1).at(0)[0]);
}

std::vector<stored_tag> tag_query::inserted_since(std::int64_t place, tag_filter const& which, stored_tag const* after,
                                                  std::size_t limit) {
    auto const& dialect = sql_.dialect();
    auto const column = std::string(dialect.insertion);
    std::vector<sql_value> values;
    condition_list conditions(dialect, values);
    conditions.add(column + " > $", value_of_place(dialect, place, overlap));
    conditions.add(which);
    if (after) {
        auto const at = value_of_place(dialect, after->inserted);
        conditions.add(column + " >= $", at);
        conditions.add("(" + column + " > $ OR", at);
        conditions.add_to_last(" uuid > $)", to_string(after->value.uuid));
    }
    return read(which,
                select_tags(dialect, from_, which.with_retracted) + conditions.take() + in_order(column, "", limit),
                values);
}

std::vector<stored_tag> tag_query::read(tag_filter const& which, std::string const& statement,
                                        std::vector<sql_value> const& values) {
    std::vector<stored_tag> tags;
    auto const columns = number_of_columns + (which.with_retracted ? number_of_retraction_columns : 0);
    for (auto& row : sql_.query(statement, columns, values))
        tags.push_back(tag_from(row, sql_.dialect()));
    return tags;
}

std::vector<withheld_count> count_withheld(session& sql) {
    auto const happened = std::string(sql.dialect().happened_at);
    auto const time = [&](std::string const& of) { return sql.dialect().time_text(of + "(" + happened + ")"); };
    std::vector<withheld_count> all;
    for (auto& row : sql.query("SELECT decision_id, rule_id, COUNT(*), " + time("MIN") + ", " + time("MAX") +
                                   " FROM ttp_withheld_tag GROUP BY decision_id, rule_id "
                                   "ORDER BY decision_id, rule_id",
                               5))
        all.push_back({number_in<std::int64_t>(row[0]), std::move(row[1]).value_or(""),
                       number_in<std::uint64_t>(row[2]), time_in(row[3]).value_or(time_point{}),
                       time_in(row[4]).value_or(time_point{})});
    return all;
}

std::map<std::string, std::uint64_t> tags_by_technique(session& sql, tag_filter const& which) {
    std::vector<sql_value> values;
    condition_list conditions(sql.dialect(), values);
    conditions.add(which);
    std::map<std::string, std::uint64_t> all;
    for (auto const& row :
         sql.query("SELECT COALESCE(sub_technique_id, technique_id) AS technique, COUNT(*) FROM ttp_tag" +
                       conditions.take() + " GROUP BY COALESCE(sub_technique_id, technique_id)",
                   2, values))
        all[row[0].value_or("")] += number_in<std::uint64_t>(row[1]);
    return all;
}

std::vector<rule_technique_count> count_tags(session& sql, tag_filter const& which) {
    std::vector<sql_value> values;
    condition_list conditions(sql.dialect(), values);
    conditions.add(which);
    std::vector<rule_technique_count> all;
    for (auto& row : sql.query("SELECT rule_id, COALESCE(sub_technique_id, technique_id) AS technique, COUNT(*) "
                               "FROM ttp_tag" +
                                   conditions.take() +
                                   " GROUP BY rule_id, COALESCE(sub_technique_id, technique_id) "
                                   "ORDER BY rule_id, technique",
                               3, values))
        all.push_back(
            {std::move(row[0]).value_or(""), std::move(row[1]).value_or(""), number_in<std::uint64_t>(row[2])});
    return all;
}

} // namespace rulehost
