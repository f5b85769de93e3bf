#pragma once

#include "nats/nats_connection.hpp"
#include "nats/nats_publisher.hpp"

#include <rulehost/host.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace rulehost {

/// The connection over which a host publishes messages about rules and tags.
struct broker {
    broker(boost::asio::any_io_executor executor, nats_options options)
        : connection(std::move(executor), std::move(options)),
          about_rules(connection, {}),
          about_tags(connection, {}) {}

    nats_connection connection;
    nats_publisher about_rules;
    nats_publisher about_tags;
};

/// Connects to `options.publish`; null without it.
inline std::unique_ptr<broker> connect_broker(boost::asio::any_io_executor executor, host_options const& options,
                                              std::function<void(std::string const&)> log) {
    if (options.publish.empty())
        return {};
    nats_options reaching;
    reaching.servers = {options.publish};
    reaching.name = "rulehost " + options.worker;
    reaching.log = std::move(log);
    return std::make_unique<broker>(std::move(executor), std::move(reaching));
}

} // namespace rulehost
