#pragma once

#include <rulehost/blocking_executors.hpp>
#include <rulehost/bus.hpp>
#include <rulehost/engine.hpp>
#include <rulehost/event.hpp>
#include <rulehost/event_reader.hpp>
#include <rulehost/filesystem_rule_store.hpp>
#include <rulehost/host_statistics.hpp>
#include <rulehost/outputs.hpp>
#include <rulehost/rule_store.hpp>
#include <rulehost/tag.hpp>
#include <rulehost/tag_sink.hpp>
#include <rulehost/time_source.hpp>
#include <rulehost/tracer.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rulehost {

/// A file of events, one a line, or a pipe.
struct file_input {
    enum class end {
        stop,   ///< read from front to end
        follow, ///< followed through rotation, from the position of the last run
    };

    std::string path = "-"; ///< `-` is standard input
    event_format format = event_format::detect;
    end at_end = end::follow;
};

/// A UNIX stream socket that takes events from many producers and acknowledges what is stored (docs/inputs.md).
struct socket_input {
    std::filesystem::path path;
    event_format format = event_format::detect;
    unsigned permissions = 0660;
    std::size_t max_connections = 256;
};

/// A stream of NATS JetStream that all workers share: `nats://[user:password@]host[:port]/STREAM[?option=value&...]`
/// (docs/nats.md).
struct nats_input {
    std::string url;
    event_format format = event_format::detect;
};

using host_input = std::variant<file_input, socket_input, nats_input>;

enum class log_level { information, warning, error };

struct host_options {
    std::string store; ///< URL of the database that a swarm shares; empty: rules come from `rules` alone
    std::filesystem::path
        rules; ///< directory of rule files; with `store` this process is a master and writes them there
    filesystem_store_options::hints watch =
        filesystem_store_options::hints::inotify; ///< source of hints about changes of `rules`
    /// False: deletions from `rules` that look like an accident are withheld (`rule_sync_options`,
    /// `filesystem_store_options`).
    bool allow_deletions = false;
    std::filesystem::path state_file;    ///< keeps states across restarts without a `store`; empty: they are lost
    std::filesystem::path snapshot_file; ///< last known contents of `store`, for a start without it; empty: none
    std::string worker; ///< permanent name of this process among those that share `store`; empty: the host name

    std::vector<host_input> inputs;
    std::vector<output_options> outputs; ///< receivers of stored tags; none delays another
    std::string publish;     ///< `nats://[user:password@]host[:port]` for messages; empty: they stay in this process
    std::size_t threads = 1; ///< threads that evaluate; 1: the executor's own
    engine_options evaluation;

    /// Receives new tags once they are stored; null: none. With a `store` it delays nothing: tags that it does not take
    /// are dropped and counted, except where every input ends by itself (`file_input::end::stop`): then the host waits
    /// for it.
    tag_sink* printed = nullptr;
    std::filesystem::path spool;            ///< directory for tags while `store` is away; empty: none, inputs wait
    std::uint64_t spool_limit = 1ull << 30; ///< bytes
    std::filesystem::path dead_letters;     ///< NDJSON file of failed lines, tags and messages; empty: only counted
    std::uint64_t dead_letter_limit = 128ull
        << 20;                              ///< bytes of that file and the one before it; only the newest are kept
    std::uint64_t outbox_limit = 1'000'000; ///< messages that wait for `publish`; then the oldest become dead letters
    /// Age at which tags are deleted, plus an hour; zero: never. Older events are counted and not evaluated. The same
    /// on every worker of `store`.
    duration tag_retention{};
    /// Age at which tags that a decision withheld are deleted from `store`; zero: they are only counted.
    duration withheld_retention = std::chrono::hours{7 * 24};
    std::uint64_t max_withheld = 100'000; ///< withheld tags of one decision; then the oldest are deleted
    /// Age at which the texts of the events of sessions, tagged or not, are deleted from `store`; zero: none are kept.
    duration step_retention = std::chrono::hours{7 * 24};
    std::uint64_t max_steps = 1'000'000; ///< of them in the store; then the oldest are deleted
    /// How long before its end a decision of `store` is announced; zero: never.
    duration decision_notice = std::chrono::hours{1};
    /// Time limit for storing everything read after `stop`, and for publishing it at the end of the inputs. Calls to
    /// servers that do not answer are cut off at most two seconds later.
    duration drain = std::chrono::seconds{4};
    /// Time limit for the initial sync with a `store`; then `run` throws `store_unavailable`. Zero: none.
    duration max_wait_for_rules{};

    std::function<void()> progress;                         ///< called after each batch of an input; may be empty
    tracer* trace = nullptr;                                ///< outlives the host; null: nothing is traced
    std::function<void(log_level, std::string const&)> log; ///< one line each, escaped; may be empty
    std::function<void(diagnostic const&)> report; ///< called once for each new finding about a rule; may be empty
};

/// The worker: follows the rules of a store, evaluates the events of its inputs, stores the tags and publishes them.
/// With both a store and a directory of rules it is the master as well.
///
///     inputs -> evaluation -> tag writer -> bus
///
/// Its dependencies outlive it. Used on `executor` (one thread or a strand); blocking calls run on `blocking`.
class host {
public:
    /// Reads the directory of rules and connects to nothing. Throws std::invalid_argument for invalid options, and what
    /// `filesystem_rule_store` throws.
    host(boost::asio::any_io_executor executor, blocking_executors blocking, time_source& time, host_options options);
    ~host();

    /// Runs until `stop` is called or every input has ended (without inputs: until `stop`); then stores everything that
    /// was read, and publishes it if the inputs ended by themselves. Waits for a store that is away and starts from the
    /// snapshot file if there is one. Every task is joined when it returns. Throws when an input, the spool or, without
    /// a `store`, `printed` fails; lines whose tags were not stored are not acknowledged, and the next run reads them
    /// again. Cancellation ends it without draining. Call it once.
    boost::asio::awaitable<void> run();

    /// Ends `run`: stops reading and stores what was read, for up to `host_options::drain`.
    void stop();

    /// Whether the rules are complete; nothing is evaluated before that.
    bool ready() const;

    /// Evaluates, stores and publishes an event as if it came from an input; completes when the tags are durable. Waits
    /// for the rules and for room in the queue. An event older than tags are kept gives no tags. Throws
    /// `operation_aborted` if the host ends first. Cancellation ends the wait; an event that was evaluated
    /// by then may be stored all the same.
    boost::asio::awaitable<boost::system::result<std::vector<tag>, refusal>> evaluate(event observed);

    /// Subscribes to the bus of this process (docs/nats.md). On the executor.
    bus_subscription subscribe(std::string pattern, std::size_t capacity = 1024);

    /// A decision about a rule, as `rule_store::set_state` and `clear_state`.
    boost::asio::awaitable<rule_state> set_state(std::string rule_id, rule_state state, std::string set_by,
                                                 std::optional<revision> expected = {});
    boost::asio::awaitable<rule_state> clear_state(std::string rule_id, std::string set_by,
                                                   std::optional<revision> expected = {});

    /// The live rules. On the executor; `engine` says which of its members any thread may call.
    engine const& rules() const;
    /// A copy, in time linear in the numbers of rules, inputs and outputs. On the executor.
    host_statistics statistics() const;

    /// Rescans the whole directory of rules now.
    void rescan();

private:
    class implementation;
    std::unique_ptr<implementation> implementation_;
};

} // namespace rulehost
