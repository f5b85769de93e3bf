#pragma once

#include "engine/rule_program.hpp"
#include "engine/window.hpp"

#include <rulehost/compiled_rule.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace rulehost {

/// Running totals of one rule_id, shared by all its versions.
struct rule_counters {
    std::atomic<std::uint64_t> evaluations{0};
    std::atomic<std::uint64_t> matches{0};
    std::atomic<std::uint64_t> tags{0};
    std::atomic<std::uint64_t> withheld{0};
    std::atomic<std::uint64_t> failures{0};
    std::atomic<std::uint64_t> undecided{0};
    std::atomic<std::uint64_t> measured{0};
    std::atomic<std::uint64_t> cost{0};
};

/// A live rule: its definition, its state, and the data that outlives its versions. Copies share everything.
struct live_rule {
    compiled_rule_ptr rule;
    std::shared_ptr<rule_program const> program;
    std::shared_ptr<rule_counters> counters;
    std::vector<std::shared_ptr<window>> windows; ///< one per correlation of the definition

    rule_definition const& definition() const { return program->definition(); }
};

using live_rule_ptr = std::shared_ptr<live_rule const>;

/// Makes `definition` live in `state`. With the version that was live before (may be null) it shares the
/// counters, every window with an unchanged meaning and, if the text is the same, the compiled form.
live_rule_ptr make_live(std::shared_ptr<rule_definition const> const& definition, rule_state const& state,
                        live_rule const* before, window_limits limits);

} // namespace rulehost
