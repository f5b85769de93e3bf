#include "cli/terminal.hpp"

#include "text/without_passwords.hpp"

#include <rulehost/diagnostic.hpp>

#include <iostream>
#include <system_error>
#include <utility>

#include <sys/ioctl.h>
#include <unistd.h>

namespace rulehost::cli {

bool is_terminal(stream which) {
    return ::isatty(which == stream::output ? STDOUT_FILENO : STDERR_FILENO) == 1;
}

std::size_t columns_of_output() {
    winsize size{};
    return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

void complain(std::string_view message) {
    std::cerr << "rulehost: error: " << escape_for_terminal(without_passwords(std::string(message))) << std::endl;
}

bool is_reader_gone(std::exception const& error) {
    auto const* const broken = dynamic_cast<std::system_error const*>(&error);
    return broken != nullptr && broken->code() == std::errc::broken_pipe;
}

void progress_line::show(std::string const& text) {
    if (!shown_on_)
        return;
    std::cerr << "\r\x1b[K" << text << std::flush;
    dirty_ = true;
}

void progress_line::clear() {
    if (std::exchange(dirty_, false))
        std::cerr << "\r\x1b[K" << std::flush;
}

} // namespace rulehost::cli
