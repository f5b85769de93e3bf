#include "simulation/nodes.hpp"

#include "simulation/decisions.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace rulehost::simulation {

namespace asio = boost::asio;
using namespace std::chrono_literals;

node::node(world& in, std::string name) : in_(in), name_(std::move(name)), clock_(in) {}

void node::start() {
    in_.log.note(name_ + " starts");
    auto const link = std::make_shared<network_link>(in_, name_);
    link_ = link;
    database_store_options options;
    options.url = in_.url;
    options.poll = 5s; // safety net in case notifications are lost
    options.database_clock = [this] { return in_.time.now(); };
    options.random = [this] { return in_.random.unit(); };
    options.log = [this](std::string const& line) { in_.log.note(name_ + " logs " + line.substr(0, line.find(':'))); };
    options.faults.before = [link](std::string_view call) { return link->before(call); };
    options.faults.after = [link](std::string_view call) { return link->after(call); };
    options.notifications = [this](std::function<void()> wake) {
        wake_ = std::move(wake);
        in_.listeners.push_back(&wake_);
    };
    adapt(options);
    auto const executor = in_.loop.get_executor();
    store_ = std::make_unique<database_rule_store>(executor, executor, clock_, std::move(options));
    tasks_ = std::make_unique<task_group>(executor);
    begin(*tasks_);
    in_.time.settle();
}

void node::stop() {
    in_.log.note(name_ + " stops");
    link_->ending = true;
    wind_up();
}

void node::kill() {
    in_.log.note(name_ + " is killed");
    link_->dead = true;
    wind_up();
}

void node::wind_up() {
    tasks_->cancel();
    in_.run(name_, tasks_->join());
    std::erase(in_.listeners, &wake_);
    tasks_.reset();
    end();
    store_.reset();
}

void node::decide(std::shared_ptr<request> const& made) {
    in_.log.note(made->by + " decides " + made->rule_id + " at " + name_);
    in_.truth->watch(made);
    tasks_->spawn(made->by, carry_out(made));
}

asio::awaitable<void> node::carry_out(std::shared_ptr<request> made) {
    made->result = request::outcome::unknown; // stays so if the process is killed
    try {
        co_await execute(*made);
        made->result = request::outcome::done;
    } catch (state_conflict const& conflict) {
        made->result = request::outcome::refused;
        if (made->expected && conflict.current.revision == *made->expected)
            in_.blame(made->by + " was refused although revision " + std::to_string(*made->expected) + " stands");
    } catch (store_unavailable const& problem) {
        auto const doubtful = std::string(problem.what()).find("is not known") != std::string::npos;
        made->result = doubtful ? request::outcome::unknown : request::outcome::not_done;
    } catch (invalid_state const&) {
        made->result = request::outcome::not_done; // the decision expired before it was stored
    }
    in_.log.note(made->by + " came to " + std::to_string(static_cast<int>(made->result)));
}

asio::awaitable<void> node::execute(request& made) {
    if (made.decided) {
        auto wanted = *made.decided;
        wanted.set_by = made.by;
        auto const stored = co_await store_->decide(std::move(wanted));
        made.acknowledged = stored.id;
    } else if (made.ending) {
        auto const ended = co_await store_->end_decision(*made.ending, made.by);
        made.acknowledged = ended ? ended->id : 0;
    } else if (made.wanted) {
        auto const stored = co_await store_->set_state(made.rule_id, *made.wanted, made.by, made.expected);
        made.acknowledged = stored.revision;
    } else {
        co_await store_->clear_state(made.rule_id, made.by, made.expected);
    }
}

namespace {

void keep(decision_map& decisions, rule_change const& change) {
    if (change.what() != rule_change::kind::decision)
        return;
    if (auto const& made = change.decided().made)
        decisions.insert_or_assign(change.decided().id, *made);
    else
        decisions.erase(change.decided().id);
}

} // namespace

worker::worker(world& in, std::string name, std::filesystem::path snapshot_file)
    : node(in, std::move(name)), snapshot_file_(std::move(snapshot_file)) {}

void worker::adapt(database_store_options& options) {
    options.snapshot_file = snapshot_file_;
    exact_ = !in_.trimmed && (snapshot_file_.empty() || !std::filesystem::exists(snapshot_file_));
}

