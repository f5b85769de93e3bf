#include "cli/bench/bench.hpp"
#include "cli/data_output.hpp"
#include "cli/one_shot.hpp"
#include "cli/terminal.hpp"
#include "cli/value_checks.hpp"
#include "text/number.hpp"
#include "time/monotonic_clock.hpp"

#include <rulehost/task_group.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/this_coro.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;

struct propagation_options {
    std::string store;
    std::size_t samples = 300;
};

/// The id of a rule that does not exist: its state changes on every worker and disables nothing.
std::string rule_of(pid_t measuring) {
    return "bench_propagation_" + std::to_string(measuring);
}

/// The other process: decides repeatedly, with the instant of each decision as its reason.
asio::awaitable<exit_code> write(database_rule_store& store, time_source& time, std::string rule_id,
                                 std::size_t samples) {
    for (std::size_t i = 0; i < samples; ++i) {
        // Out of step with every polling interval.
        auto const next = time.now() + 20ms + std::chrono::milliseconds(i * 7 % 17);
        co_await time.sleep_until(next);
        auto state = rule_state::disabled(std::to_string(monotonic_nanoseconds()));
        co_await store.set_state(rule_id, std::move(state), "bench");
    }
    co_await store.clear_state(rule_id, "bench");
    co_return exit_code::ok;
}

/// A child process, ended with its owner.
class child_process {
public:
    /// `body` runs in the child once `release` was called in the parent, and never returns to the caller there.
    template <class Body>
    explicit child_process(Body body) {
        int ends[2];
        if (::pipe(ends) != 0)
            throw std::system_error(errno, std::system_category(), "pipe");
        id_ = ::fork();
        if (id_ < 0)
            throw std::system_error(errno, std::system_category(), "fork");
        if (id_ == 0) {
            ::close(ends[1]);
            char go = 0;
            int status = 0; // ignored: the parent has given up
            if (::read(ends[0], &go, 1) == 1)
                status = body();
            ::_exit(status);
        }
        ::close(ends[0]);
        gate_ = ends[1];
    }
    child_process(child_process const&) = delete;
    child_process& operator=(child_process const&) = delete;
    ~child_process() { wait(); }

    void release() {
        char const go = 1;
        if (::write(gate_, &go, 1) != 1)
            throw std::system_error(errno, std::system_category(), "write");
    }

    /// Its exit code; empty while it runs.
    std::optional<int> result() {
        collect(WNOHANG);
        return id_ > 0 ? std::nullopt : std::optional(status_);
    }

    int wait() {
        if (gate_ >= 0)
            ::close(std::exchange(gate_, -1)); // a child that was not released ends at this
        while (id_ > 0)
            collect(0);
        return status_;
    }

private:
    void collect(int how) {
        int status = -1;
        if (id_ <= 0 || ::waitpid(id_, &status, how) != id_)
            return;
        id_ = -1;
        status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

    pid_t id_ = -1;
    int gate_ = -1;
    int status_ = -1;
};

/// Measures the delay of each decision of the writer.
class reading {
public:
    reading(database_rule_store& store, time_source& time, child_process& writer, std::string rule_id,
            std::size_t samples)
        : store_(store),
          time_(time),
          writer_(writer),
          rule_id_(std::move(rule_id)),
          samples_(samples),
          changes_(store.subscribe_changes()) {}

    asio::awaitable<std::vector<double>> run() {
        tasks_ = std::make_unique<task_group>(co_await asio::this_coro::executor);
        tasks_->spawn("store", store_.run());
        tasks_->spawn("changes", read());
        tasks_->spawn("writer", watch_writer());
        co_await tasks_->join();
        co_return milliseconds_;
    }

private:
    asio::awaitable<void> read() {
        co_await store_.load_compiled(); // observes every change from here on
        writer_.release();
        while (milliseconds_.size() < samples_) {
            auto const next = co_await changes_.next();
            auto const* const change = std::get_if<rule_change>(&next);
            if (!change || change->rule_id != rule_id_ || change->state() == rule_state())
                continue;
            auto const begin = parse_number<std::uint64_t>(change->state().reason).value_or(0);
            milliseconds_.push_back(static_cast<double>(monotonic_nanoseconds() - begin) / 1e6);
        }
        tasks_->cancel();
    }

    asio::awaitable<void> watch_writer() {
        for (;;) {
            co_await time_.sleep_until(time_.now() + 200ms);
            if (writer_.result().value_or(0) != 0)
                throw std::runtime_error("the writing process failed");
        }
    }

    database_rule_store& store_;
    time_source& time_;
    child_process& writer_;
    std::string rule_id_;
    std::size_t samples_;
    change_subscription changes_;
    std::vector<double> milliseconds_;
    std::unique_ptr<task_group> tasks_;
};

void print(std::vector<double> milliseconds) {
    std::ranges::sort(milliseconds);
    auto const at = [&](double share) {
        return milliseconds[static_cast<std::size_t>(share * static_cast<double>(milliseconds.size() - 1) + 0.5)];
    };
    boost::json::object record{{"samples", milliseconds.size()},
                               {"p50_ms", at(0.5)},
                               {"p90_ms", at(0.9)},
                               {"p99_ms", at(0.99)},
                               {"max_ms", milliseconds.back()}};
    data_output output;
    output.write(record);
    output.flush();
}

exit_code measure(propagation_options const& options) {
    auto const rule_id = rule_of(::getpid());
    // Forks before any loop or thread exists: they do not survive a fork.
    child_process writer([&] {
        try {
            return static_cast<int>(run_on_database(options.store, database_access::existing,
                                                    [&](database_rule_store& store, time_source& time) {
                                                        return write(store, time, rule_id, options.samples);
                                                    }));
        } catch (std::exception const& problem) {
            complain(problem.what());
            return static_cast<int>(exit_code::environment);
        }
    });
    std::vector<double> milliseconds;
    auto const result =
        run_on_database(options.store, database_access::create,
                        [&](database_rule_store& store, time_source& time) -> asio::awaitable<exit_code> {
                            reading from_other_process(store, time, writer, rule_id, options.samples);
                            milliseconds = co_await from_other_process.run();
                            co_return exit_code::ok;
                        });
    if (milliseconds.size() < options.samples) // interrupted by a signal
        return result;
    if (writer.wait() != 0)
        return exit_code::environment;
    print(std::move(milliseconds));
    return result;
}

} // namespace

void add_bench_propagation(CLI::App& bench, exit_code& result) {
    auto const options = std::make_shared<propagation_options>();
    auto* const command = bench.add_subcommand(
        "propagation", "Measure the time of a decision from one process to another, through a store");
    add_store_option(*command, options->store)->required();
    command->add_option("--samples", options->samples, "How many decisions")
        ->capture_default_str()
        ->transform(as_number(std::size_t{1}, std::size_t{1'000'000}));
    command->footer("Example: rulehost bench propagation --store sqlite:var/rulehost.db\n"
                    "From the call of set_state, the commit included, until the other process reads the change.\n"
                    "Decides about a rule that does not exist, and leaves a line of history a sample.");
    command->callback([options, &result] { result = measure(*options); });
}

} // namespace rulehost::cli
