#include "delivery/rule_hours.hpp"

#include "async/blocking_call.hpp"

#include <boost/asio/strand.hpp>

#include <exception>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

namespace {

constexpr duration removal_interval = std::chrono::hours{1};
constexpr std::size_t max_hours_removed = 1000; // in a transaction

std::uint64_t grown(std::uint64_t now, std::uint64_t before) {
    return now >= before ? now - before : now;
}

} // namespace

std::vector<rule_counts> rule_count_changes::since_last(std::vector<rule_counts> const& now) const {
    static rule_counts const none;
    std::vector<rule_counts> changes;
    for (auto const& each : now) {
        auto const found = last_.find(each.rule_id);
        auto const& before = found == last_.end() || each.hits < found->second.hits ? none : found->second;
        rule_counts change;
        change.rule_id = each.rule_id;
        change.hits = grown(each.hits, before.hits);
        change.tags = grown(each.tags, before.tags);
        change.withheld = grown(each.withheld, before.withheld);
        change.measured = grown(each.measured, before.measured);
        change.cost = grown(each.cost, before.cost);
        if (change.hits > 0)
            changes.push_back(std::move(change));
    }
    return changes;
}

void rule_count_changes::take(std::vector<rule_counts> const& now) {
    std::map<std::string, rule_counts> last;
    for (auto const& each : now) {
        auto const found = last_.find(each.rule_id);
        auto before = found == last_.end() ? rule_counts() : found->second;
        // The cost of a rule that did not match is written with its next match.
        last.emplace(each.rule_id, before.hits == each.hits ? std::move(before) : each);
    }
    last_ = std::move(last);
}

rule_hours::rule_hours(asio::any_io_executor database, time_source& time, rule_hours_options options)
    : strand_(asio::make_strand(database)),
      time_(time),
      options_(std::move(options)),
      table_(std::make_shared<rule_hour_table>(parse_database_url(options_.database), options_.database_file,
                                               options_.calls)) {}

asio::awaitable<void> rule_hours::run() {
    for (;;) {
        co_await time_.pause(interval);
        co_await flush();
        co_await remove_old();
    }
}

asio::awaitable<void> rule_hours::flush() {
    while (writing_)
        co_await written_.wait();
    writing_ = true;
    struct end {
        rule_hours& of;
        ~end() {
            of.writing_ = false;
            of.written_.notify();
        }
    } const whatever_happens{*this};
    co_await write();
}

asio::awaitable<void> rule_hours::write() {
    auto const now = options_.counts();
    auto changes = changes_.since_last(now);
    if (changes.empty()) {
        changes_.take(now); // counters that restart do so from here
        co_return;
    }
    auto add = [table = table_, changes = std::move(changes), worker = options_.worker,
                at = time_.now()]() -> std::string {
        try {
            table->add(changes, worker, at);
            return {};
        } catch (std::exception const& error) {
            return error.what();
        }
    };
    auto const problem = co_await blocking_call(strand_, std::move(add));
    failures_.note(problem, options_.log);
    if (problem.empty())
        changes_.take(now);
}

asio::awaitable<void> rule_hours::remove_old() {
    if (time_.elapsed() < next_removal_)
        co_return;
    auto remove = [table = table_, end = time_.now() - keep] {
        try {
            return table->remove_before(end, max_hours_removed) == max_hours_removed;
        } catch (std::exception const&) {
            return false; // retried in an hour
        }
    };
    auto const more = co_await blocking_call(strand_, std::move(remove));
    next_removal_ = time_.elapsed() + (more ? duration::zero() : removal_interval);
}

} // namespace rulehost
