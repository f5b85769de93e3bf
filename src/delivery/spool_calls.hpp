#pragma once

#include "async/backoff.hpp"
#include "async/notification.hpp"
#include "delivery/spool.hpp"
#include "delivery/tag_queue.hpp"
#include "text/failure_log.hpp"
#include "time/steady_time.hpp"

#include <rulehost/time_source.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace rulehost {

/// A spool whose blocking calls run on another executor. A failing disk is reported once and retried. Used on one
/// executor.
class spool_calls {
public:
    /// `files`: a strand for blocking calls. `changed` is notified once it is open and after each failed attempt; `log`
    /// and `random` as in `tag_writer_options`. Every reference outlives it.
    spool_calls(boost::asio::any_io_executor files, time_source& time, notification& changed,
                std::filesystem::path directory, std::uint64_t limit, std::function<double()> random,
                std::function<void(std::string const&)> log);

    /// Opens the directory once; a second call waits for the first. Throws as `spool` does.
    boost::asio::awaitable<void> open();

    std::filesystem::path const& directory() const { return directory_; }
    std::uint64_t bytes() const { return bytes_; }

    /// The newest position of each input that was spooled before the start; cleared once that is stored.
    std::map<std::string, std::string> const& positions() const { return positions_; }
    void clear_positions() { positions_.clear(); }

    struct appended {
        bool kept = false;
        bool full = false;       ///< not stored: the spool is full
        std::uint64_t bytes = 0; ///< of the record
    };
    /// Tries once to append the rest of `group`; logs a disk failure.
    boost::asio::awaitable<appended> append(tag_group_ptr group);

    /// The oldest records as one group; null if there are none. Retries until the disk works.
    boost::asio::awaitable<tag_group_ptr> front();
    /// Removes the last `front` and returns its size in bytes. Retries as well.
    boost::asio::awaitable<std::uint64_t> pop();

private:
    /// The spool and its buffered reports. Used on the file strand.
    struct files {
        std::vector<std::string> reports;
        std::optional<spool> opened;
    };

    template <class Function>
    boost::asio::awaitable<std::invoke_result_t<Function&, spool&>> call(Function function);
    template <class Function>
    boost::asio::awaitable<std::invoke_result_t<Function&, spool&>> call_until_it_works(Function function);
    void log(std::string const& line) const;

    boost::asio::any_io_executor strand_;
    steady_time time_;
    notification& changed_;
    std::filesystem::path directory_;
    std::uint64_t limit_;
    std::function<void(std::string const&)> log_;
    std::shared_ptr<files> files_; ///< null: not open yet
    std::map<std::string, std::string> positions_;
    std::uint64_t bytes_ = 0;
    backoff pause_;
    bool opening_ = false;
    failure_log append_failures_; ///< other than lack of room
    failure_log read_failures_;
};

} // namespace rulehost
