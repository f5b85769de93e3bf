#pragma once

#include "async/notification.hpp"

#include <rulehost/tag.hpp>
#include <rulehost/tag_sink.hpp>
#include <rulehost/time_source.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <string>
#include <vector>

namespace rulehost {

/// Gives tags to a sink, one batch after the other, whoever they come from: `run` is the only one who writes to it.
///
/// Owned by the tag writer; used on its executor.
class tag_printer {
public:
    /// How much a sink counts that is slow, stuck or broken.
    enum class policy {
        required,  ///< it is the only place of the tags: `print` returns when they are written, a failure ends `run`
        patient,   ///< `print` waits for room; what the sink fails to take is dropped
        expendable ///< `print` never waits; what does not fit, or the sink fails to take, is dropped
    };

    /// `max_waiting` bounds what is kept for the sink, by `weight_of`; one batch always fits. `log` is told when tags
    /// begin to be dropped and when they are printed again, one line each; may be empty. `time` and `sink` outlive the
    /// printer.
    tag_printer(time_source& time, tag_sink& sink, policy how, std::size_t max_waiting,
                std::function<void(std::string const&)> log);

    /// Prints copies of `tags`. Waits for memory where tags are not dropped.
    boost::asio::awaitable<void> print(std::vector<tag const*> const& tags);

    /// Writes until it is cancelled; what is left then counts as dropped. Throws what a `required` sink throws.
    boost::asio::awaitable<void> run();

    /// Returns when nothing waits for the sink.
    boost::asio::awaitable<void> drain();

    policy how() const { return how_; }
    std::uint64_t dropped() const { return dropped_; } ///< tags

private:
    struct batch {
        std::vector<tag> tags;
        std::size_t weight;
    };

    void finish_first();
    void drop(std::size_t count, std::string const& reason);
    void log(std::string const& line) const;

    boost::asio::awaitable<void> write_first();

    time_source& time_;
    tag_sink& sink_;
    policy how_;
    std::size_t max_waiting_;
    std::function<void(std::string const&)> log_;
    std::deque<batch> waiting_; ///< the first is being written
    std::size_t weight_ = 0;
    std::uint64_t given_ = 0;   ///< batches
    std::uint64_t written_ = 0; ///< of those, from the first on
    std::uint64_t dropped_ = 0;
    bool dropping_ = false;
    notification arrived_;
    notification progress_;
};

} // namespace rulehost
