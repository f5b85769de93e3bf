#pragma once

#include "file/file_descriptor.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rulehost {

/// A file, pipe, terminal or socket as a stream of bytes that never blocks the loop for long: descriptors that the
/// kernel can poll are polled; others (files) are read in pieces with the loop served in between.
///
/// Used on one executor, by one coroutine at a time. Destroying it closes the descriptor, or restores the flags of a
/// borrowed one (standard input and output).
class byte_stream {
public:
    /// Opens `path` for reading, without waiting for a writer of a FIFO; `-` is standard input. Throws
    /// std::system_error.
    static byte_stream reading(boost::asio::any_io_executor executor, std::string path);
    /// Standard output.
    static byte_stream writing(boost::asio::any_io_executor executor);

    byte_stream(byte_stream&& other) noexcept;
    byte_stream& operator=(byte_stream&&) = delete;
    ~byte_stream();

    /// Of a FIFO: whether a writer has opened it since it was opened here; until then `read_some` returns the end of
    /// the stream. True for everything else.
    bool has_writer();
    /// Whether `path` names the open file.
    bool is_at(std::string const& path) const;

    /// Waits for bytes and puts them into `buffer`; 0 at the end of the stream and once `stop` was called.
    /// Throws std::system_error when the descriptor fails.
    boost::asio::awaitable<std::size_t> read_some(std::span<char> buffer);

    /// Writes all of `bytes`. Throws std::system_error; a reader that went away is `errc::broken_pipe`. Cancellation
    /// ends it with `operation_aborted`, perhaps within `bytes`.
    boost::asio::awaitable<void> write(std::string_view bytes);

    /// Ends a waiting `read_some`, and every later one. Loses no bytes that were read.
    void stop();

    std::string const& path() const { return path_; }

private:
    byte_stream(boost::asio::any_io_executor executor, std::string path, int descriptor, file_descriptor owned = {});

    boost::asio::any_io_executor executor_;
    std::string path_;
    file_descriptor owned_; ///< none: the descriptor is borrowed
    int descriptor_ = -1;
    int flags_ = 0;
    std::optional<boost::asio::posix::stream_descriptor> polled_; ///< empty if the kernel cannot poll it
    bool awaits_writer_ = false;
    bool stopped_ = false;
};

} // namespace rulehost
