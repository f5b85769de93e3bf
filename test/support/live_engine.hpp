#pragma once

#include <rulehost/engine.hpp>

#include <memory>
#include <utility>

namespace rulehost::test {

/// An engine, and the revision of its last change.
struct live_engine {
    engine host;
    revision newest = 0;

    void add(std::shared_ptr<rule_definition const> rule) {
        auto const id = rule->rule_id;
        host.apply(rule_change{++newest, id, std::move(rule)});
    }
};

} // namespace rulehost::test
