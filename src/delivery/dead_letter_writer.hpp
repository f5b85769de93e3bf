#pragma once

#include "delivery/dead_letter_file.hpp"
#include "delivery/tag_queue.hpp"
#include "text/failure_log.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace rulehost {

/// Writes dead letters and counts them. If the file fails they are dropped, which delays nothing. Used on one executor.
class dead_letter_writer {
public:
    /// `files`: a strand for blocking calls. `path` empty: dead letters are only counted. `log` may be empty.
    dead_letter_writer(boost::asio::any_io_executor files, std::filesystem::path const& path, std::uint64_t limit,
                       std::function<void(std::string const&)> log);

    /// Returns when `lines` are on the disk or were dropped. `count`: number of letters.
    boost::asio::awaitable<void> write(std::string lines, std::size_t count);

    /// Writes the lines that adapters rejected.
    boost::asio::awaitable<void> write_rejected(tag_group const& group, time_point now);

    std::uint64_t count() const { return count_; }
    std::uint64_t dropped() const { return dropped_; } ///< of those

private:
    boost::asio::any_io_executor strand_;
    std::shared_ptr<dead_letter_file const> file_; ///< null: none
    std::function<void(std::string const&)> log_;
    std::uint64_t count_ = 0;
    std::uint64_t dropped_ = 0;
    failure_log failures_{{.after = "; they are dropped", .works = "dead letters are written again"}};
};

} // namespace rulehost
