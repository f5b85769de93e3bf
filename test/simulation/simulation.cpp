#include "simulation/simulation.hpp"

#include "simulation/decisions.hpp"
#include "simulation/nodes.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <fstream>

namespace rulehost::simulation {

using namespace std::chrono_literals;

namespace {

std::vector<std::string> const rules_of_files{"F1", "F2", "F3", "F4"};
std::vector<std::string> const rules_of_clients{"H1", "H2"};
std::vector<std::string> const rules_of_operators{"F1", "F2", "F3", "H1", "X1"};

class run {
public:
    run(std::uint64_t seed, std::filesystem::path const& scratch, std::ostream* shown)
        : in_(seed, shown), rules_(scratch / "rules"), truth_(prepared(in_, scratch)) {
        in_.truth = &truth_;
        auto& random = in_.random;
        in_.loss = random.pick(std::vector<double>{0, 0.01, 0.05, 0.15});
        in_.delay = random.pick(std::vector<double>{0, 0.1, 0.5});
        in_.max_delay = random.pick(std::vector<duration>{500ms, 5s, 25s});
        in_.notified = random.pick(std::vector<double>{0, 0.5, 1});
        spoilt_share_ = random.pick(std::vector<double>{0.1, 0.3, 0.6});
        garbage_ = random.chance(0.5); // a worker that reads garbage needs the history, so a run has garbage or trims
        auto const snapshots = random.chance(0.5);
        for (auto count = 2 + random.below(2); count != 0; --count) {
            auto const name = "worker" + std::to_string(count);
            workers_.push_back(std::make_unique<worker>(
                in_, name, snapshots ? scratch / (name + ".snapshot") : std::filesystem::path()));
            nodes_.push_back(workers_.back().get());
        }
        for (auto count = 1 + random.below(2); count != 0; --count) {
            masters_.push_back(std::make_unique<master>(in_, "master" + std::to_string(count), rules_));
            nodes_.push_back(masters_.back().get());
        }
    }

    verdict result() {
        edit_list();
        for (auto* const each : nodes_) {
            set_clock(*each);
            each->start();
        }
        for (auto steps = 30 + in_.random.below(40); steps != 0 && in_.violations.empty(); --steps) {
            pass(in_.random.between(1ms, 1500ms));
            act();
            in_.time.settle();
            truth_.look();
            for (auto const& each : workers_)
                each->judge_claim();
        }
        come_to_rest(30s);
        judge();
        in_.at_rest = true;
        set_clock(*in_.random.pick(workers_));
        come_to_rest(max_expiry + 5s);
        truth_.judge_expiries();
        judge();
        for (auto* const each : nodes_)
            each->stop();
        commands_.clear();
        return {in_.log.hash(), in_.violations, truth_.last()};
    }

private:
    static world& prepared(world& in, std::filesystem::path const& scratch) {
        in.directory = scratch;
        for (auto const& entry : std::filesystem::directory_iterator(scratch))
            if (entry.path().filename() != "empty.db")
                std::filesystem::remove_all(entry.path());
        std::filesystem::copy_file(scratch / "empty.db", scratch / "swarm.db");
        std::filesystem::create_directory(scratch / "rules");
        in.url = "sqlite:" + (scratch / "swarm.db").string();
        return in;
    }

    /// The condition on the list holds for every event of a run.
    std::string good_text(std::string const& rule_id, bool with_list = false) {
        // Every text has a different length: files written within a tick of the real clock are distinguished by their
        // size.
        auto const number = std::to_string(++texts_);
        auto const condition = "{field: command_text, length: {at_least: " + number + "}}";
        return "rule_id: " + rule_id + "\nname: n" + number + "\napplies_to: [command]\nmatch: " +
            (with_list ? "{all_of: [" + condition + ", {not: {command: [{program: $tools}]}}]}" : condition) +
            "\nemits: [{technique_id: T1105, tactic: TA0011, confidence: 0.9}]\n" +
            (texts_ % 4 == 0 ? "status: observe\n#" : "#") + std::string(texts_, '.') + "\n";
    }
    std::string bad_text(std::string const& rule_id) {
        ++texts_;
        return "rule_id: " + rule_id + "\nno_such_key: " + std::string(texts_, 'x') + "\n";
    }

