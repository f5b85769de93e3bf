#pragma once

#include "match/value/truth.hpp"
#include "match/value/value_test.hpp"
#include "shell/reading.hpp"

#include <rulehost/command_condition.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace rulehost {

/// The elements of each key of the commands of one reading, collected on first use: many maps test the same key. Reused
/// from reading to reading. One thread.
class command_elements {
public:
    /// Clears everything.
    void clear() { of_ = nullptr; }

    /// Calls `collect(elements)`, which appends, unless they are collected already. `own_effects`: as in command_memory. Valid
    /// until the next call.
    template <typename Collect>
    std::span<value_element const> of(command_condition::key wanted, shell::command const& of, bool own_effects,
                                      shell::reading const& in, Collect&& collect) {
        if (of_ != &in) {
            of_ = &in;
            all_.clear();
            places_.clear();
        }
        auto const number = static_cast<std::size_t>(&of - in.commands.data());
        auto const at = (2 * number + own_effects) * command_condition::key_count + static_cast<std::size_t>(wanted);
        if (at >= places_.size())
            places_.resize(at + 1);
        if (places_[at].count == unknown) {
            auto const first = all_.size();
            collect(all_);
            places_[at] = {static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(all_.size() - first)};
        }
        return std::span<value_element const>(all_).subspan(places_[at].first, places_[at].count);
    }

private:
    static constexpr std::uint32_t unknown = UINT32_MAX;
    struct place {
        std::uint32_t first = 0;
        std::uint32_t count = unknown;
    };

    shell::reading const* of_ = nullptr;
    std::vector<value_element> all_;
    std::vector<place> places_;
};

/// The working memory of command tests, reused from event to event. One thread.
struct command_memory {
    value_memory values;
    command_elements elements;
    std::vector<std::string_view> paths;
    std::string_view line;    ///< the line of the commands
    bool truncated = false;   ///< a limit kept a part of the line from being read
    bool own_effects = false; ///< of a wrapper: leave out the effects of the command that it runs
};

/// One compiled map of `command`. Immutable; safe from any thread.
class command_test {
public:
    /// `source` outlives it.
    explicit command_test(command_condition const& source);

    truth holds(shell::command const& of, shell::reading& in, command_memory& memory) const;

    /// Appends the files that the tested effects name in a command for which it holds; if it tests
    /// none, all files that the command names. A fetch names the file that it writes.
    void add_files(shell::command const& of, shell::reading& in, command_memory& memory,
                   std::vector<std::string_view>& files) const;

    command_condition const& source() const { return *source_; }

    /// A key of the map.
    struct part {
        command_condition::test const* source;
        std::unique_ptr<value_test> value;
        std::vector<command_test> others;
    };
    std::vector<part> const& parts() const { return parts_; }
    truth holds(part const& one, shell::command const& of, shell::reading& in, command_memory& memory) const;

private:
    truth one_is_piped(part const& one, shell::command const& of, shell::reading& in, command_memory& memory) const;

    command_condition const* source_;
    std::vector<part> parts_;             ///< in the order of the text
    std::vector<std::size_t> order_;      ///< of `parts_`, the cheapest first; without `program_`
    value_test const* program_ = nullptr; ///< globs of its program; null: another kind of test, or none
    bool names_program_ = false;          ///< positively, not by exclusion
    bool has_effects_ = false;
};

/// The name of the place in rules.
std::string_view name_of(shell::place const& of);

/// The elements of key `wanted` of `of`; not for piped_to and piped_from. Valid until the next call.
std::span<value_element const> elements_of(command_condition::key wanted, shell::command const& of, shell::reading& in,
                                           command_memory& memory);

} // namespace rulehost
