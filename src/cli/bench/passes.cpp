#include "cli/bench/passes.hpp"

#include "cli/bench/figures.hpp"
#include "input/batch_builder.hpp"
#include "time/monotonic_clock.hpp"

#include <rulehost/json_text.hpp>

#include <boost/json/monotonic_resource.hpp>

#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace rulehost::cli {

namespace {

constexpr double min_measurement = 0.1e9; // ns
constexpr std::size_t bytes_per_print = 64 * 1024;

} // namespace

text_to_tags::text_to_tags(sample const& all, engine const& host, event_format format)
    : sample_(all), host_(host), reader_(format) {}

void text_to_tags::run() {
    tags_ = 0;
    for (auto const& line : sample_.lines()) {
        auto const read = reader_.read(line.text, bench_time);
        if (!read)
            continue;
        for (auto const& each : *read) {
            host_.evaluate(each, bench_time, result_);
            print(result_.tags);
        }
    }
}

void text_to_tags::print(std::vector<tag> const& tags) {
    tags_ += tags.size();
    for (auto const& one : tags) {
        append_json(text_, to_json(one));
        text_ += '\n';
        if (text_.size() > bytes_per_print)
            text_.clear();
    }
}

threads_apart::threads_apart(sample const& all, rule_snapshot const& rules, std::size_t threads, event_format format)
    : team_(threads) {
    for (std::size_t i = 0; i != threads; ++i) {
        engines_.emplace_back().replace(rules);
        each_.emplace_back(all, engines_.back(), format);
    }
}

void threads_apart::run() {
    team_.run(each_.size(), [this](std::size_t number, std::size_t) { each_[number].run(); });
}

passes::passes(sample const& all, rule_snapshot const& rules, engine const& host, std::size_t threads,
               event_format format)
    : sample_(all),
      rules_(rules),
      host_(host),
      threads_(threads),
      format_(format),
      bare_(rules.rules),
      whole_(all, host, format),
      team_(host, threads, standing_),
      readers_of_threads_(make_readers()) {
    event_reader reader(format);
    std::string first_problem = "they are of kinds without events";
    auto const leave_out = [&](std::size_t& count, event_batch::line const& line, std::string_view why) {
        if (bad_lines_ + refused_ == 0)
            first_problem = "line " + std::to_string(line.number) + ": " + std::string(why);
        ++count;
    };
    for (auto const& line : all.lines()) {
        auto const read = reader.read(line.text, bench_time);
        if (!read) {
            leave_out(bad_lines_, line, read.error().reason);
            continue;
        }
        for (auto const& each : *read)
            if (auto const why = host.evaluate(each, bench_time, result_); why != refusal::none)
                leave_out(refused_, line, to_string(why));
            else
                events_.push_back(each);
    }
    if (events_.empty())
        throw std::runtime_error("no line of the sample is an event that is taken; " + first_problem);
}

void passes::whole_on_threads() {
    std::span const lines{sample_.lines()};
    for (std::size_t at = 0; at != lines.size();) {
        auto last = at;
        for (std::size_t bytes = 0; last != lines.size() && !batch_builder::is_full(last - at, bytes); ++last)
            bytes += lines[last].text.size();
        batch_.clear();
        team_.evaluate(lines.first(last), at, readers_of_threads_, batch_);
        whole_.print(batch_.tags);
        at = last;
    }
}

void passes::whole_apart() {
    if (!apart_)
        apart_ = std::make_unique<threads_apart>(sample_, rules_, threads_, format_);
    apart_->run();
}

void passes::parse() {
    for (auto const& line : sample_.lines()) {
        boost::json::monotonic_resource arena{memory_.data(), memory_.size()};
        parser_.reset(&arena);
        boost::json::error_code problem;
        parser_.write(line.text, problem);
        if (!problem)
            used_ += parser_.release().is_object();
        parser_.reset();
    }
}

void passes::scan() {
    for (auto const& each : events_)
        used_ += bare_.scan(each);
}

void passes::evaluate() {
    for (auto const& each : events_) {
        host_.evaluate(each, bench_time, result_);
        used_ += result_.tags.size();
    }
}

std::vector<parallel_evaluator::line_reader> passes::make_readers() {
    std::vector<parallel_evaluator::line_reader> made;
    for (std::size_t i = 0; i != threads_; ++i) {
        auto const reader = std::make_shared<event_reader>(format_);
        made.emplace_back(
            [reader](event_batch::line const& line, time_point arrived) { return reader->read(line.text, arrived); });
    }
    return made;
}

times measure_once(passes& all) {
    auto const of = [&](void (passes::*pass)(), clock_function clock = running_nanoseconds) {
        double spent = 0;
        std::uint64_t events = 0;
        while (spent < min_measurement) {
            spent += nanoseconds_of(clock, [&] { (all.*pass)(); });
            events += all.events().size();
        }
        return spent / static_cast<double>(events);
    };
    times t;
    t.whole = of(&passes::whole);
    if (all.threads() > 1) {
        // Alternates pass by pass: the speed of a second thread depends on the load of the machine.
        std::uint64_t events = 0;
        for (double spent = 0; spent < min_measurement; events += all.events().size()) {
            auto const once = [&](double& sum, void (passes::*pass)()) {
                sum += nanoseconds_of(monotonic_nanoseconds, [&] { (all.*pass)(); });
            };
            once(t.whole_by_the_clock, &passes::whole);
            once(t.whole_on_threads, &passes::whole_on_threads);
            once(t.whole_apart, &passes::whole_apart);
            spent = t.whole_on_threads;
        }
        for (auto* const each : {&t.whole_by_the_clock, &t.whole_on_threads, &t.whole_apart})
            *each /= static_cast<double>(events);
        t.whole_apart /= static_cast<double>(all.threads());
    }
    if (all.format() != event_format::text)
        t.parse = of(&passes::parse);
    t.evaluate = of(&passes::evaluate);
    t.scan = of(&passes::scan);
    return t;
}

} // namespace rulehost::cli
