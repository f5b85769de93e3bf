#pragma once

#include "match/command/command_test.hpp"
#include "match/command/line_commands.hpp"
#include "match/value/trigger.hpp"

#include <cstddef>
#include <string_view>

namespace rulehost {

/// Calls `visit(place, name, command)` with the names and facts of each command, for triggers that compare whole names.
/// Commands are numbered across all pieces of the line. A name may be passed twice.
template <typename Visit>
void for_each_name(line_commands& commands, Visit&& visit) {
    using place = trigger::place;
    using shell::effect_kind;
    std::size_t number = 0;
    auto const pieces = commands.pieces();
    for (std::size_t i = 0; i != pieces; ++i) {
        auto const& piece = commands.piece(i);
        bool const is_truncated = piece.truncated || commands.is_truncated();
        for (auto const& of : piece.commands) {
            visit(place::program, of.program, number);
            if (of.family != of.program)
                visit(place::program, of.family, number);
            for (auto const name : piece.via(of))
                visit(place::program, name, number);
            for (auto const& option : piece.options_of(of)) {
                visit(place::program, option.name, number);
                if (!option.twin.empty())
                    visit(place::program, option.twin, number);
            }
            unsigned kinds = 0;
            for (auto const& each : piece.effects_of(of))
                kinds |= 1u << static_cast<unsigned>(each.kind);
            for (unsigned kind = 0; kinds >> kind != 0; ++kind) {
                if ((kinds >> kind & 1) == 0)
                    continue;
                auto const effect = static_cast<effect_kind>(kind);
                visit(place::fact, to_string(effect), number);
                if (effect == effect_kind::appends || effect == effect_kind::empties)
                    visit(place::fact, to_string(effect_kind::writes), number);
            }
            if (of.stage != shell::none)
                visit(place::fact, std::string_view("|"), number);
            if (of.fed || !of.input.empty() || !of.output.empty())
                visit(place::fact, std::string_view("data"), number);
            if (of.options.count != 0)
                visit(place::fact, std::string_view("option"), number);
            if (of.via.count != 0)
                visit(place::fact, std::string_view("via"), number);
            visit(place::fact, to_string(of.from), number);
            if (is_truncated)
                visit(place::fact, std::string_view("truncated"), number);
            if (of.place == shell::none)
                visit(place::fact, std::string_view("line"), number);
            for (auto at = of.place; at != shell::none; at = piece.places[at].outer)
                visit(place::fact, name_of(piece.places[at]), number);
            ++number;
        }
    }
}

} // namespace rulehost
