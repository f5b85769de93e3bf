#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace rulehost::cli {

/// Standard output for data: buffered, and no write fails unnoticed. Every member throws std::system_error; a
/// reader that went away is `errc::broken_pipe`.
class data_output {
public:
    data_output() = default;
    data_output(data_output const&) = delete;
    data_output& operator=(data_output const&) = delete;

    void write(std::string_view bytes);
    /// One line of NDJSON.
    void write(boost::json::object const& record);
    /// Call it before the command ends, and where a reader should not wait.
    void flush();

private:
    std::string buffer_;
};

/// Records for whoever reads them: a table for a person, NDJSON for a program.
class listing {
public:
    enum class form { table, ndjson };

    /// NDJSON unless standard output is a terminal.
    static form default_form();
    /// NDJSON for `--json`, else the default.
    static form form_of(bool json) { return json ? form::ndjson : default_form(); }

    listing(data_output& output, form as, std::vector<std::string> headings);

    /// `cells` may hold any bytes; there are as many as headings.
    void add(std::vector<std::string> cells, boost::json::object const& record);
    /// Writes what is still held back.
    void finish();

private:
    data_output& output_;
    form as_;
    std::vector<std::vector<std::string>> rows_; ///< escaped; the headings first
};

} // namespace rulehost::cli
