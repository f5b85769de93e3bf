#pragma once

#include "async/interruptible_sleep.hpp"
#include "input/batch_builder.hpp"
#include "input/event_source.hpp"
#include "input/file_lines.hpp"
#include "time/steady_time.hpp"

#include <rulehost/time_source.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <deque>
#include <exception>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rulehost {

struct file_source_options {
    enum class end {
        stop,   ///< the end of the file is the end of the input
        follow, ///< waits for more, through rotation: renamed, truncated, copied and truncated, recreated
    };

    std::string path;
    end at_end = end::follow;
    std::string input;                           ///< key of its positions; empty: they are not stored
    std::optional<file_place> from;              ///< where an earlier run stopped; empty: the front
    std::function<void(std::string const&)> log; ///< called with one line for each loss or obstacle; may be empty
};

/// Lines of a file, followed through rotation. A file that was rotated away is read to its end first, even if that
/// happened while no process read it: it is found by inode and content, in compressed files as well, and so are those
/// that were rotated away after it. Every loss is logged: the file, the offset, and the number of bytes if known.
///
/// A followed file need not exist yet, nor be readable. Its last line is complete when it has a line break, or when the
/// file is rotated away and the next one does not begin with the rest of it. A file is watched until it was quiet for
/// `grace` after the next one was begun: a writer may switch over late.
///
/// The functions of rotation.hpp decide what to read next. Files are read in place, on the executor.
class file_source final : public event_source {
public:
    static constexpr duration grace = std::chrono::seconds{30};
    /// `event_batch::line::sequence` of lines that came after those of a later file is above this.
    static constexpr std::uint64_t late_lines = std::uint64_t{1} << 62;

    /// Throws std::system_error if the file is unreadable and is not followed.
    file_source(boost::asio::any_io_executor executor, time_source& time, file_source_options options);

    std::string const& name() const override { return options_.path; }
    boost::asio::awaitable<std::optional<event_batch>> next() override;
    void acknowledge(std::uint64_t) noexcept override {}
    boost::asio::awaitable<void> run() override;
    std::string const& obstacle() const override { return obstacle_; }
    void stop() override;

private:
    enum class step { again, wait, ended };

    /// A file that was read to its end, and another one begun after it.
    struct finished_file {
        file_place place;
        std::optional<file_lines> open; ///< empty: no longer watched
        steady_point until;             ///< end of its quiet time
    };

    /// A file that can be read, and where.
    struct opening {
        log_file file;
        std::uint64_t offset = 0;
        std::uint64_t line = 0;
    };

    /// A file was renamed since the scan: scan again.
    class rotated_meanwhile : public std::exception {};

    /// Empty if it is unreadable, with the reason in `problem`. Throws rotated_meanwhile.
    static std::optional<log_file> opened(seen_file const& which, std::string& problem);

    void hand_out();
    boost::asio::awaitable<step> try_step();
    boost::asio::awaitable<step> read_more();
    boost::asio::awaitable<step> open_first();
    boost::asio::awaitable<step> go_on_after(file_place const& done);
    boost::asio::awaitable<void> go_on_after_truncation();

    boost::asio::awaitable<std::optional<opening>> first_that_reads_like(file_place const& place,
                                                                         std::vector<seen_file> candidates);
    boost::asio::awaitable<std::optional<opening>> first_to_read(std::vector<seen_file> candidates,
                                                                 std::vector<file_place> const& known);
    boost::asio::awaitable<file_place const*> read_before(log_file& file, std::int64_t modified,
                                                          std::vector<file_place> const& known);
    boost::asio::awaitable<bool> reads_like(log_file& file, file_place const& place);

    void begin(opening which, std::uint64_t total);
    step read_late_lines();
    std::deque<finished_file> seen_again(std::vector<file_place> const& finished, std::vector<seen_file> const& seen,
                                         file_identity const& current);
    void remember(finished_file which);
    std::vector<file_place> finished_places() const;
    std::filesystem::path real_path(std::filesystem::path const& path) const;
    void log_once(std::string const& line);
    event_batch batch();

    boost::asio::any_io_executor executor_;
    steady_time time_;
    file_source_options options_;
    interruptible_sleep pause_;

    std::optional<file_lines> lines_;    ///< of the file that is read; empty: there is none yet
    std::int64_t begun_ = 0;             ///< its modification time at that moment
    std::filesystem::path where_;        ///< its path; empty: the path of the input
    std::deque<finished_file> finished_; ///< the last ones, oldest first
    batch_builder builder_;
    bool drained_ = false;  ///< the file was read to its end since it has a successor
    bool unmarked_ = false; ///< no position was returned yet, and a file rotated away now must not be lost
    bool stopped_ = false;
    std::uint64_t batches_ = 0;
    std::string obstacle_;
    std::set<std::string> logged_; ///< since the file was begun
};

} // namespace rulehost
