#include "cli/input_advice.hpp"

#include "event/unreadable_text.hpp"

namespace rulehost::cli {

namespace {

/// As a word of a shell.
std::string in_shell(std::string const& text) {
    constexpr auto plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-";
    if (text.find_first_not_of(plain) == text.npos)
        return text;
    std::string quoted;
    for (char const c : text)
        quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return "'" + quoted + "'";
}

} // namespace

std::string input_advice(std::string const& input, std::string const& first_line, event_format const& format,
                         std::string const& command, std::string const& option) {
    auto const name = input == "-" ? "standard input" : input;
    auto const guess = guess_text(first_line);
    if (guess.what.empty())
        return "no line of " + name + " is an event of the format '" + format.name() +
            "': one JSON object a line is read, or with " + option + " text a command a line";
    std::string remedy(guess.remedy);
    if (auto const at = remedy.find("FILE"); at != remedy.npos && input != "-")
        remedy.replace(at, 4, in_shell(input));
    return name + " is " + std::string(guess.what) + ", not events, one JSON object a line" +
        (remedy.empty() ? "" : "; try: " + remedy + " | rulehost " + command);
}

} // namespace rulehost::cli