void worker::begin(task_group& tasks) {
    engine_ = std::make_unique<engine>();
    rule_follower::observer observer;
    observer.replaced = [this](rule_snapshot const& snapshot) {
        applied_ = snapshot.revision;
        held_ = snapshot.decisions;
        in_.log.note(name() + " engine at " + std::to_string(snapshot.revision));
    };
    observer.applied = [this](rule_change const& change) {
        if (change.revision <= applied_) {
            in_.blame(name() + " applies revision " + std::to_string(change.revision) + " after " +
                      std::to_string(applied_));
        }
        applied_ = change.revision;
        keep(held_, change);
    };
    follower_ = std::make_unique<rule_follower>(*engine_, store(), std::move(observer));
    segments_.clear();
    capacity_ = in_.random.chance(0.3) ? 3 : 1024;
    slowness_ = in_.random.chance(0.3) ? 0.3 : 0;
    tasks.spawn("store", store().run());
    tasks.spawn("follower", follow());
    tasks.spawn("reader", read());
}

void worker::end() {
    for (auto const& each : segments_)
        judge_segment(each, false);
    segments_.clear();
    follower_.reset();
    engine_.reset();
}

asio::awaitable<rule_snapshot> worker::load() {
    for (;;) {
        try {
            co_return co_await store().load_compiled();
        } catch (store_unavailable const&) {
            // Nothing is known yet.
        }
        co_await clock().pause(1s);
    }
}

asio::awaitable<void> worker::follow() {
    for (bool loaded = false; !loaded;) {
        try {
            co_await follower_->load();
            loaded = true;
        } catch (store_unavailable const&) {
            // Nothing is known yet.
        }
        if (!loaded)
            co_await clock().pause(1s);
    }
    co_await follower_->run();
}

asio::awaitable<void> worker::read() {
    auto changes = store().subscribe_changes(capacity_);
    auto const first = co_await load();
    begin_segment(first);
    for (;;) {
        if (!in_.healthy && in_.random.chance(slowness_))
            co_await clock().pause(3s);
        auto const next = co_await changes.next();
        if (std::holds_alternative<subscription_ended>(next))
            co_return;
        if (auto const* const change = std::get_if<rule_change>(&next)) {
            take(*change);
            continue;
        }
        segments_.back().lagged = true;
        auto const again = co_await load();
        if (again.revision < std::get<subscription_lagged>(next).reload_from)
            in_.blame(name() + " lagged and was given an older state");
        begin_segment(again);
    }
}

void worker::begin_segment(rule_snapshot const& snapshot) {
    in_.log.note(name() + " loaded " + std::to_string(snapshot.revision));
    auto& fresh = segments_.emplace_back();
    fresh.from = snapshot.revision;
    fresh.states = snapshot.states;
    fresh.decisions = snapshot.decisions;
    for (auto const& rule : snapshot.rules)
        fresh.rules[rule->definition().rule_id] = rule->shared_definition();
}

void worker::take(rule_change const& change) {
    auto& current = segments_.back();
    if (change.revision <= current.from)
        return;
    in_.log.note(name() + " reads " + std::to_string(change.revision) + " " + shown(change));
    if (!current.seen.empty() && change.revision <= current.seen.back().revision) {
        in_.blame(name() + " reads revision " + std::to_string(change.revision) + " after " +
                  std::to_string(current.seen.back().revision));
    }
    current.seen.push_back(change);
    keep(current.decisions, change);
    if (change.what() == rule_change::kind::decision)
        return;
    if (change.what() == rule_change::kind::state) {
        current.states.erase(change.rule_id);
        if (change.state() != rule_state())
            current.states[change.rule_id] = change.state();
    } else if (change.what() == rule_change::kind::lists) {
        for (auto const& definition : change.lists().definitions)
            current.rules[definition->rule_id] = definition;
    } else if (change.definition()) {
        current.rules[change.rule_id] = change.definition();
    } else {
        current.rules.erase(change.rule_id);
    }
}

void worker::judge_segment(segment const& which, bool to_the_end) {
    if (!exact_ || in_.trimmed)
        return;
    auto expected = which.from;
    auto const next_visible = [&] {
        do {
            ++expected;
        } while (expected <= in_.truth->last() && !in_.truth->at(expected).visible);
    };
    for (auto const& change : which.seen) {
        next_visible();
        if (expected != change.revision || in_.truth->at(expected).what != shown(change)) {
            in_.blame(name() + " read " + std::to_string(change.revision) + " " + shown(change) + " instead of " +
                      std::to_string(expected));
            return;
        }
    }
    next_visible();
    if (to_the_end && expected <= in_.truth->last())
        in_.blame(name() + " never read revision " + std::to_string(expected) + " " + in_.truth->at(expected).what);
}

