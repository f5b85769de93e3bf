#include "sql/bulk_insert.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <string>
#include <unordered_map>
#include <utility>

namespace rulehost {

namespace {

using filler = std::function<void(std::size_t, std::vector<sql_value>&)>;

// Per statement: SOCI's lookup of parameters is quadratic.
constexpr std::size_t usual_bytes = 1024 * 1024;
constexpr std::size_t max_rows_of_arrays = 4096;
constexpr std::size_t max_rows_of_values = 40;

std::size_t size_of(sql_value const& value) {
    auto const* const text = std::get_if<std::string>(&value);
    return text ? text->size() + 4 : 16;
}

std::string insert_into(session const& sql, bulk_target const& target) {
    std::string text(target.when == bulk_target::duplicates::ignored ? sql.dialect().insert_new : "INSERT");
    text.append(" INTO ").append(target.table).append(" (");
    for (auto const& column : target.columns)
        text.append(&column == target.columns.data() ? "" : ", ").append(column.name);
    return text.append(") ");
}

/// Throws if the insert ignored more than duplicates, such as the end of a text that is too long.
void check_ignored(session& sql) {
    if (sql.dialect().ignored.empty())
        return;
    for (auto const& row : sql.query(sql.dialect().ignored, 3))
        if (row[1] != sql.dialect().duplicate)
            throw database_error(database_error::kind::other, row[2].value_or(""));
}

/// The keys of the rows that `statement` inserted; empty if there can be no duplicates.
std::vector<sql_row> run(session& sql, bulk_target const& target, std::string statement,
                         std::vector<sql_value> const& values) {
    if (target.when == bulk_target::duplicates::impossible) {
        sql.execute(statement, values);
        return {};
    }
    statement.append(sql.dialect().or_nothing).append(" RETURNING ").append(target.columns.front().name);
    auto keys = sql.query(statement, 1, values);
    check_ignored(sql);
    return keys;
}

std::string place_holders(std::size_t rows, std::size_t columns) {
    std::string text = "VALUES ";
    for (std::size_t value = 0; value < rows * columns; ++value) {
        text += value % columns != 0 ? ", :" : value == 0 ? "(:" : "), (:";
        text += std::to_string(value + 1);
    }
    return text + ")";
}

/// Appends an element to the text form of a PostgreSQL array.
void append_element(std::string& array, sql_value const& value) {
    array += array.empty() ? '{' : ',';
    if (auto const* const text = std::get_if<std::string>(&value)) {
        array += '"';
        for (char const c : *text) {
            if (c == '"' || c == '\\')
                array += '\\';
            array += c;
        }
        array += '"';
        return;
    }
    std::array<char, 32> digits{};
    auto const write = [&](auto number) {
        auto const [end, problem] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
        array.append(digits.data(), end);
    };
    if (auto const* const integer = std::get_if<std::int64_t>(&value))
        write(*integer);
    else if (auto const* const real = std::get_if<double>(&value))
        write(*real);
    else
        array += "NULL";
}

std::vector<sql_row> insert_arrays(session& sql, bulk_target const& target, std::vector<sql_value> const& values) {
    auto const columns = target.columns.size();
    std::vector<std::string> arrays(columns);
    for (std::size_t i = 0; i < values.size(); ++i)
        append_element(arrays[i % columns], values[i]);
    auto text = insert_into(sql, target) + "SELECT * FROM unnest(";
    std::vector<sql_value> parameters;
    for (std::size_t i = 0; i < columns; ++i) {
        text.append(i == 0 ? "" : ", ").append("CAST(:").append(std::to_string(i + 1)).append(" AS ");
        text.append(target.columns[i].type).append("[])");
        parameters.emplace_back(std::move(arrays[i]) + "}");
    }
    return run(sql, target, text + ")", parameters);
}

std::vector<sql_row> insert_values(session& sql, bulk_target const& target, std::vector<sql_value> const& values) {
    auto const columns = target.columns.size();
    return run(sql, target, insert_into(sql, target) + place_holders(values.size() / columns, columns), values);
}

} // namespace

std::vector<std::size_t> bulk_insert(session& sql, bulk_target const& target, std::size_t rows, filler const& fill) {
    auto const how = sql.dialect().insert_many;
    auto const columns = target.columns.size();
    if (how == dialect::many_rows::one_by_one) {
        auto statement = insert_into(sql, target) + place_holders(1, columns);
        if (target.when == bulk_target::duplicates::ignored)
            statement += sql.dialect().or_nothing;
        return sql.execute_each(statement, rows, fill);
    }
    // A statement over the server's limit fails the transaction. Escapes at most double a text.
    auto const max_bytes = std::min(usual_bytes, sql.max_statement_size() / 2);
    auto const max_rows = how == dialect::many_rows::arrays ? max_rows_of_arrays : max_rows_of_values;
    auto const bytes_without_rows = insert_into(sql, target).size();
    std::vector<std::size_t> inserted;
    std::vector<sql_value> values;
    std::vector<sql_value> next;
    std::unordered_map<std::string, std::size_t> row_of; // by its key
    auto bytes = bytes_without_rows;
    auto const insert = [&] {
        auto const keys =
            how == dialect::many_rows::arrays ? insert_arrays(sql, target, values) : insert_values(sql, target, values);
        for (auto const& key : keys)
            if (auto const found = row_of.find(key[0].value_or("")); found != row_of.end())
                inserted.push_back(found->second);
        values.clear();
        bytes = bytes_without_rows;
    };
    for (std::size_t row = 0; row < rows; ++row) {
        next.clear();
        fill(row, next);
        std::size_t added = 0;
        for (auto const& value : next)
            added += size_of(value);
        if (!values.empty() && (values.size() / columns == max_rows || bytes + added > max_bytes))
            insert();
        if (target.when == bulk_target::duplicates::ignored)
            row_of.emplace(std::get<std::string>(next.front()), row);
        else
            inserted.push_back(row);
        bytes += added;
        std::ranges::move(next, std::back_inserter(values));
    }
    if (!values.empty())
        insert();
    std::ranges::sort(inserted);
    return inserted;
}

} // namespace rulehost
