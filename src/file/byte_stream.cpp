#include "file/byte_stream.hpp"

#include "file/errno_error.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace rulehost {

namespace asio = boost::asio;

namespace {

file_descriptor open_for_reading(std::string const& path) {
    file_descriptor opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!opened)
        throw_errno(path);
    return opened;
}

/// Distinguishes a FIFO, whose writers come later, from an anonymous pipe, whose writers exist from the start.
bool is_fifo(int descriptor, struct stat const& status) {
    struct statfs filesystem {};
    return S_ISFIFO(status.st_mode) && ::fstatfs(descriptor, &filesystem) == 0 && filesystem.f_type != PIPEFS_MAGIC;
}

} // namespace

byte_stream byte_stream::reading(asio::any_io_executor executor, std::string path) {
    if (path == "-")
        return {std::move(executor), "standard input", STDIN_FILENO};
    auto opened = open_for_reading(path);
    auto const descriptor = opened.get();
    return {std::move(executor), std::move(path), descriptor, std::move(opened)};
}

byte_stream byte_stream::writing(asio::any_io_executor executor) {
    return {std::move(executor), "standard output", STDOUT_FILENO};
}

byte_stream::byte_stream(asio::any_io_executor executor, std::string path, int descriptor, file_descriptor owned)
    : executor_(std::move(executor)),
      path_(std::move(path)),
      owned_(std::move(owned)),
      descriptor_(descriptor),
      flags_(::fcntl(descriptor, F_GETFL)) {
    struct stat status {};
    if (flags_ < 0 || ::fstat(descriptor, &status) != 0)
        throw_errno(path_);
    if (S_ISDIR(status.st_mode))
        throw std::system_error(std::make_error_code(std::errc::is_a_directory), path_);
    if (S_ISREG(status.st_mode))
        return;
    awaits_writer_ = owned_ && is_fifo(descriptor, status);
    boost::system::error_code refused; // devices such as /dev/null cannot be polled and need not be
    auto& polled = polled_.emplace(executor_);
    polled.assign(descriptor, refused);
    if (refused)
        polled_.reset();
}

byte_stream::byte_stream(byte_stream&& other) noexcept
    : executor_(std::move(other.executor_)),
      path_(std::move(other.path_)),
      owned_(std::move(other.owned_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      flags_(other.flags_),
      polled_(std::move(other.polled_)),
      awaits_writer_(other.awaits_writer_),
      stopped_(other.stopped_) {}

byte_stream::~byte_stream() {
    if (descriptor_ < 0)
        return;
    if (polled_)
        polled_->release();
    if (!owned_) // the parent shares the terminal or pipe, and with it O_NONBLOCK
        ::fcntl(descriptor_, F_SETFL, flags_);
}

bool byte_stream::has_writer() {
    if (awaits_writer_) { // poll reports bytes, and also writers that have closed it again
        struct ::pollfd look {
            descriptor_, POLLIN, 0
        };
        awaits_writer_ = ::poll(&look, 1, 0) <= 0;
    }
    return !awaits_writer_;
}

bool byte_stream::is_at(std::string const& path) const {
    struct ::stat ours {};
    struct ::stat there {};
    return ::fstat(descriptor_, &ours) == 0 && ::stat(path.c_str(), &there) == 0 && ours.st_dev == there.st_dev &&
        ours.st_ino == there.st_ino;
}

asio::awaitable<std::size_t> byte_stream::read_some(std::span<char> buffer) {
    while (!stopped_) {
        if (polled_) {
            boost::system::error_code error;
            auto const count = co_await polled_->async_read_some(asio::buffer(buffer.data(), buffer.size()),
                                                                 asio::redirect_error(asio::use_awaitable, error));
            if (error == asio::error::eof || (error == asio::error::operation_aborted && stopped_))
                co_return 0;
            if (error)
                throw std::system_error(error.value(), std::generic_category(), path_);
            co_return count;
        }
        co_await asio::post(executor_, asio::use_awaitable);
        auto const count = ::read(descriptor_, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            throw_errno(path_);
        co_return static_cast<std::size_t>(count);
    }
    co_return 0;
}

asio::awaitable<void> byte_stream::write(std::string_view bytes) {
    if (polled_) {
        boost::system::error_code error;
        co_await asio::async_write(*polled_, asio::buffer(bytes.data(), bytes.size()),
                                   asio::redirect_error(asio::use_awaitable, error));
        if (error == asio::error::operation_aborted)
            throw boost::system::system_error(error);
        if (error)
            throw std::system_error(error.value(), std::generic_category(), path_);
        co_return;
    }
    while (!bytes.empty()) {
        auto const count = ::write(descriptor_, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            throw_errno(path_);
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

void byte_stream::stop() {
    stopped_ = true;
    if (polled_)
        polled_->cancel();
}

} // namespace rulehost
