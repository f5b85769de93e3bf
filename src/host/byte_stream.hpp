#pragma once

#include <rulehost/time_source.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rulehost {

/// A file, pipe, terminal or socket as a stream of bytes that never blocks the loop for long: what the kernel can
/// poll is polled, what it cannot (files) is read in pieces with the loop served in between.
///
/// Used on one executor, by one coroutine at a time. Destroying it closes the descriptor, or gives a borrowed one
/// (standard input and output) back with the flags it came with.
class byte_stream {
public:
    enum class at_end {
        stop,   ///< the end of a file is the end of the stream
        follow, ///< a file is waited on for more, through truncation and rotation, as `tail -F` does
    };

    /// Opens `path` for reading; `-` is standard input. Throws std::system_error. `time` outlives the stream.
    static byte_stream reading(boost::asio::any_io_executor executor, time_source& time, std::string path, at_end end);
    /// Standard output.
    static byte_stream writing(boost::asio::any_io_executor executor, time_source& time);

    byte_stream(byte_stream&& other) noexcept;
    byte_stream& operator=(byte_stream&&) = delete;
    ~byte_stream();

    /// Waits for bytes and puts them into `buffer`; 0 at the end of the stream and once `stop` was called.
    /// Throws std::system_error when the descriptor fails.
    boost::asio::awaitable<std::size_t> read_some(std::span<char> buffer);

    /// Writes all of `bytes`. Throws std::system_error; a reader that went away is `errc::broken_pipe`.
    boost::asio::awaitable<void> write(std::string_view bytes);

    /// Ends a `read_some` that waits, and every later one. What was read stays read.
    void stop();

    std::string const& path() const { return path_; }
    /// Of a file, when it was opened: for progress.
    std::optional<std::uint64_t> size() const { return size_; }

private:
    enum class ownership { owned, borrowed };
    byte_stream(boost::asio::any_io_executor executor, time_source& time, std::string path, int descriptor,
                ownership owner, at_end end);

    boost::asio::awaitable<void> wait_for_more();
    void adopt(int descriptor);

    boost::asio::any_io_executor executor_;
    time_source& time_;
    std::string path_;
    at_end end_;
    ownership owner_;
    int descriptor_ = -1;
    int flags_ = 0;
    std::optional<boost::asio::posix::stream_descriptor> polled_; ///< empty for what the kernel cannot poll
    std::optional<std::uint64_t> size_;
    std::uint64_t offset_ = 0;
    bool draining_ = false; ///< the path names another file now; this one is read to its end first
    bool stopped_ = false;
};

} // namespace rulehost
