#include <rulehost/host.hpp>

#include "async/notification.hpp"
#include "delivery/tag_messages.hpp"
#include "delivery/tag_spans.hpp"
#include "delivery/tag_writer.hpp"
#include "host/broker.hpp"
#include "host/change_text.hpp"
#include "host/checked_options.hpp"
#include "host/delivery_options.hpp"
#include "host/host_inputs.hpp"
#include "host/host_outputs.hpp"
#include "host/input_pipeline.hpp"
#include "host/parallel_evaluator.hpp"
#include "host/rule_announcer.hpp"
#include "host/rule_stores.hpp"
#include "host/worker_report.hpp"
#include "sql/session/call_watch.hpp"

#include <rulehost/rule_follower.hpp>
#include <rulehost/task_group.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <map>
#include <stdexcept>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

namespace {

constexpr auto pause_between_loads = std::chrono::seconds{1};
constexpr auto length_of_last_call = std::chrono::seconds{1};

} // namespace

class host::implementation {
public:
    implementation(asio::any_io_executor executor, blocking_executors blocking, time_source& time, host_options options)
        : executor_(std::move(executor)),
          blocking_(std::move(blocking)),
          time_(time),
          options_(checked(std::move(options))),
          engine_(options_.evaluation),
          evaluator_(engine_, options_.threads, time_, options_.tag_retention, keeps_steps(options_)),
          stores_(executor_, blocking_.rules, time_, options_, calls_),
          follower_(engine_, stores_.live(), make_observer(), blocking_.compilation),
          broker_(connect_broker(executor_, options_, warn())),
          outputs_(executor_, blocking_, time_, options_, calls_),
          announcer_(
              time_, bus_, broker_ ? &broker_->about_rules : nullptr, [this] { return stores_.id(); }, warn()),
          report_(stores_.shared(), time_,
                  keeps_no_position(options_) ? worker_report::naming::shared : worker_report::naming::exclusive,
                  {[this] { return own_row(); }, warn(), [this] { changed_.notify(); }}),
          writer_(executor_, blocking_.tags, time_, writer_options()),
          hours_(make_rule_hours(options_, engine_, blocking_, time_, calls_, warn())),
          steps_(make_step_writer(options_, blocking_, time_, calls_, warn())),
          parts_{evaluator_, time_, writer_, counts_, {}, options_.progress, options_.trace, warn()},
          inputs_(executor_, time_, options_, writer_, parts_, warn()),
          tasks_(executor_) {
        parts_.permission = [this] { return until_it_may_work(); };
        parts_.withheld = [this](evaluation::withheld_hit const& hit) { announcer_.withheld(hit); };
        parts_.steps = steps_.get();
        counts_.inputs.resize(options_.inputs.size());
        embedder_.name = "embedder";
    }

    asio::awaitable<void> run() {
        std::exception_ptr problem;
        if (!stopped_) {
            try {
                tasks_.spawn("host", serve());
                tasks_.spawn("end of calls", limit_calls_at_the_end(calls_, length_of_last_call));
            } catch (...) {
                problem = std::current_exception();
                tasks_.cancel();
            }
            try {
                co_await tasks_.join();
            } catch (...) {
                if (!problem)
                    problem = std::current_exception();
            }
        }
        stopped_ = ended_ = true;
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        co_await close_connections();
        writer_.close();
        changed_.notify();
        if (problem)
            std::rethrow_exception(problem);
    }

    void stop() {
        if (std::exchange(stopped_, true))
            return;
        changed_.notify();
        if (!serving_ || !report_.may_work()) { // without its name it cannot finish the line that it holds
            tasks_.cancel();
            return;
        }
        inputs_.stop();
        tasks_.spawn("end of draining", give_up());
    }

