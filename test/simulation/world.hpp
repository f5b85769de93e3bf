#pragma once

#include "sql/session/session.hpp"

#include <rulehost/time_source.hpp>
#include <rulehost/virtual_time.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost::simulation {

/// All randomness of a run: the seed determines it.
class dice {
public:
    explicit dice(std::uint64_t seed) : engine_(seed) {}

    // By hand, since distributions differ between standard libraries.
    std::uint64_t below(std::uint64_t end) { return engine_() % end; }
    double unit() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }
    bool chance(double probability) { return unit() < probability; }
    duration between(duration low, duration high) {
        return low + duration(static_cast<duration::rep>(below(static_cast<std::uint64_t>((high - low).count()) + 1)));
    }
    template <class T>
    T const& pick(std::vector<T> const& from) {
        return from[below(from.size())];
    }

private:
    std::mt19937_64 engine_;
};

/// Log of a run, line by line: two runs are equal if their hashes are.
class trace {
public:
    trace(virtual_time const& time, std::ostream* shown) : time_(time), shown_(shown) {}

    void note(std::string const& line);
    std::uint64_t hash() const { return hash_; }

private:
    virtual_time const& time_;
    std::ostream* shown_;
    std::uint64_t hash_ = 14'695'981'039'346'656'037U;
};

class oracle;

/// Shared parts of a run: time, chance, the network and the database.
struct world {
    explicit world(std::uint64_t seed, std::ostream* shown) : random(seed), log(time, shown) {}
    world(world const&) = delete;
    world& operator=(world const&) = delete;

    boost::asio::io_context loop{1};
    virtual_time time{loop};
    dice random;
    trace log;
    std::filesystem::path directory;
    std::string url;
    oracle* truth = nullptr;

    // Faults of the network on calls of the database, unless it is healthy.
    bool healthy = false;
    bool at_rest = false; ///< healthy for so long that all processes have caught up
    double loss = 0;      ///< probability of losing a request, and an answer
    double delay = 0;     ///< probability of a long delay
    duration max_delay{};
    double notified = 0; ///< share of notifications that arrive
    time_point database_down_until{};

    bool trimmed = false; ///< history was removed: streams may have been renumbered since

    void blame(std::string what) {
        log.note("VIOLATION " + what);
        violations.push_back(std::move(what));
    }
    std::vector<std::string> violations;

    /// All processes that receive notifications.
    std::vector<std::function<void()>*> listeners;
    void notify();

    /// Runs `work` to its end without moving time. An exception is a violation named `what`.
    void run(std::string const& what, boost::asio::awaitable<void> work);
};

/// The clock of one machine: wrong, and set now and then.
class machine_clock final : public time_source {
public:
    explicit machine_clock(world& in) : in_(in) {}

    void set(duration error) {
        error_ = error;
        set_at = in_.time.now();
    }
    time_point set_at{}; ///< the true time at which it was set

    time_point now() const override { return in_.time.now() + error_; }
    duration elapsed() const override { return in_.time.elapsed(); }
    /// As the system's: reads the clock at least once a second.
    boost::asio::awaitable<void> sleep_until(time_point deadline) override;
    boost::asio::awaitable<void> pause(duration length) override {
        return in_.time.sleep_until(in_.time.now() + length);
    }

private:
    world& in_;
    duration error_{};
};

/// A process's connection to the database.
class network_link {
public:
    network_link(world& in, std::string owner) : in_(in), owner_(std::move(owner)) {}

    bool dead = false;   ///< the process was killed: it sends nothing any more
    bool ending = false; ///< the process stops in order
    time_point down_until{};

    boost::asio::awaitable<void> before(std::string_view call);
    boost::asio::awaitable<void> after(std::string_view call);

private:
    /// Both throw a `database_error` of the kind `if_cut`.
    boost::asio::awaitable<void> travel(database_error::kind if_cut);
    void require_up(database_error::kind if_cut) const;

    world& in_;
    std::string owner_;
};

} // namespace rulehost::simulation
