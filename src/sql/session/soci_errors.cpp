#include "sql/session/soci_errors.hpp"

#include <sstream>
#include <string_view>

namespace rulehost {

namespace {

using kind = database_error::kind;

} // namespace

std::string one_line(std::string const& text) {
    std::string joined;
    auto const name = text.find("::");
    auto const end = name == text.npos ? text.npos : text.find(": ", name + 2);
    std::istringstream lines(end != text.npos && end < text.find(' ') ? text.substr(end + 2) : text);
    for (std::string line; std::getline(lines, line);) {
        std::string words;
        std::istringstream of_line(line);
        for (std::string word; of_line >> word;)
            words += (words.empty() ? "" : " ") + word;
        auto const adds_nothing =
            words == "^" || (words.ends_with('?') && !joined.empty()); // a caret points at a column
        if (!words.empty() && !adds_nothing)
            joined += (joined.empty() ? "" : joined.ends_with('.') ? " " : "; ") + words;
    }
    constexpr std::string_view preamble = "Cannot establish connection to the database. ";
    return joined.starts_with(preamble) ? joined.substr(preamble.size()) : joined;
}

database_error::kind kind_of(soci::sqlite3_soci_error const& error) {
    switch (error.result() & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return kind::busy;
    case SQLITE_READONLY:
        return kind::read_only;
    case SQLITE_FULL:
        return kind::full;
    case SQLITE_CONSTRAINT:
        // Two writers inserted the same key; any other constraint is about the row itself.
        return error.get_error_message().find("UNIQUE") != std::string::npos ? kind::collision : kind::other;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return kind::lost;
    default:
        return kind::other;
    }
}

database_error::kind kind_of(soci::postgresql_soci_error const& error) {
    auto const state = error.sqlstate();
    auto const of_class = [&](std::string_view prefix) { return state.starts_with(prefix); };
    if (of_class("08") || state == "57P01" || state == "57P02" || state == "57P03" || state == "57P05")
        return kind::lost;
    if (state == "40001" || state == "40P01" || state == "23505")
        return kind::collision;
    if (state == "55P03" || state == "57014")
        return kind::busy;
    if (state == "25006")
        return kind::read_only;
    return of_class("53") ? kind::full : kind::other;
}

database_error::kind kind_of(soci::mysql_soci_error const& error) {
    switch (error.err_num_) {
    case 1053: // server shutdown in progress
    case 1317: // query interrupted
    case 1927: // connection killed
    case 2002: // cannot connect
    case 2003:
    case 2005:
    case 2006: // server gone away
    case 2013: // lost during query
    case 2026: // TLS
    case 2055:
        return kind::lost;
    case 1205:
        return kind::busy;
    case 1020: // record changed since last read
    case 1062: // duplicate key
    case 1213:
        return kind::collision;
    case 1290: // --read-only
    case 1792:
    case 1836:
        return kind::read_only;
    case 1021: // disk full
    case 1114: // table full
    case 3:
        return kind::full;
    default:
        return kind::other;
    }
}

} // namespace rulehost
