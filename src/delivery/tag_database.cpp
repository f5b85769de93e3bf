#include "delivery/tag_database.hpp"

#include "delivery/ending_notices.hpp"
#include "delivery/outbox_relay.hpp"
#include "delivery/tag_messages.hpp"
#include "delivery/tag_retention.hpp"
#include "text/failure_reason.hpp"

#include <boost/asio/strand.hpp>

#include <algorithm>
#include <iterator>
#include <new>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;

constexpr duration first_database_pause = 100ms;
constexpr duration max_database_pause = 10s;
constexpr duration output_lease = 30s; // covers a page of tags at a slow receiver

} // namespace

tag_database::tag_database(asio::any_io_executor executor, asio::any_io_executor database, time_source& time,
                           dead_letter_writer& dead_letters, tag_writer_options const& options)
    : time_(time),
      dead_letters_(dead_letters),
      trace_(options.trace),
      log_(options.log),
      outage_(time),
      pause_(first_database_pause, max_database_pause, options.random) {
    auto const url = parse_database_url(options.database);
    shown_ = url.display();
    // SQLite has one writer at a time, and a waiting one may starve: they take turns instead.
    if (url.kind == database_kind::sqlite)
        database = asio::make_strand(database);
    auto about = options.outbox ? tag_table::messages_about(messages_about) : tag_table::messages_about();
    lanes_ = std::make_unique<tag_lanes>(executor, database, url, options.database_file, options.calls,
                                         std::move(about), options.fence, options.faults);
    if (options.publisher)
        add_relay(database, options,
                  {.name = "nats", .to = options.publisher, .max_messages = outbox_relay_options().page});
    for (auto const& each : options.outputs)
        add_relay(database, options, each);
    if (options.retention > duration::zero() || options.withheld_retention > duration::zero()) {
        tag_retention_options old{options, options.retention, options.withheld_retention, options.max_withheld};
        retention_ = std::make_unique<tag_retention>(database, time, std::move(old));
    }
    if (options.decision_notice > duration::zero()) {
        ending_notices_options ending{options, options.decision_notice};
        notices_ = std::make_unique<ending_notices>(database, time, std::move(ending));
    }
}

tag_database::~tag_database() = default;

void tag_database::add_relay(asio::any_io_executor database, tag_writer_options const& options,
                             outbox_consumer const& consumer) {
    outbox_relay_options relayed{options};
    relayed.limit = options.outbox_limit;
    relayed.page = consumer.max_messages;
    relayed.random = options.random;
    if (consumer.to != options.publisher) {
        relayed.consumer = consumer.name;
        relayed.lease = output_lease;
        if (options.log)
            relayed.log = [log = options.log, name = consumer.name](std::string const& line) {
                log(name + ": " + line);
            };
    }
    relayed.write_dead_letters = [this](std::vector<undeliverable_message> messages) {
        std::string lines;
        for (auto const& message : messages)
            lines += to_ndjson(message.message, message.reason, time_.now());
        return dead_letters_.write(std::move(lines), messages.size());
    };
    relays_.push_back(std::make_unique<outbox_relay>(database, time_, *consumer.to, std::move(relayed)));
}

asio::awaitable<std::vector<input_position>> tag_database::positions(std::vector<std::string> inputs) {
    for (;;) {
        std::optional<database_error> problem;
        try {
            auto known = co_await lanes_->positions(inputs);
            found();
            co_return known;
        } catch (database_error const& error) {
            problem = error;
        }
        lost(problem->what(), "no input is opened before its position is known");
        co_await time_.pause(pause_.next());
    }
}

void tag_database::spawn(task_group& tasks) {
    for (auto& each : relays_)
        tasks.spawn("outbox", each->run());
    if (retention_)
        tasks.spawn("retention of tags", retention_->run());
    if (notices_)
        tasks.spawn("ends of decisions", notices_->run());
}

asio::awaitable<void> tag_database::drain_outbox() {
    for (auto& each : relays_)
        co_await each->drain();
}

void tag_database::count(tag_statistics& counts) const {
    counts.stored = stored_;
    counts.known = known_;
    for (auto const& each : relays_) {
        counts.unpublished = std::max(counts.unpublished, each->unpublished());
        counts.overflowed += each->overflowed() + each->overflowed_of_others();
        counts.lost[each->consumer()] = each->overflowed() + each->given_up();
    }
    counts.expired = retention_ ? retention_->deleted() : 0;
    if (auto const since = outage_.since()) {
        counts.database_lost_since = since->clock;
        counts.database_lost_for = time_.elapsed() - since->elapsed;
    }
}

asio::awaitable<std::optional<duration>> tag_database::store(tag_group_ptr group, std::string meanwhile) {
    std::optional<database_error> problem;
    try {
        problem = co_await attempt(group);
    } catch (std::bad_alloc const& error) {
        problem.emplace(database_error::kind::other, failure_reason(error));
    }
    if (!problem) {
        found();
        co_return std::nullopt;
    }
    lost(problem->what(), meanwhile);
    co_return pause_.next();
}

/// Returns why the attempt failed.
asio::awaitable<std::optional<database_error>> tag_database::attempt(tag_group_ptr group) {
    traced_span span(trace_, time_, "ttp.tag.write");
    span.note("tags", static_cast<std::int64_t>(group->tags.size()));
    while (group->has_more()) {
        database_outage::call const under_way(outage_);
        auto done = co_await lanes_->store(group, group->tags, group->positions);
        stored_ += done.fresh.size();
        known_ += done.known;
        if (!done.fresh.empty())
            for (auto& each : relays_)
                each->notify();
        std::ranges::copy(done.fresh, std::back_inserter(group->fresh));
        group->tags = std::move(done.left);
        if (done.positions_are_stored)
            group->positions.clear();
        std::string refused;
        for (auto const& refusal : done.refused)
            refused += to_ndjson(*refusal.which, refusal.reason, time_.now());
        co_await dead_letters_.write(std::move(refused), done.refused.size());
        if (done.problem)
            co_return std::move(done.problem);
    }
    co_return std::nullopt;
}

void tag_database::lost(std::string const& problem, std::string const& meanwhile) {
    if (outage_.began())
        log(shown_ + ": " + problem + "; " + meanwhile);
}

void tag_database::found() {
    pause_.reset();
    if (auto const length = outage_.ended())
        log(shown_ + ": back after " + format_roughly(*length));
}

void tag_database::log(std::string const& line) const {
    if (log_)
        log_(line);
}

} // namespace rulehost
