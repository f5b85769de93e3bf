#pragma once

#include <rulehost/time_source.hpp>

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <map>

namespace rulehost {

/// Time that only a test advances: a four-hour expiry takes microseconds and is deterministic. Owns no thread; used
/// with one io_context on one thread. Part of the library so that embedders can test with it.
class virtual_time final : public time_source {
public:
    /// Starts at `start`; drives `loop`.
    explicit virtual_time(boost::asio::io_context& loop,
                          time_point start = time_point{std::chrono::seconds{1'767'225'600}}); // 2026-01-01T00:00Z
    ~virtual_time() override;

    time_point now() const override { return now_; }
    duration elapsed() const override { return now_.time_since_epoch(); }
    boost::asio::awaitable<void> sleep_until(time_point deadline) override;

    /// Runs the loop until nothing is ready. Time does not advance.
    void settle();

    /// Settles, then moves from deadline to deadline up to `now() + step`, settling at each: sleepers wake in the order
    /// of their deadlines and see `now()` equal to their own.
    void advance(duration step);

    /// Settles, advances to the next deadline, if there is one, and settles. False: there are no sleepers.
    bool advance_to_next();

    /// Number of sleepers: zero once every task was joined.
    std::size_t sleepers() const { return sleepers_.size(); }

private:
    struct sleeper;

    void wake_at(time_point deadline);

    boost::asio::io_context& loop_;
    time_point now_;
    std::multimap<time_point, sleeper*> sleepers_;
};

} // namespace rulehost
