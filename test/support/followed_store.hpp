#pragma once

#include <rulehost/rule_store.hpp>

#include <optional>
#include <string>

namespace rulehost::test {

/// A store that is only followed: decisions change nothing.
class followed_store : public rule_store {
public:
    boost::asio::awaitable<rule_state> get_state(std::string) override { co_return rule_state{}; }
    boost::asio::awaitable<rule_state> set_state(std::string, rule_state, std::string,
                                                 std::optional<revision>) override {
        co_return rule_state{};
    }
    boost::asio::awaitable<rule_state> clear_state(std::string, std::string, std::optional<revision>) override {
        co_return rule_state{};
    }
    boost::asio::awaitable<decision> decide(decision wanted) override { co_return wanted; }
    boost::asio::awaitable<std::optional<decision>> end_decision(decision_id, std::string) override {
        co_return std::nullopt;
    }
};

} // namespace rulehost::test