    asio::awaitable<boost::system::result<std::vector<tag>, refusal>> evaluate(event observed) {
        while (!(ready_ && report_.may_work()) && !ended_)
            co_await changed_.wait();
        if (ended_)
            throw boost::system::system_error(asio::error::operation_aborted);
        evaluation result;
        {
            traced_span span(options_.trace, time_, "ttp.eval");
            if (is_expired(observed, time_.now(), options_.tag_retention)) {
                ++embedder_.expired;
                co_return std::vector<tag>{};
            }
            if (auto const why = engine_.evaluate(observed, time_.now(), result); why != refusal::none) {
                ++embedder_.rejected;
                co_return why;
            }
            span.note("source_kind", std::string_view(observed.source_kind));
            trace_tags(span, result.tags);
        }
        if (steps_)
            steps_->add(observed);
        ++embedder_.events;
        embedder_.withheld += result.withheld.size();
        for (auto const& hit : result.withheld)
            announcer_.withheld(hit);
        auto const durable = std::make_shared<bool>(false);
        tag_batch batch{.tags = result.tags};
        std::erase_if(result.tags, [](tag const& each) { return each.withheld_by != 0; });
        embedder_.tags += result.tags.size();
        batch.stored = [this, durable] {
            *durable = true;
            changed_.notify();
        };
        co_await writer_.enqueue(std::move(batch));
        while (!*durable && !ended_)
            co_await changed_.wait();
        if (!*durable)
            throw boost::system::system_error(asio::error::operation_aborted);
        co_return std::move(result.tags);
    }

    host_statistics statistics() const {
        auto all = counts_;
        if (embedder_.events + embedder_.rejected > 0)
            all.inputs.push_back(embedder_);
        inputs_.note_obstacles(all.inputs);
        all.ready = ready_;
        note(writer_.counts(), outputs_, all);
        all.unpublished_messages += announcer_.waiting();
        all.dropped_messages = announcer_.dropped();
        stores_.note(all);
        all.name_holder = report_.holder();
        all.stored_steps = steps_ ? steps_->stored() : 0;
        all.dropped_steps = steps_ ? steps_->dropped() : 0;
        all.live_rules = engine_.rules().size();
        return all;
    }

    /// `state` empty: clears it.
    asio::awaitable<rule_state> decide(std::string rule_id, std::optional<rule_state> state, std::string set_by,
                                       std::optional<revision> expected) {
        traced_span change(options_.trace, time_, "ttp.rule.state.change");
        change.note("rule_id", std::string_view(rule_id));
        // A write that changes nothing is never announced, so nothing would erase the entry.
        bool has_effect = change.id().is_recorded();
        if (has_effect && !state)
            has_effect = co_await stores_.live().get_state(rule_id) != rule_state();
        if (has_effect)
            deciding_[rule_id] = change.id();
        try {
            traced_span const writing(change, "ttp.store.write_state");
            if (state)
                co_return co_await stores_.live().set_state(rule_id, std::move(*state), std::move(set_by), expected);
            co_return co_await stores_.live().clear_state(rule_id, std::move(set_by), expected);
        } catch (...) {
            deciding_.erase(rule_id);
            throw;
        }
    }

    bool ready() const { return ready_; }
    bus& messages() { return bus_; }
    rule_stores& stores() { return stores_; }
    engine const& rules() const { return engine_; }

private:
    tag_writer_options writer_options() {
        auto writing = delivery_of(options_, blocking_, calls_, report_.process());
        writing.outbox = broker_ || !options_.outputs.empty();
        writing.publisher = broker_ ? &broker_->about_tags : nullptr;
        writing.outputs = outputs_.consumers();
        writing.log = warn();
        writing.stored = [this](std::vector<tag const*> const& fresh) {
            if (!bus_.has_subscribers())
                return;
            for (auto const& message : messages_about(fresh))
                bus_.publish(message.topic, message.payload);
        };
        return writing;
    }

    rule_follower::observer make_observer() {
        rule_follower::observer observer;
        observer.replaced = [this](rule_snapshot const& snapshot) {
            deciding_.clear(); // skipped changes are not announced
            counts_.quarantined_rules = snapshot.quarantine.size();
            report_.look();
            known_rules_ = snapshot.rules.size() + snapshot.quarantine.size();
            extent_ = snapshot.extent;
            if (std::exchange(announced_revision_, snapshot.revision) == snapshot.revision)
                return;
            log(snapshot.rules.empty() ? log_level::warning : log_level::information, to_text(snapshot));
        };
        observer.failed = [this](std::string const& line) { log(log_level::error, line); };
        observer.applied = [this](rule_change const& change) {
            report_.look();
            log(log_level::information, to_text(change));
            announce(change);
        };
        return observer;
    }

