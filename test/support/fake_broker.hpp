#pragma once

#include "bus/message_publisher.hpp"

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace rulehost::test {

/// A broker that keeps what it gets.
class fake_broker final : public message_publisher {
public:
    boost::asio::awaitable<std::vector<refused_message>> publish(std::span<outgoing_message const> messages) override {
        std::vector<refused_message> refused;
        if (away)
            throw std::runtime_error("no broker");
        for (std::size_t i = 0; i < messages.size(); ++i) {
            auto const& [id, topic, payload] = messages[i];
            if (!poison.empty() && (topic + '\n' + payload).find(poison) != std::string::npos)
                refused.push_back({i, "too large"});
            else
                sent.push_back(messages[i]);
        }
        refusals += refused.size();
        co_return refused;
    }

    bool away = false;
    std::string poison; ///< it refuses messages with this in the topic or the payload; empty: none
    std::size_t refusals = 0;
    std::vector<outgoing_message> sent;
};

} // namespace rulehost::test
