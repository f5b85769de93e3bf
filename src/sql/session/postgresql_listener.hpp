#pragma once

#include "sql/session/session.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>
#include <memory>
#include <optional>

namespace rulehost {

/// A connection that waits for the notifications that the triggers send at a commit. The loop watches its socket, so
/// that a change, or the loss of the connection, wakes it without polling. Opened on any thread; used afterwards on the
/// executor given to `watch`.
class postgresql_listener {
public:
    /// Connects and listens (blocking). Throws database_error.
    postgresql_listener(database_url const& url, std::shared_ptr<call_watch> watch);
    postgresql_listener(postgresql_listener const&) = delete;
    postgresql_listener& operator=(postgresql_listener const&) = delete;
    ~postgresql_listener();

    /// Calls `wake` on `executor` whenever something has arrived that `drain` has not yet read.
    void watch(boost::asio::any_io_executor executor, std::function<void()> wake);

    enum class link { good, lost };
    /// Reads everything that has arrived; never blocks.
    link drain();

private:
    void wait();

    session session_;
    std::function<void()> wake_;
    std::optional<boost::asio::posix::stream_descriptor> socket_;   ///< a duplicate; libpq owns the original
    std::shared_ptr<bool> waiting_ = std::make_shared<bool>(false); ///< also marks the destruction for a late handler
};

} // namespace rulehost