void worker::judge() {
    auto const expected = in_.truth->expected();
    engine reference;
    reference.replace(expected);
    if (engine_->digest() != reference.digest()) {
        in_.blame(name() + ": the engine, at revision " + std::to_string(engine_->revision()) + " of " +
                  std::to_string(expected.revision) + ", differs from the database");
    }
    if (auto const claimed = follower_->applied(store().position()); claimed != expected.revision) {
        in_.blame(name() + " says that it has revision " + std::to_string(claimed) + " instead of " +
                  std::to_string(expected.revision));
    }
    if (store().stale_since())
        in_.blame(name() + " is stale although the database is there");
    if (segments_.empty()) {
        in_.blame(name() + " never loaded");
        return;
    }
    for (auto const& each : segments_)
        judge_segment(each, !each.lagged);
    auto const& last = segments_.back();
    rule_snapshot read;
    for (auto const& [rule_id, definition] : last.rules)
        read.rules.push_back(std::make_shared<compiled_rule const>(definition, rule_state()));
    read.states = last.states;
    read.decisions = last.decisions;
    if (last.decisions != expected.decisions)
        in_.blame(name() + ": the decisions that were read are not those of the database");
    engine folded;
    folded.replace(read);
    if (folded.digest() != reference.digest())
        in_.blame(name() + ": what was read does not come to what the database holds");
}

void worker::judge_claim() {
    if (!alive() || follower_->applied(store().position()) != in_.truth->last())
        return;
    engine reference;
    reference.replace(in_.truth->expected());
    if (engine_->digest() != reference.digest())
        in_.blame(name() + " says that it has revision " + std::to_string(in_.truth->last()) + ", and has not");
}

void worker::judge_tags() {
    if (!alive())
        return;
    // A clock that was just set is detected within a second, unless it changed by next to nothing; then the database's
    // clock is read once the database is reachable.
    if (auto const wrong = store().expiries().at(clock().now()) - in_.time.now(); wrong != 0s) {
        if (std::chrono::abs(wrong) > 100ms && in_.at_rest && in_.time.now() - clock().set_at > 2s)
            in_.blame(name() + " does not know the time of the database");
        return;
    }
    event seen;
    seen.source_kind = "command";
    seen.source_id = "c1";
    seen.attacker_uuid = "a1";
    seen.payload["command_text"] = std::string(1000, 'x'); // long enough for every rule
    std::map<std::string, tag> tagged;
    auto const result = engine_->evaluate(seen, clock().now()).value();
    for (auto const& made : result.tags)
        tagged[made.rule_id] = made;
    auto const now = in_.time.now();
    for (auto const& rule : engine_->rules()) {
        auto const& definition = rule->definition();
        auto const state = effective(rule->state(), now);
        auto confidence = definition.emits.front().confidence;
        auto const clip = [&](decision_effect effect, std::optional<double> limit) {
            confidence = effect == decision_effect::disable ? 0 : std::min(confidence, limit.value_or(1));
        };
        if (state.status != rule_status::enabled) {
            clip(state.status == rule_status::disabled ? decision_effect::disable : decision_effect::clip,
                 state.confidence_max);
        }
        bool is_observed = definition.observe;
        for (auto const& [id, made] : held_) {
            if (holds(made, now) && selects(made, definition) && is_in_scope(made)) {
                is_observed = is_observed || made.effect == decision_effect::observe;
                if (made.effect != decision_effect::observe)
                    clip(made.effect, made.confidence_max);
            }
        }
        auto const made = tagged.find(definition.rule_id);
        auto const is_tagged = made != tagged.end();
        if ((is_tagged ? made->second.confidence : 0) !=
                (confidence < engine_options().confidence_floor ? 0 : confidence) ||
            (is_tagged && made->second.observe != is_observed))
            in_.blame(name() + " tags with " + definition.rule_id + " by other decisions than those that hold");
    }
}

master::master(world& in, std::string name, std::filesystem::path rules)
    : node(in, std::move(name)), rules_(std::move(rules)) {}

void master::begin(task_group& tasks) {
    filesystem_store_options options;
    options.allow_deletions = true; // the guard has its own tests
    options.directory = rules_;
    options.watch = filesystem_store_options::hints::none;
    options.rescan = 10s;
    files_ = std::make_unique<filesystem_rule_store>(in_.loop.get_executor(), clock(), std::move(options));
    rule_sync_options how;
    how.allow_deletions = true;
    how.holder = name();
    how.log = [this](std::string const& line) { in_.log.note(name() + " says " + line.substr(0, 20)); };
    sync_ = std::make_unique<sync_from_filesystem>(*files_, store(), clock(), std::move(how));
    tasks.spawn("files", files_->run());
    tasks.spawn("store", store().run());
    tasks.spawn("sync", sync_->run());
}

void master::end() {
    sync_.reset();
    files_.reset();
}

} // namespace rulehost::simulation