    void announce(rule_change const& change) {
        if (change.what() != rule_change::kind::state) {
            announcer_.changed(change);
            return;
        }
        if (auto const committed = change.state().set_at)
            counts_.propagation.record(stores_.live().expiries().at(time_.now()) -
                                       *committed); // both by the database's clock
        std::optional<traced_span> elsewhere;       // a decision of another process, or an expiry
        auto const here = deciding_.extract(change.rule_id);
        if (!here) {
            elsewhere.emplace(options_.trace, time_, "ttp.rule.state.change");
            elsewhere->note("rule_id", std::string_view(change.rule_id));
        }
        auto const above = here ? here.mapped() : elsewhere->id();
        traced_span const span(above.is_recorded() ? options_.trace : nullptr, time_, "ttp.rule.publish", above);
        announcer_.changed(change);
    }

    worker_row own_row() const {
        return {.worker = options_.worker,
                .revision = follower_.applied(stores_.shared()->position()),
                .digest = engine_.digest(),
                .rules = engine_.rules().size(),
                .quarantined = counts_.quarantined_rules,
                .stale_since = stores_.stale_since()};
    }

    /// Waits while another process runs under the name of this worker.
    asio::awaitable<void> until_it_may_work() {
        while (!report_.may_work())
            co_await changed_.wait();
    }

    /// Runs from the first rule to the last tag.
    asio::awaitable<void> serve() {
        co_await load_rules();
        ready_ = true;
        changed_.notify();
        stores_.follow(tasks_);
        tasks_.spawn("rule follower", follower_.run());
        tasks_.spawn("announcements of rules", announcer_.run());
        tasks_.spawn("report of the worker", report_.run());
        if (hours_)
            tasks_.spawn("counts of rules", hours_->run());
        if (steps_)
            steps_->spawn(tasks_);
        co_await until_it_may_work(); // the positions belong to the name
        auto const positions = co_await writer_.positions(inputs_.position_names());
        tasks_.spawn("tag writer", writer_.run());
        inputs_.open(positions, counts_.inputs);
        serving_ = true;
        co_await inputs_.run();
        while (inputs_.empty() && !stopped_)
            co_await changed_.wait();
        co_await writer_.drain();
        if (!stopped_) { // the inputs ended by themselves: perhaps no other worker or later run publishes
            tasks_.spawn("end of draining", give_up());
            co_await writer_.drain_outbox();
        }
        co_await writer_.drain_printed();
        if (steps_)
            co_await steps_->drain();
        if (hours_)
            co_await hours_->flush();
        tasks_.cancel();
    }

    /// Waits until the rules are complete; no event is evaluated before.
    asio::awaitable<void> load_rules() {
        bool before_its_master = false;
        auto const began = time_.elapsed();
        for (;;) {
            std::string problem;
            try {
                co_await stores_.synchronise();
                co_await report_.look_for_holder(); // known while the rules compile; a store that is away is not asked
            } catch (store_unavailable const& unavailable) {
                problem = unavailable.what();
            }
            try {
                co_await follower_.load();
                // Before its master's initial sync, a worker would evaluate events with a partial rule set.
                before_its_master = before_its_master || (options_.rules.empty() && engine_.revision() == 0);
                if (extent_ == rule_extent::part)
                    problem = "the first rules are being written";
                else if (before_its_master && known_rules_ == 0)
                    problem = "the store has no rules yet";
                // A database that appeared between the two calls may lack rules of the directory; a snapshot lacks none.
                else if (problem.empty() || stores_.stale_since()) {
                    counts_.awaited.clear();
                    co_return;
                }
            } catch (store_unavailable const& unavailable) {
                problem = unavailable.what();
            }
            if (auto const max = options_.max_wait_for_rules; max > duration{} && time_.elapsed() - began >= max)
                throw store_unavailable(problem + "; the rules were not complete within " + format_duration(max));
            if (counts_.awaited != problem)
                log(log_level::warning, problem + "; nothing is evaluated before the rules are complete");
            counts_.awaited = std::move(problem);
            co_await time_.pause(pause_between_loads);
        }
    }

