#include "host/host_service.hpp"

#include "host/systemd.hpp"
#include "observability/metrics_page.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

namespace {

constexpr duration look_until_ready = std::chrono::milliseconds{100};
constexpr duration last_attempt = std::chrono::seconds{1};
constexpr duration look_when_ready = std::chrono::seconds{5};

} // namespace

std::vector<std::string> missing_for_readiness(host_statistics const& counts, service_options const& options) {
    std::vector<std::string> missing;
    if (!counts.ready)
        missing.push_back("the rules are not complete yet" + (counts.awaited.empty() ? "" : ": " + counts.awaited));
    if (!counts.store_gone.empty())
        missing.push_back("the store is gone: " + counts.store_gone);
    if (!counts.name_holder.empty())
        missing.push_back("another process has the name of this worker: " + counts.name_holder);
    if (counts.ready && counts.live_rules == 0)
        missing.push_back("no rule is live");
    if (counts.rules_stale_since && counts.rules_stale_for > options.stale_limit)
        missing.push_back("the rules may be behind the store since " + format_time(*counts.rules_stale_since));
    if (counts.database_lost_since && counts.database_lost_for > options.spool_patience)
        missing.push_back("tags cannot be stored since " + format_time(*counts.database_lost_since));
    for (auto const& input : counts.inputs)
        if (!input.obstacle.empty())
            missing.push_back("the input " + input.name + " cannot be read: " + input.obstacle);
    return missing;
}

std::string status_line(host const& work, host_statistics const& counts) {
    auto const name = counts.name_holder.empty()
        ? std::string()
        : ", waiting for " + counts.name_holder + ", which has the name of this worker";
    if (!counts.ready)
        return "waiting for the first rules" + (counts.awaited.empty() ? "" : ": " + counts.awaited) + name;
    std::uint64_t events = 0;
    for (auto const& input : counts.inputs)
        events += input.events;
    auto line = "rules at revision " + std::to_string(work.rules().revision()) + ", " + std::to_string(events) +
        " events, " + std::to_string(counts.stored_tags) + " tags stored" + name;
    if (counts.live_rules == 0)
        line += ", no rule is live";
    if (counts.withheld_deletions > 0)
        line += ", " + std::to_string(counts.withheld_deletions) + " deletions of rules withheld";
    if (counts.quarantined_rules > 0)
        line += ", " + std::to_string(counts.quarantined_rules) + " rules quarantined";
    if (counts.refused_rules > 0)
        line += ", " + std::to_string(counts.refused_rules) + " rules refused by the database";
    if (counts.rules_stale_since)
        line += ", rules stale since " + format_time(*counts.rules_stale_since);
    if (counts.database_lost_since)
        line += ", no database since " + format_time(*counts.database_lost_since);
    for (auto const& input : counts.inputs)
        if (!input.obstacle.empty())
            line += ", " + input.name + " cannot be read: " + input.obstacle;
    return line;
}

host_service::host_service(asio::any_io_executor executor, time_source& time, service_options options)
    : executor_(std::move(executor)), time_(time), options_(std::move(options)), started_(time.now()) {
    if (options_.traces)
        tracer_ = std::make_unique<otlp_tracer>(executor_, time_, *options_.traces);
    if (!options_.admin)
        return;
    admin_pages pages;
    pages.missing_for_readiness = [this] {
        return missing_for_readiness(work_ ? work_->statistics() : host_statistics(), options_);
    };
    pages.metrics = [this] { return metrics(); };
    admin_ = std::make_unique<admin_server>(executor_, time_, *options_.admin, std::move(pages));
}

host_service::~host_service() = default;

std::optional<std::uint16_t> host_service::port() const {
    return admin_ ? std::optional(admin_->port()) : std::nullopt;
}

asio::awaitable<void> host_service::run(host const& work) {
    work_ = &work;
    task_group tasks(executor_);
    if (admin_)
        tasks.spawn("admin endpoint", admin_->run());
    if (tracer_)
        tasks.spawn("export of spans", tracer_->run());
    tasks.spawn("watchdog", answer_watchdog());
    tasks.spawn("status", report_status());
    std::exception_ptr problem;
    try {
        co_await tasks.join();
    } catch (...) {
        problem = std::current_exception();
    }
    work_ = nullptr;
    if (tracer_) {
        // The last spans get one attempt, also during a shutdown, when they are most interesting.
        co_await asio::this_coro::reset_cancellation_state();
        co_await tracer_->flush(last_attempt);
    }
    if (problem)
        std::rethrow_exception(problem);
}

asio::awaitable<void> host_service::report_status() {
    std::string last_line;
    for (;;) {
        auto line = status_line(*work_, work_->statistics());
        if (!ready_sent_ && work_->ready()) {
            ready_sent_ = true;
            notify_service_manager(service_phase::ready, line);
        } else if (line != last_line && !stopping_) {
            notify_service_manager(line);
        }
        last_line = std::move(line);
        auto const pause = ready_sent_ ? look_when_ready : look_until_ready;
        co_await time_.pause(pause);
    }
}

void host_service::reloading() {
    if (ready_sent_)
        notify_service_manager(service_phase::reloading, "rescanning rules");
}

void host_service::reloaded() {
    if (ready_sent_ && work_)
        notify_service_manager(service_phase::ready, status_line(*work_, work_->statistics()));
}

void host_service::stopping() {
    stopping_ = true;
    notify_service_manager(service_phase::stopping, "storing what was read");
}

std::string host_service::metrics() const {
    metrics_text page;
    write_build(page, options_.version, started_);
    if (work_) {
        write_engine(page, work_->rules(), time_.now());
        write_host(page, work_->statistics());
    }
    if (admin_)
        write_admin(page, admin_->counts());
    if (tracer_)
        write_tracer(page, tracer_->counts());
    return page.take();
}

} // namespace rulehost
