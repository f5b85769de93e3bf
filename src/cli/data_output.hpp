#pragma once

#include "text/table.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace rulehost::cli {

/// Standard output for data: buffered, with every write error reported. Every member throws std::system_error; a reader
/// that went away is `errc::broken_pipe`.
class data_output {
public:
    data_output() = default;
    data_output(data_output const&) = delete;
    data_output& operator=(data_output const&) = delete;

    void write(std::string_view bytes);
    /// One line of NDJSON.
    void write(boost::json::object const& record);
    /// Call it before the command ends, and when a reader should not wait.
    void flush();

private:
    std::string buffer_;
};

/// Records as a table for a person or NDJSON for a program. On a terminal the table fits into its lines.
class listing {
public:
    enum class form { table, ndjson };

    /// The default: NDJSON unless standard output is a terminal.
    static form default_form();
    /// NDJSON for `--json`, else the default.
    static form form_of(bool json) { return json ? form::ndjson : default_form(); }

    listing(data_output& output, form as, std::vector<table_column> columns);

    /// `cells` may hold any bytes; there are as many as columns.
    void add(std::vector<std::string> cells, boost::json::object const& record);
    /// Writes the buffered rows.
    void finish();

private:
    data_output& output_;
    form as_;
    std::vector<table_column> columns_;
    std::vector<std::vector<std::string>> rows_; ///< escaped
};

} // namespace rulehost::cli
