#include "cli/data_output.hpp"

#include "cli/terminal.hpp"
#include "text/assertion.hpp"

#include <rulehost/diagnostic.hpp>
#include <rulehost/json_text.hpp>

#include <algorithm>
#include <cerrno>
#include <numeric>
#include <system_error>

#include <unistd.h>

namespace rulehost::cli {

namespace {

constexpr std::size_t flush_at = 64 * 1024;

/// Approximate width of valid UTF-8 on a terminal: one column a character.
std::size_t width(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// Takes columns from the widest cells until a row with `gap` between them fits into `columns`; 0: any row fits.
void narrow(std::vector<std::size_t>& widths, std::size_t gap, std::size_t columns) {
    constexpr std::size_t min_width = 8;
    auto total = std::accumulate(widths.begin(), widths.end(), gap * (widths.size() - 1));
    while (columns != 0 && total > columns) {
        auto const widest = std::ranges::max_element(widths);
        if (*widest <= min_width)
            return;
        --*widest;
        --total;
    }
}

/// The first `columns` characters, of which the last is an ellipsis where more follow.
std::string cut(std::string_view text, std::size_t columns) {
    if (width(text) <= columns)
        return std::string(text);
    std::size_t end = 0;
    for (std::size_t seen = 0; end < text.size(); ++end)
        if ((static_cast<unsigned char>(text[end]) & 0xC0) != 0x80 && ++seen == columns)
            break;
    return std::string(text.substr(0, end)) + "\u2026";
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

listing::listing(data_output& output, form as, std::vector<std::string> headings)
    : output_(output), as_(as), rows_{std::move(headings)} {}

void listing::add(std::vector<std::string> cells, boost::json::object const& record) {
    RULEHOST_ASSERT(cells.size() == rows_.front().size());
    if (as_ == form::ndjson)
        return output_.write(record);
    std::ranges::transform(cells, cells.begin(), escape_for_terminal);
    rows_.push_back(std::move(cells));
}

void listing::finish() {
    if (as_ == form::table) {
        std::vector<std::size_t> widths(rows_.front().size());
        for (auto const& row : rows_)
            std::ranges::transform(row, widths, widths.begin(), [](std::string const& cell, std::size_t widest) {
                return std::max(width(cell), widest);
            });
        constexpr std::size_t gap = 2;
        narrow(widths, gap, columns_of_output());
        for (auto const& row : rows_) {
            std::string line;
            for (std::size_t i = 0; i != row.size(); ++i) {
                auto const cell = cut(row[i], widths[i]);
                line += cell + std::string(widths[i] - width(cell) + gap, ' ');
            }
            output_.write(line.substr(0, line.find_last_not_of(' ') + 1) + '\n');
        }
    }
    output_.flush();
}

} // namespace rulehost::cli
