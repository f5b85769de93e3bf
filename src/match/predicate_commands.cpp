#include "match/command_order.hpp"
#include "match/predicate.hpp"
#include "match/value/field_values.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

namespace {

using node = condition::node;

} // namespace

void predicate::add_files(subject& on, std::vector<std::string>& names) const {
    if (source_->kind != node::command || !is_line_ || !on.is_command())
        return;
    auto& memory = on.memory_of_commands();
    std::vector<std::string_view> files;
    visit_elements(on.payload(), field_.keys, [&](boost::json::value const& value) {
        auto const* const line = value.if_string();
        std::size_t number = 0;
        for (std::size_t i = 0; line && i != on.commands_of(*line).pieces(); ++i) {
            auto& piece = on.commands_of(*line).piece(i);
            files.clear();
            for (auto const& of : piece.commands) {
                auto const here = command_texts::only(number++);
                for (std::size_t map = 0; map != commands_.front().size(); ++map) {
                    auto const& wanted = commands_.front()[map];
                    if ((on.open_to(number_ + static_cast<std::uint32_t>(map)) & here) != 0 &&
                        wanted.holds(of, piece, memory) == truth::yes)
                        wanted.add_files(of, piece, memory, files);
                }
            }
            for (auto const file : files)
                if (auto const name = file.substr(file.rfind('/') + 1); !name.empty())
                    names.emplace_back(name);
        }
        return false;
    });
}

truth predicate::test_commands(subject& on, match_detail& found) const {
    if (!is_line_ || !on.is_command())
        return truth::no;
    auto result = truth::no;
    auto const found_in = [&](shell::command const& of) {
        if (found.command.empty()) {
            found.command = of.text;
            found.reading = to_string(of.from);
        }
        result = truth::yes;
        return true;
    };
    auto& memory = on.memory_of_commands();
    visit_elements(on.payload(), field_.keys, [&](boost::json::value const& value) {
        auto const* const line = value.if_string();
        if (!line)
            return false;
        auto& commands = on.commands_of(*line);
        std::size_t first = 0; // the number of the first command of the piece
        for (std::size_t i = 0; i != commands.pieces(); ++i) {
            auto& piece = commands.piece(i);
            memory.truncated = commands.is_truncated();
            found.truncated = found.truncated || memory.truncated;
            if (source_->kind == node::commands_in_order) {
                shell::command const* last = nullptr;
                auto const one = in_order(commands_, source_->same_file, {on, number_, first}, piece, memory, last);
                if (one == truth::yes)
                    return found_in(*last);
                if (one == truth::unknown)
                    result = one;
            } else {
                auto const& maps = commands_.front();
                for (std::size_t map = 0; map != maps.size(); ++map) {
                    auto const open = on.open_to(number_ + static_cast<std::uint32_t>(map));
                    if (open == 0)
                        continue;
                    auto const& wanted = maps[map];
                    bool const is_found =
                        command_texts::visit_numbers(open, first, piece.commands.size(), [&](std::size_t at) {
                            auto const one = wanted.holds(piece.commands[at], piece, memory);
                            if (one == truth::unknown)
                                result = one;
                            return one == truth::yes && found_in(piece.commands[at]);
                        });
                    if (is_found)
                        return true;
                }
            }
            first += piece.commands.size();
        }
        return false;
    });
    return result;
}

} // namespace rulehost
