#pragma once

#include "shell/walk/walker.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost::shell {

/// Reads lines with the shipped table.
class line_reading {
public:
    explicit line_reading(std::string_view line)
        : programs_(program_table::shipped()), walker_(*programs_), line_(line) {
        walker_.read(line_, 0, read);
    }
    line_reading(line_reading const&) = delete;
    line_reading& operator=(line_reading const&) = delete;

    /// Program and arguments of each command in its last reading. Without wrappers, scripts, and mere assignments and
    /// redirects.
    std::set<std::vector<std::string>> commands() const {
        std::set<std::vector<std::string>> all;
        for (auto const& each : read.commands) {
            bool const has_words = !each.program.empty() || each.arguments.count != 0 ||
                (each.sets.count == 0 && each.redirects.count == 0);
            if (each.from != source::kept && !each.wrapper && !each.script && has_words)
                all.insert(words(each));
        }
        return all;
    }

    std::vector<std::string> words(command const& of) const {
        std::vector<std::string> all{std::string(of.program)};
        for (auto const word : read.arguments(of))
            all.emplace_back(word);
        return all;
    }

    /// The first command of this program; fails the test when there is none.
    command const& of(std::string_view program) const {
        auto const found = std::ranges::find(read.commands, program, &command::program);
        if (found == read.commands.end())
            throw std::runtime_error("no command " + std::string(program) + " in: " + line_);
        return *found;
    }

    std::vector<std::string> targets(std::string_view program, effect_kind kind) const {
        std::vector<std::string> all;
        for (auto const& each : read.effects_of(of(program)))
            if (each.kind == kind)
                all.emplace_back(each.target);
        return all;
    }

    reading read;

private:
    std::shared_ptr<program_table const> programs_;
    walker walker_;
    std::string line_;
};

} // namespace rulehost::shell