    void set_clock(node& of) { of.clock().set(in_.random.chance(0.5) ? in_.random.between(-30s, 30s) : 0s); }

    /// Advances time, and checks the tags just before and just after each expiry.
    void pass(duration length) {
        auto const end = in_.time.now() + length;
        for (auto next = truth_.next_expiry(in_.time.now()); next && *next <= end;
             next = truth_.next_expiry(in_.time.now())) {
            for (auto const moment : {*next - 1us, *next}) {
                in_.time.advance(std::max(moment - in_.time.now(), 0us));
                judge_tags();
            }
        }
        in_.time.advance(end - in_.time.now());
    }

    void judge_tags() {
        for (auto const& each : workers_)
            each->judge_tags();
    }

    node* any(bool alive) {
        std::vector<node*> those;
        std::ranges::copy_if(nodes_, std::back_inserter(those), [&](node* each) { return each->alive() == alive; });
        return those.empty() ? nullptr : in_.random.pick(those);
    }

    void act() {
        auto& random = in_.random;
        auto const what = random.below(100);
        if (what < 30) {
            edit_file();
        } else if (what < 65) {
            decide();
        } else if (what < 73) {
            use_client();
        } else if (what < 79) {
            if (auto* const victim = any(true))
                random.chance(0.7) ? victim->kill() : victim->stop();
        } else if (what < 87) {
            if (auto* const next = any(false)) {
                if (random.chance(0.3))
                    set_clock(*next);
                next->start();
            }
        } else if (what < 90) {
            kill_lease_holder();
        } else if (what < 95) {
            if (auto* const victim = any(true)) {
                in_.log.note(victim->name() + " is cut off");
                victim->link().down_until = in_.time.now() + random.between(1s, 25s);
            }
        } else if (what < 97) {
            in_.log.note("the database is away");
            in_.database_down_until = in_.time.now() + random.between(1s, 20s);
        } else if (what < 99) {
            if (auto* const victim = any(true)) {
                in_.log.note("the clock of " + victim->name() + " is set");
                set_clock(*victim);
            }
        } else if (!garbage_) {
            in_.log.note("history is trimmed");
            in_.trimmed = true;
            auto const keep = static_cast<std::int64_t>(random.below(4));
            truth_.sql().execute("DELETE FROM ttp_rule_change WHERE revision <= :1",
                                 {static_cast<std::int64_t>(truth_.last()) - keep});
        }
    }

    void edit_list() {
        list_ = "t" + std::to_string(++texts_);
        std::ofstream(rules_ / "lists.yaml", std::ios::binary | std::ios::trunc)
            << "lists: {tools: [" << list_ << "]}\n#" << std::string(texts_, '.') << "\n";
        in_.log.note("the list becomes " + list_);
    }

    void edit_file() {
        auto& random = in_.random;
        if (random.chance(0.2)) {
            edit_list();
            hint_masters();
            return;
        }
        auto const& rule_id = random.pick(rules_of_files);
        auto const path = rules_ / (rule_id + ".yaml");
        if (random.chance(0.2)) {
            std::filesystem::remove(path);
            files_.erase(rule_id);
            spoilt_.erase(rule_id);
            kept_.erase(rule_id);
            in_.log.note("file of " + rule_id + " is removed");
        } else {
            auto const bad = random.chance(spoilt_share_);
            auto const text = bad ? bad_text(rule_id) : good_text(rule_id, random.chance(0.5));
            std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
            if (bad) {
                spoil(rule_id);
            } else {
                files_[rule_id] = text;
                spoilt_.erase(rule_id);
                kept_.erase(rule_id);
            }
            in_.log.note("file of " + rule_id + (bad ? " is spoilt" : " is written"));
        }
        hint_masters();
    }

