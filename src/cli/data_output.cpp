#include "cli/data_output.hpp"

#include "cli/terminal.hpp"
#include "text/assertion.hpp"

#include <rulehost/diagnostic.hpp>
#include <rulehost/json_text.hpp>
#include <rulehost/time_source.hpp>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <unistd.h>

namespace rulehost::cli {

namespace {

constexpr std::size_t flush_at = 64 * 1024;

/// In UTC.
std::string today() {
    return format_time(system_time_source().now()).substr(0, std::string_view("2026-12-01").size());
}

} // namespace

void data_output::write(std::string_view bytes) {
    buffer_ += bytes;
    if (buffer_.size() >= flush_at)
        flush();
}

void data_output::write(boost::json::object const& record) {
    append_json(buffer_, record);
    write("\n");
}

void data_output::flush() {
    std::string_view left = buffer_;
    while (!left.empty()) {
        auto const count = ::write(STDOUT_FILENO, left.data(), left.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            throw std::system_error(errno, std::generic_category(), "standard output");
        left.remove_prefix(static_cast<std::size_t>(count));
    }
    buffer_.clear();
}

listing::form listing::default_form() {
    return is_terminal(stream::output) ? form::table : form::ndjson;
}

listing::listing(data_output& output, form as, std::vector<table_column> columns)
    : output_(output), as_(as), columns_(std::move(columns)) {}

void listing::add(std::vector<std::string> cells, boost::json::object const& record) {
    RULEHOST_ASSERT(cells.size() == columns_.size());
    if (as_ == form::ndjson)
        return output_.write(record);
    std::ranges::transform(cells, cells.begin(), escape_for_terminal);
    rows_.push_back(std::move(cells));
}

void listing::finish() {
    if (as_ == form::table)
        output_.write(table_text(columns_, std::move(rows_), {columns_of_output(), today()}));
    rows_.clear();
    output_.flush();
}

} // namespace rulehost::cli