    asio::awaitable<void> close_connections() {
        auto all = inputs_.end();
        if (broker_)
            all.emplace_back(broker_, &broker_->connection);
        for (auto const& each : all)
            each->close();
        auto const end = time_.elapsed() + length_of_last_call;
        for (auto const& each : all)
            co_await each->closed(end - time_.elapsed());
    }

    asio::awaitable<void> give_up() {
        co_await time_.pause(options_.drain);
        log(log_level::warning, "drain: time limit reached; the rest is left to the next run");
        tasks_.cancel();
    }

    std::function<void(std::string const&)> warn() {
        return [this](std::string const& line) { log(log_level::warning, line); };
    }

    void log(log_level level, std::string const& line) const {
        if (options_.log)
            options_.log(level, line);
    }

    asio::any_io_executor executor_;
    blocking_executors blocking_;
    time_source& time_;
    host_options options_;
    std::shared_ptr<call_watch> const calls_ = std::make_shared<call_watch>(); ///< of the database
    host_statistics counts_;
    input_statistics embedder_;
    std::optional<revision> announced_revision_;
    std::size_t known_rules_ = 0;             ///< live and quarantined, when all were loaded
    rule_extent extent_ = rule_extent::whole; ///< of those
    std::map<std::string, span_id> deciding_; ///< spans of decisions made here, by rule, until they are live
    bus bus_;
    engine engine_;
    parallel_evaluator evaluator_;
    rule_stores stores_;
    rule_follower follower_;
    std::shared_ptr<broker> broker_; ///< null: messages stay in this process
    host_outputs outputs_;
    rule_announcer announcer_;
    worker_report report_;
    tag_writer writer_;
    std::unique_ptr<rule_hours> hours_;  ///< null: there is no database
    std::unique_ptr<step_writer> steps_; ///< null: they are not kept
    pipeline_parts parts_;
    host_inputs inputs_;
    notification changed_; ///< `ready_`, `stopped_`, `ended_`, or an evaluation of the embedder is durable
    bool ready_ = false;
    bool serving_ = false;
    bool stopped_ = false;
    bool ended_ = false;
    task_group tasks_;
};

host::host(asio::any_io_executor executor, blocking_executors blocking, time_source& time, host_options options)
    : implementation_(
          std::make_unique<implementation>(std::move(executor), std::move(blocking), time, std::move(options))) {}

host::~host() = default;

asio::awaitable<void> host::run() {
    return implementation_->run();
}

void host::stop() {
    implementation_->stop();
}

bool host::ready() const {
    return implementation_->ready();
}

asio::awaitable<boost::system::result<std::vector<tag>, refusal>> host::evaluate(event observed) {
    return implementation_->evaluate(std::move(observed));
}

bus_subscription host::subscribe(std::string pattern, std::size_t capacity) {
    return implementation_->messages().subscribe(std::move(pattern), capacity);
}

asio::awaitable<rule_state> host::set_state(std::string rule_id, rule_state state, std::string set_by,
                                            std::optional<revision> expected) {
    return implementation_->decide(std::move(rule_id), std::move(state), std::move(set_by), expected);
}

asio::awaitable<rule_state> host::clear_state(std::string rule_id, std::string set_by,
                                              std::optional<revision> expected) {
    return implementation_->decide(std::move(rule_id), {}, std::move(set_by), expected);
}

engine const& host::rules() const {
    return implementation_->rules();
}

host_statistics host::statistics() const {
    return implementation_->statistics();
}

void host::rescan() {
    implementation_->stores().rescan();
}

} // namespace rulehost