    void spoil(std::string const& rule_id) {
        truth_.look();
        auto const file = files_.find(rule_id);
        auto const row = truth_.texts().find(rule_id);
        if (!spoilt_.contains(rule_id) && file != files_.end() && row != truth_.texts().end() &&
            row->second == file->second)
            kept_.insert(rule_id);
        spoilt_.insert(rule_id);
    }

    void hint_masters() {
        for (auto const& each : masters_)
            if (each->alive() && in_.random.chance(0.6))
                each->hint();
    }

    void decide() {
        auto& random = in_.random;
        auto made = std::make_shared<request>();
        made->by = "op" + std::to_string(++decisions_);
        auto const about = random.below(100);
        if (about < 30) {
            made->decided = some_decision(random, in_.time.now(), made->by);
        } else if (about < 45) {
            auto const ids = truth_.ids();
            made->ending = ids.empty() || random.chance(0.1) ? random.below(truth_.last() + 2) : random.pick(ids);
        } else {
            decide_state(*made);
        }
        if (random.chance(0.5)) {
            auto* const through = any(true);
            if (through) {
                through->decide(made);
                return;
            }
        }
        auto& fresh = commands_.emplace_back(std::make_unique<command>(in_, "command" + std::to_string(decisions_)));
        fresh->start();
        fresh->decide(made);
    }

    void decide_state(request& which) {
        auto& random = in_.random;
        auto* const made = &which;
        made->rule_id = random.pick(rules_of_operators);
        auto const kind = random.below(100);
        if (kind < 70) {
            auto& wanted = made->wanted.emplace(kind < 40       ? rule_status::disabled
                                                    : kind < 60 ? rule_status::clipped
                                                                : rule_status::enabled);
            if (wanted.status == rule_status::clipped)
                wanted.confidence_max = random.unit();
            wanted.reason = "because of " + made->by;
            if (random.chance(0.55))
                wanted.expires_at = in_.time.now() + (random.chance(0.1) ? -1s : random.between(1s, max_expiry));
        }
        if (random.chance(0.4))
            made->expected = random.chance(0.7) ? truth_.standing(made->rule_id) : random.below(truth_.last() + 1);
    }

    /// A person with a plain SQL client.
    void use_client() {
        auto& random = in_.random;
        auto& sql = truth_.sql();
        auto const& rule_id = random.pick(rules_of_clients);
        auto const now = sql.dialect().time_value(in_.time.now());
        if (random.chance(0.4)) {
            edit_decisions(now);
            if (truth_.look() != 0)
                in_.notify();
            return;
        }
        switch (random.below(garbage_ ? 5 : 3)) {
        case 0:
            put_row(rule_id, good_text(rule_id));
            break;
        case 1:
            sql.execute("DELETE FROM ttp_rule WHERE rule_id = :1", {rule_id});
            break;
        case 2:
            sql.execute("DELETE FROM ttp_rule_state WHERE rule_id = :1", {rule_id});
            sql.execute("INSERT INTO ttp_rule_state (rule_id, state, reason, set_by, set_at) "
                        "VALUES (:1, 'disabled', 'by hand', 'client', :2)",
                        {rule_id, now});
            break;
        case 3:
            put_row(rule_id, bad_text(rule_id));
            break;
        case 4:
            // A damaged row keeps its previous effect, whose expiry no longer depends on the row and is not tested.
            if (!truth_.has_expiry(rule_id)) {
                sql.execute("UPDATE ttp_rule_state SET state = 'exploded', set_at = :1 WHERE rule_id = :2",
                            {now, rule_id});
            }
            break;
        }
        if (truth_.look() != 0)
            in_.notify();
    }

