#pragma once

#include <cstddef>
#include <exception>
#include <string>
#include <string_view>

namespace rulehost::cli {

enum class stream { output, error };

/// Whether it is a terminal: colour, tables and progress are for people only.
bool is_terminal(stream);

/// Columns of the terminal on standard output; 0: there is none, or it does not say.
std::size_t columns_of_output();

/// `rulehost: error: MESSAGE` on standard error, with what came from outside escaped and without the
/// passwords of URLs.
void complain(std::string_view message);

/// Whether `error` means that the reader of our output went away: a clean end, as with `| head -1`.
bool is_reader_gone(std::exception const& error);

/// A line on standard error that is updated in place; nothing if it is not a terminal.
class progress_line {
public:
    progress_line() : shown_on_(is_terminal(stream::error)) {}
    progress_line(progress_line const&) = delete;
    progress_line& operator=(progress_line const&) = delete;
    ~progress_line() { clear(); }

    bool is_shown() const { return shown_on_; }
    void show(std::string const& text);
    void clear();

private:
    bool shown_on_;
    bool dirty_ = false;
};

} // namespace rulehost::cli
