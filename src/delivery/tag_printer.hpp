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

/// Writes tags to a sink, one batch at a time: only `run` writes to it.
///
/// Owned by the tag writer; used on its executor.
class tag_printer {
public:
    /// Policy for a slow, stuck or broken sink.
    enum class policy {
        required,  ///< the sink is the only output: `print` returns when the tags are written, a failure ends `run`
        patient,   ///< `print` waits for room; tags that the sink fails to take are dropped
        expendable ///< `print` never waits; tags that do not fit, or fail, are dropped
    };

    /// `max_waiting` limits the queue for the sink, in units of `weight_of`; one batch always fits. `log` is called
    /// with one line when tags begin to be dropped and when they are printed again; may be empty. `time` and `sink`
    /// outlive the printer.
    tag_printer(time_source& time, tag_sink& sink, policy how, std::size_t max_waiting,
                std::function<void(std::string const&)> log);

    /// Prints copies of `tags`, as the policy says. Waits for memory if the policy does not drop tags.
    boost::asio::awaitable<void> print(std::vector<tag const*> const& tags);

    /// Writes until it is cancelled; tags left then count as dropped. Throws what a `required` sink throws.
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
    std::uint64_t written_ = 0; ///< of those, from the front
    std::uint64_t dropped_ = 0;
    bool dropping_ = false;
    notification arrived_;
    notification progress_;
};

} // namespace rulehost
