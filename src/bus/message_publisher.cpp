#include "bus/message_publisher.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <exception>

namespace rulehost {

boost::asio::awaitable<publication_outcome> try_publish(message_publisher& publisher,
                                                        std::span<outgoing_message const> messages) {
    publication_outcome outcome;
    try {
        outcome.refused = co_await publisher.publish(messages);
    } catch (boost::system::system_error const& error) {
        if (error.code() == boost::asio::error::operation_aborted)
            throw;
        outcome.problem = error.what();
    } catch (std::exception const& error) {
        outcome.problem = error.what();
    }
    co_return outcome;
}

} // namespace rulehost
