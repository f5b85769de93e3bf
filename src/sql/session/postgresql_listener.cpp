#include "sql/session/postgresql_listener.hpp"

#include <libpq-fe.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

postgresql_listener::postgresql_listener(database_url const& url, std::shared_ptr<call_watch> watch)
    : session_(url, {.watch = std::move(watch)}) {
    session_.execute("LISTEN ttp_rule_change");
}

postgresql_listener::~postgresql_listener() = default;

void postgresql_listener::watch(asio::any_io_executor executor, std::function<void()> wake) {
    wake_ = std::move(wake);
    int const duplicate = ::dup(PQsocket(static_cast<PGconn*>(session_.postgresql_handle())));
    if (duplicate < 0)
        throw std::system_error(errno, std::system_category(), "dup");
    boost::system::error_code refused;
    socket_.emplace(std::move(executor)).assign(duplicate, refused);
    if (refused) {
        ::close(duplicate);
        throw std::system_error(refused.value(), std::system_category(), "cannot wait for notifications");
    }
    wait();
}

void postgresql_listener::wait() {
    if (std::exchange(*waiting_, true))
        return;
    socket_->async_wait(asio::posix::stream_descriptor::wait_read,
                        [this, alive = std::weak_ptr(waiting_)](boost::system::error_code) {
                            if (auto const waiting = alive.lock()) {
                                *waiting = false;
                                wake_();
                            }
                        });
}

postgresql_listener::link postgresql_listener::drain() {
    auto* const connection = static_cast<PGconn*>(session_.postgresql_handle());
    if (PQconsumeInput(connection) == 0 || PQstatus(connection) == CONNECTION_BAD)
        return link::lost;
    while (auto* const notification = PQnotifies(connection))
        PQfreemem(notification); // its content does not matter: it only triggers a read
    wait();
    return link::good;
}

} // namespace rulehost
