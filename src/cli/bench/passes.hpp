#pragma once

#include "async/thread_team.hpp"
#include "cli/bench/sample.hpp"
#include "cli/fixed_time.hpp"
#include "engine/bare_scan.hpp"
#include "host/parallel_evaluator.hpp"

#include <rulehost/engine.hpp>
#include <rulehost/event_reader.hpp>

#include <boost/json/parser.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace rulehost::cli {

/// `now` of every measurement. Windows and expiries use event time, so it can be constant.
inline constexpr time_point bench_time{std::chrono::sys_days{std::chrono::January / 1 / 2026}};

/// Text in to tags out, as `rulehost run` prints them, on the caller's thread.
class text_to_tags {
public:
    text_to_tags(sample const& all, engine const& host, event_format format);

    /// One pass over the sample.
    void run();

    void print(std::vector<tag> const& tags);

    std::size_t tags() const { return tags_; } ///< of the last pass

private:
    sample const& sample_;
    engine const& host_;
    event_reader reader_;
    evaluation result_;
    std::string text_;
    std::size_t tags_ = 0;
};

/// One per thread, sharing only the sample: the ideal speedup of this machine.
class threads_apart {
public:
    threads_apart(sample const& all, rule_snapshot const& rules, std::size_t threads, event_format format);

    /// One pass of each at the same time.
    void run();

private:
    std::deque<engine> engines_;
    std::deque<text_to_tags> each_;
    thread_team team_;
};

/// The measurements, each one pass over the sample.
class passes {
public:
    passes(sample const& all, rule_snapshot const& rules, engine const& host, std::size_t threads, event_format format);

    void whole() { whole_.run(); }

    /// The same on several threads, in batches as the inputs deliver them.
    void whole_on_threads();

    /// The same on each of several threads that share nothing.
    void whole_apart();

    /// Boost.JSON only.
    void parse();

    /// Vectorscan only.
    void scan();

    void evaluate();

    std::vector<event> const& events() const { return events_; }
    std::size_t bad_lines() const { return bad_lines_; }
    std::size_t refused() const { return refused_; }
    std::size_t tags() const { return whole_.tags(); }
    std::size_t left_out_of_scan() const { return bare_.left_out(); }
    std::size_t threads() const { return threads_; }
    event_format format() const { return format_; }
    std::size_t used() const { return used_; }

private:
    std::vector<parallel_evaluator::line_reader> make_readers();

    sample const& sample_;
    rule_snapshot const& rules_;
    engine const& host_;
    std::size_t threads_;
    event_format format_;
    bare_scan bare_;
    text_to_tags whole_;
    fixed_time standing_{bench_time};
    parallel_evaluator team_;
    std::unique_ptr<threads_apart> apart_; ///< null: not requested yet
    std::vector<parallel_evaluator::line_reader> readers_of_threads_;
    evaluated_lines batch_;
    evaluation result_;
    std::vector<event> events_;
    std::size_t bad_lines_ = 0;
    std::size_t refused_ = 0;
    std::size_t used_ = 0; ///< keeps results from being optimised away
    std::vector<unsigned char> memory_ = std::vector<unsigned char>(64 * 1024);
    boost::json::parser parser_;
};

/// Nanoseconds an event.
struct times {
    double whole = 0;
    double whole_by_the_clock = 0; ///< on one thread, for comparison with several
    double whole_on_threads = 0;
    double whole_apart = 0; ///< on as many that share nothing
    double parse = 0;
    double scan = 0;
    double evaluate = 0;
};

/// One repetition of every measurement. One thread in CPU time; several in wall time.
times measure_once(passes& all);

} // namespace rulehost::cli
