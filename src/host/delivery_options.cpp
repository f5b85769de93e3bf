#include "host/delivery_options.hpp"

#include "async/notification.hpp"
#include "host/checked_options.hpp"
#include "sql/session/call_watch.hpp"
#include "sql/worker_table.hpp"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

namespace rulehost {

namespace {

/// The host's database for a task; the rule store has created it.
database_options database_of(host_options const& options, std::shared_ptr<call_watch> calls,
                             std::function<void(std::string const&)> log) {
    database_options where;
    where.database = options.store;
    where.database_file = database_access::existing;
    where.calls = std::move(calls);
    where.log = std::move(log);
    return where;
}

/// Whether a slow reader of the output may delay the host: every input is a file that is read to its end.
bool may_wait_for_a_slow_reader(std::vector<host_input> const& inputs) {
    return !inputs.empty() && std::ranges::all_of(inputs, [](host_input const& each) {
        auto const* const file = std::get_if<file_input>(&each);
        return file && file->at_end == file_input::end::stop;
    });
}

} // namespace

tag_writer_options delivery_of(host_options const& options, blocking_executors const& blocking,
                               std::shared_ptr<call_watch> calls, std::string const& process) {
    tag_writer_options writing{database_of(options, std::move(calls), {})};
    if (!keeps_no_position(options)) // such a run shares the name
        writing.fence = {worker_lease(options.worker), process};
    writing.printed = options.printed;
    if (may_wait_for_a_slow_reader(options.inputs))
        writing.printing = tag_printer::policy::patient;
    writing.spool = options.spool;
    writing.spool_limit = options.spool_limit;
    writing.dead_letters = options.dead_letters;
    writing.dead_letter_limit = options.dead_letter_limit;
    writing.trace = options.trace;
    writing.files = blocking.files;
    writing.outbox_limit = options.outbox_limit;
    writing.retention = options.tag_retention;
    writing.withheld_retention = options.withheld_retention;
    writing.max_withheld = options.max_withheld;
    writing.decision_notice = options.decision_notice;
    return writing;
}

void note(tag_writer::statistics const& written, host_outputs const& outputs, host_statistics& all) {
    all.stored_tags = written.stored;
    all.known_tags = written.known;
    all.dead_letters = written.dead;
    all.dropped_dead_letters = written.dead_dropped;
    all.waiting_tags = written.waiting;
    all.unprinted_tags = written.unprinted;
    all.spooled_bytes = written.spooled_bytes;
    all.unpublished_messages = written.unpublished;
    all.overflowed_messages = written.overflowed;
    all.expired_tags = written.expired;
    all.outputs = outputs.statistics(written.lost);
    all.database_lost_since = written.database_lost_since;
    all.database_lost_for = written.database_lost_for;
}

std::unique_ptr<rule_hours> make_rule_hours(host_options const& options, engine const& rules,
                                            blocking_executors const& blocking, time_source& time,
                                            std::shared_ptr<call_watch> calls,
                                            std::function<void(std::string const&)> log) {
    if (options.store.empty())
        return nullptr;
    rule_hours_options counting{database_of(options, std::move(calls), std::move(log))};
    counting.worker = options.worker;
    counting.counts = [&rules] {
        std::vector<rule_counts> all;
        for (auto const& each : rules.statistics())
            all.push_back({each.rule_id, each.matches, each.tags, each.withheld, each.measured, each.cost});
        return all;
    };
    return std::make_unique<rule_hours>(blocking.tags, time, std::move(counting));
}

bool keeps_steps(host_options const& options) {
    return !options.store.empty() && options.step_retention > duration::zero();
}

std::unique_ptr<step_writer> make_step_writer(host_options const& options, blocking_executors const& blocking,
                                              time_source& time, std::shared_ptr<call_watch> calls,
                                              std::function<void(std::string const&)> log) {
    if (!keeps_steps(options))
        return nullptr;
    step_writer_options writing{database_of(options, std::move(calls), std::move(log)), options.step_retention,
                                options.max_steps};
    return std::make_unique<step_writer>(blocking.tags, time, std::move(writing));
}

boost::asio::awaitable<void> limit_calls_at_the_end(std::shared_ptr<call_watch> calls, duration last) {
    struct shut_down {
        call_watch& calls;
        duration last;
        ~shut_down() { calls.shut_down(last); }
    } const at_the_end{*calls, last};
    notification never;
    co_await never.wait();
}

} // namespace rulehost
