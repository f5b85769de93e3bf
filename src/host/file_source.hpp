#pragma once

#include "event/line_framer.hpp"
#include "host/batch_builder.hpp"
#include "host/event_source.hpp"
#include "host/log_file.hpp"
#include "time/even_time.hpp"
#include "time/interruptible_sleep.hpp"

#include <rulehost/time_source.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rulehost {

struct file_source_options {
    enum class end {
        stop,   ///< the end of the file is the end of the input
        follow, ///< it is waited on for more, through rotation: renamed, truncated, copied and truncated, made anew
    };

    std::string path;
    end at_end = end::follow;
    std::string input;                           ///< what its positions are stored under; empty: they are not
    std::optional<file_place> from;              ///< where an earlier run stopped; empty: the front
    std::function<void(std::string const&)> log; ///< told what could not be gone on with, one line each; may be empty
};

/// The lines of a file, as long as there is one of that name. A file that was rotated away is read to its end first, also
/// when that happened while nobody read it: it is looked for in its directory, by inode and content, and so are those that
/// were rotated away after it. Of a file that was truncated without a copy, what was not read is lost.
///
/// A followed file need not exist yet. Its last line is complete when it has a line break, or when the file is rotated
/// away. Files are read in place, on the executor.
class file_source final : public event_source {
public:
    /// Throws std::system_error when the file cannot be read, or is absent and not to be followed.
    file_source(boost::asio::any_io_executor executor, time_source& time, file_source_options options);

    std::string const& name() const override { return options_.path; }
    boost::asio::awaitable<std::optional<event_batch>> next() override;
    void acknowledge(std::uint64_t) noexcept override {}
    boost::asio::awaitable<void> run() override;
    void stop() override;

private:
    enum class step { again, wait, ended };

    void open_first();
    bool resume_at(file_place const& place);
    void begin(log_file file, std::uint64_t offset, std::uint64_t line);
    void begin_next(log_file file);

    step read_more();
    void go_on_after_truncation();
    std::optional<log_file> successor();
    bool was_finished(log_file const& file) const;
    void tell(std::string const& line);
    event_batch batch();

    boost::asio::any_io_executor executor_;
    even_time time_;
    file_source_options options_;
    interruptible_sleep pause_;

    std::optional<log_file> file_;
    std::uint64_t began_ = 0;         ///< offset in `file_` of what was given to `framer_` first
    std::uint64_t before_ = 0;        ///< lines of the input before `file_`
    line_framer framer_;
    batch_builder builder_;
    std::deque<file_place> finished_; ///< the last ones that were read to their ends
    bool drained_ = false;            ///< `file_` was read to its end since it has a successor
    bool truncated_ = false;          ///< `file_` begins anew once its last line was handed out
    bool unmarked_ = false;           ///< no position was handed out; a file rotated away before its first line is not to be lost
    bool stopped_ = false;
    std::uint64_t batches_ = 0;
    std::string told_;
};

} // namespace rulehost