    void edit_decisions(std::string const& now) {
        auto& random = in_.random;
        auto& sql = truth_.sql();
        auto const& known = truth_.decisions();
        if (known.empty() || random.chance(0.4)) {
            sql.execute("INSERT INTO ttp_decision (effect, rules, reason, set_by, set_at) "
                        "VALUES ('disable', '[\"H1\", \"F*\"]', 'by hand', 'client', :1)",
                        {now});
            return;
        }
        auto const& [id, made] = *std::next(known.begin(), static_cast<std::ptrdiff_t>(random.below(known.size())));
        auto const key = static_cast<std::int64_t>(id);
        // As with states: the end of a damaged decision no longer depends on its row.
        if (garbage_ && !made.ends_at && random.chance(0.5)) {
            sql.execute("UPDATE ttp_decision SET effect = 'explode', set_at = :1 WHERE decision_id = :2", {now, key});
        } else if (random.chance(0.5)) {
            auto const begin = std::max(in_.time.now(), made.starts_at.value_or(in_.time.now()));
            sql.execute("UPDATE ttp_decision SET ends_at = :1, set_by = 'client', set_at = :2 WHERE decision_id = :3",
                        {sql.dialect().time_value(begin + random.between(1s, max_expiry)), now, key});
        } else {
            sql.execute("DELETE FROM ttp_decision WHERE decision_id = :1", {key});
        }
    }

    void put_row(std::string const& rule_id, std::string const& text) {
        auto& sql = truth_.sql();
        auto const now = sql.dialect().time_value(in_.time.now());
        if (sql.execute(
                "UPDATE ttp_rule SET yaml_content = :1, updated_at = :2, updated_by = 'client' WHERE rule_id = :3",
                {text, now, rule_id}) == 0) {
            sql.execute(
                "INSERT INTO ttp_rule (rule_id, yaml_content, updated_at, updated_by) VALUES (:1, :2, :3, 'client')",
                {rule_id, text, now});
        }
    }

    void kill_lease_holder() {
        auto const rows = truth_.sql().query("SELECT holder FROM ttp_lease WHERE name = 'sync'", 1);
        for (auto const& each : masters_)
            if (!rows.empty() && each->alive() && each->name() == rows.front()[0])
                each->kill();
    }

    /// From here on the network is healthy and all processes run.
    void come_to_rest(duration wait) {
        in_.log.note("rest");
        in_.healthy = true;
        for (auto* const each : nodes_)
            if (!each->alive())
                each->start();
        pass(wait);
        judge_tags();
        for (auto const& each : commands_)
            if (each->alive())
                each->stop();
        truth_.look();
    }

    void judge() {
        if (!in_.violations.empty())
            return;
        truth_.judge_requests();
        for (auto const& each : workers_)
            each->judge();
        auto const list = truth_.lists().find("tools");
        if (list == truth_.lists().end() || list->second.values != boost::json::array{list_})
            in_.blame("the row of the list is not its file, which says " + list_);
        for (auto const& rule_id : rules_of_files) {
            auto const file = files_.find(rule_id);
            auto const row = truth_.texts().find(rule_id);
            auto const same = file == files_.end() ? row == truth_.texts().end()
                                                   : row != truth_.texts().end() && row->second == file->second;
            // A text that was replaced by an invalid one before any master read it is lost.
            if (!same && (kept_.contains(rule_id) || !spoilt_.contains(rule_id)))
                in_.blame("the row of " + rule_id + " is not its file");
        }
    }

    world in_;
    std::filesystem::path rules_;
    oracle truth_;
    std::string list_; ///< its only value
    bool garbage_ = false;
    double spoilt_share_ = 0; ///< share of the files' texts that are invalid
    std::vector<std::unique_ptr<worker>> workers_;
    std::vector<std::unique_ptr<master>> masters_;
    std::vector<node*> nodes_;
    std::vector<std::unique_ptr<command>> commands_;
    std::map<std::string, std::string> files_; ///< last valid text of each file
    std::set<std::string> spoilt_;             ///< rules whose file is now invalid
    std::set<std::string> kept_;               ///< spoilt ones whose last valid text was stored
    std::size_t texts_ = 0;
    int decisions_ = 0;
};

} // namespace

verdict simulate(std::uint64_t seed, std::filesystem::path const& scratch, std::ostream* shown) {
    run one(seed, scratch, shown);
    return one.result();
}

} // namespace rulehost::simulation
