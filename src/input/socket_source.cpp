#include "input/socket_source.hpp"

#include "async/contained.hpp"
#include "file/durable_file.hpp"
#include "file/errno_error.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cerrno>
#include <new>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

namespace rulehost {

namespace asio = boost::asio;
using asio::local::stream_protocol;

namespace {

constexpr auto pause_after_refusal = std::chrono::milliseconds{100};
constexpr std::string_view crowded = "{\"error\": \"too many connections\"}\n";

/// A lock held with its descriptor, so that only one of two processes listens.
file_descriptor lock_beside(std::filesystem::path const& path) {
    auto const name = path.string() + ".lock";
    auto lock = lock_file(name, name);
    if (!lock)
        throw std::runtime_error(path.string() + ": another process listens on it");
    return std::move(*lock);
}

/// Removes only the socket of an earlier run.
void remove_stale_socket(asio::any_io_executor const& executor, std::filesystem::path const& path) {
    struct ::stat status {};
    if (::lstat(path.c_str(), &status) != 0)
        return;
    if (!S_ISSOCK(status.st_mode))
        throw std::runtime_error(path.string() + ": exists and is not a socket");
    stream_protocol::socket trial(executor);
    boost::system::error_code refused;
    trial.connect(stream_protocol::endpoint(path.string()), refused);
    if (refused != asio::error::connection_refused)
        throw std::runtime_error(path.string() + ": another process listens on it");
    if (::unlink(path.c_str()) != 0)
        throw_errno(path.string());
}

std::uint64_t inode_of(std::filesystem::path const& path) {
    struct ::stat status {};
    return ::lstat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

} // namespace

socket_source::socket_source(asio::any_io_executor executor, time_source& time, socket_source_options options)
    : executor_(std::move(executor)),
      time_(time),
      options_(std::move(options)),
      name_(options_.path.string()),
      connection_failed_([this](std::string const& reason) {
          if (options_.log)
              options_.log(name_ + ": a connection is ended: " + reason);
      }),
      acceptor_(executor_),
      ready_(time_),
      leaving_(time_) {
    listen();
}

socket_source::~socket_source() {
    if (inode_ != 0 && inode_of(options_.path) == inode_)
        ::unlink(options_.path.c_str());
}

void socket_source::listen() {
    lock_ = lock_beside(options_.path);
    remove_stale_socket(executor_, options_.path);
    boost::system::error_code problem;
    acceptor_.open(stream_protocol(), problem);
    if (!problem)
        acceptor_.bind(stream_protocol::endpoint(name_), problem);
    if (problem)
        throw std::system_error(problem.value(), std::generic_category(), name_);
    inode_ = inode_of(options_.path);
    // Nothing can connect before it listens.
    if (::chmod(name_.c_str(), static_cast<::mode_t>(options_.permissions)) != 0)
        throw_errno(name_);
    acceptor_.listen(asio::socket_base::max_listen_connections, problem);
    if (problem)
        throw std::system_error(problem.value(), std::generic_category(), name_);
}

asio::awaitable<std::optional<event_batch>> socket_source::next() {
    for (;;) {
        if (!waiting_.empty()) {
            auto const producer = waiting_.front();
            on_their_way_.push_back({producer, 0});
            std::optional<event_batch> batch;
            try {
                batch = producer->take(batches_ + 1);
            } catch (std::bad_alloc const&) {
                on_their_way_.pop_back();
                throw;
            }
            ++batches_;
            waiting_.pop_front();
            on_their_way_.back().lines = producer->lines();
            co_return batch;
        }
        if (stopped_ && reading_ == 0)
            co_return std::nullopt;
        co_await ready_.until(std::nullopt);
    }
}

void socket_source::acknowledge(std::uint64_t) noexcept {
    auto const& first = on_their_way_.front(); // acknowledgements arrive in order
    first.from->set_durable(first.lines);
    on_their_way_.pop_front();
    leaving_.interrupt();
}

asio::awaitable<void> socket_source::run() {
    task_group connections(executor_);
    connections.spawn(name_, accept(connections));
    connections.spawn(name_, end_lingerers(connections));
    co_await connections.join();
}

asio::awaitable<void> socket_source::accept(task_group& connections) {
    for (;;) {
        stream_protocol::socket accepted(executor_);
        boost::system::error_code refused;
        co_await acceptor_.async_accept(accepted, asio::redirect_error(asio::use_awaitable, refused));
        if (stopped_)
            co_return;
        if (refused) { // usually out of descriptors
            co_await time_.pause(pause_after_refusal);
            continue;
        }
        try {
            admit(std::move(accepted), connections);
        } catch (std::bad_alloc const&) {
            connection_failed_("out of memory");
        }
    }
}

void socket_source::admit(stream_protocol::socket accepted, task_group& connections) {
    auto const full = connections_.size() >= options_.max_connections;
    if (full) {
        boost::system::error_code ignored;
        accepted.non_blocking(true, ignored);
        accepted.write_some(asio::buffer(crowded.data(), crowded.size()), ignored);
        if (!crowded_ && options_.log)
            options_.log(name_ + ": " + std::to_string(connections_.size()) + " connections, further ones are closed");
    } else {
        auto const producer = std::make_shared<producer_connection>(std::move(accepted), time_.source());
        connections_.push_back(producer);
        ++reading_;
        try {
            connections.spawn(name_, contained(serve(producer), connection_failed_));
        } catch (std::bad_alloc const&) {
            connections_.pop_back();
            --reading_;
            throw;
        }
    }
    crowded_ = full;
}

asio::awaitable<void> socket_source::serve(std::shared_ptr<producer_connection> producer) {
    struct registration {
        socket_source& owner;
        std::shared_ptr<producer_connection> const& producer;
        ~registration() {
            std::erase(owner.connections_, producer);
            owner.leaving_.interrupt();
        }
    } const registered{*this, producer};
    task_group both(executor_);
    both.spawn(name_, read(producer));
    both.spawn(name_, producer->acknowledge());
    co_await both.join();
}

asio::awaitable<void> socket_source::read(std::shared_ptr<producer_connection> producer) {
    struct registration {
        socket_source& owner;
        ~registration() {
            --owner.reading_;
            owner.ready_.interrupt();
        }
    } const registered{*this};
    std::function<void()> offer = [this, producer] {
        waiting_.push_back(producer);
        ready_.interrupt();
    };
    co_await producer->read(std::move(offer));
}

/// After `stop`, closes connections whose producers do not read their acknowledgements.
asio::awaitable<void> socket_source::end_lingerers(task_group& connections) {
    while (!stopped_ || reading_ > 0 || !waiting_.empty() || !on_their_way_.empty())
        co_await leaving_.until(std::nullopt);
    auto const deadline = time_.now() + options_.linger;
    while (!connections_.empty() && time_.now() < deadline)
        co_await leaving_.until(deadline);
    connections.cancel();
}

void socket_source::stop() {
    if (std::exchange(stopped_, true))
        return;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    for (auto const& each : connections_)
        each->stop();
    ready_.interrupt();
    leaving_.interrupt();
}

} // namespace rulehost
