// Reads lines of shell input, each a JSON string, from the standard input, and prints the commands of each as JSON:
// words, the wrappers that they are reached through, and the places that enclose them.
#include "shell/walk/walker.hpp"

#include <boost/json.hpp>

#include <iostream>
#include <string>

namespace {

using namespace rulehost::shell;

std::string_view name_of(place::kind kind) {
    constexpr std::string_view names[]{"loop", "function", "hook", "decoded", "substitution"};
    return names[static_cast<std::size_t>(kind)];
}

/// Whether a stub records the command: wrappers, and mere assignments and redirects, are not recorded.
bool is_recorded(command const& of) {
    return of.from != source::kept && !of.wrapper && !of.script &&
        (!of.program.empty() || of.arguments.count != 0 || (of.sets.count == 0 && of.redirects.count == 0));
}

boost::json::object shown(reading const& read, command const& of) {
    boost::json::array words{of.program};
    for (auto const word : read.arguments(of))
        words.emplace_back(word);
    boost::json::array via;
    for (auto const each : read.via(of))
        via.emplace_back(each);
    boost::json::array places;
    for (auto at = of.place; at != none; at = read.places[at].outer)
        places.emplace_back(name_of(read.places[at].what));
    return {{"words", std::move(words)}, {"via", std::move(via)}, {"place", std::move(places)}};
}

} // namespace

int main() {
    auto const programs = program_table::shipped();
    walker reads(*programs);
    reading read;
    for (std::string text; std::getline(std::cin, text);) {
        auto const parsed = boost::json::parse(text);
        std::string_view const line = parsed.as_string();
        boost::json::array commands;
        for (std::size_t at = 0; at < line.size();) {
            at = reads.read(line, at, read);
            for (auto const& each : read.commands)
                if (is_recorded(each))
                    commands.emplace_back(shown(read, each));
        }
        std::cout << boost::json::serialize(boost::json::object{{"commands", std::move(commands)}}) << '\n';
    }
}
