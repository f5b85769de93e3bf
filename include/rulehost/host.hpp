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
#include <boost/assert/source_location.hpp>
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
        stop,   ///< it is read from its front to its end
        follow, ///< it is followed through rotation, from where the last run got to
    };

    std::string path = "-"; ///< `-` is standard input
    event_format format = event_format::detect;
    end at_end = end::follow;
};

/// A UNIX stream socket that takes events from many producers and tells them what is stored (README, "Inputs").
struct socket_input {
    std::filesystem::path path;
    event_format format = event_format::detect;
    unsigned permissions = 0660;
    std::size_t max_connections = 256;
};

/// A stream of NATS JetStream that all workers share: `nats://[user:password@]host[:port]/STREAM[?option=value&...]`
/// (README, "Inputs").
struct nats_input {
    std::string url;
    event_format format = event_format::detect;
};

using host_input = std::variant<file_input, socket_input, nats_input>;

enum class log_level { information, warning, error };

struct host_options {
    std::string store; ///< URL of the database that a swarm shares; empty: the rules of `rules` alone
    std::filesystem::path
        rules; ///< directory of rule files; with `store` this process is a master and brings them there
    filesystem_store_options::hints watch =
        filesystem_store_options::hints::inotify; ///< how changes of `rules` are noticed
    /// False: deletions from `rules` that look like an accident are withheld (`rule_sync_options`,
    /// `filesystem_store_options`).
    bool allow_deletions = false;
    std::filesystem::path state_file; ///< where states survive a restart when there is no `store`; empty: they do not
    std::filesystem::path snapshot_file; ///< last known contents of `store`, for a start without it; empty: none
    std::string worker; ///< names this process among those that share `store`, lastingly; empty: the host's name

    std::vector<host_input> inputs;
    std::vector<output_options> outputs; ///< where stored tags are sent; none holds up another
    std::string publish;     ///< `nats://[user:password@]host[:port]` for messages; empty: they stay in this process
    std::size_t threads = 1; ///< that evaluate; with 1 it is the executor's own
    engine_options evaluation;

    /// Is given the tags that are new, once they are stored; null: nobody. Beside a `store` it holds nothing up: what
    /// it does not take is dropped and counted, but waited for where every input ends by itself
    /// (`file_input::end::stop`).
    tag_sink* printed = nullptr;
    std::filesystem::path spool; ///< directory that takes tags while `store` is away; empty: none, inputs wait
    std::uint64_t spool_limit = 1ull << 30; ///< bytes
    std::filesystem::path dead_letters;     ///< file of what could not be read or stored, NDJSON; empty: only counted
    std::uint64_t dead_letter_limit = 128ull
        << 20;                              ///< bytes of that file and the one before it; only the newest are kept
    std::uint64_t outbox_limit = 1'000'000; ///< messages that wait for `publish`; then the oldest become dead letters
    /// How old tags get before they are deleted, with an hour to spare; zero: they are kept. Events older than that are
    /// counted and not evaluated. The same on every worker of `store`.
    duration tag_retention{};
    /// How long `stop` waits for what was read to be stored, and the end of the inputs for it to be published. Two
    /// seconds later calls of servers that do not answer have been cut off.
    duration drain = std::chrono::seconds{4};

    std::function<void()> progress;                         ///< called after each batch of an input; may be empty
    tracer* trace = nullptr;                                ///< outlives the host; null: nothing is traced
    std::function<void(log_level, std::string const&)> log; ///< one line each, escaped; may be empty
    std::function<void(diagnostic const&)> report; ///< told of each new finding about a rule once; may be empty
};

/// The worker: follows the rules of a store, evaluates the events of its inputs, stores the tags and tells listeners.
/// With both a store and a directory of rules it is the master as well.
///
///     inputs -> evaluation -> tag writer -> bus
///
/// Its dependencies are handed in and outlive it. Used on `executor` (one thread or a strand); what blocks runs on
/// `blocking`.
class host {
public:
    /// Reads the directory of rules, connects to nothing. Throws std::invalid_argument for options that cannot be, and
    /// what `filesystem_rule_store` throws.
    host(boost::asio::any_io_executor executor, blocking_executors blocking, time_source& time, host_options options);
    ~host();

    /// Works until `stop` was called, or every input has ended (without inputs: until `stop`); then everything that was
    /// read is stored, and published where the inputs ended by themselves. Waits for a store that is away, starting
    /// from the snapshot file where there is one. Whatever was started is joined when it returns. Throws when an input,
    /// the spool or, without a `store`, `printed` fails; what was not stored was not acknowledged, and is read again by
    /// the next run. Cancellation ends it without waiting for what is on its way. Call it once.
    boost::asio::awaitable<void> run();

    /// Ends `run`: no more is read, and what was read is stored, for up to `host_options::drain`.
    void stop();

    /// Whether the rules are complete: before that nothing is evaluated.
    bool ready() const;

    /// Evaluates, stores and publishes as if it had come by an input; completes when the tags are durable. Waits for
    /// the rules, and for room. Throws `operation_aborted` when the host ends before that.
    boost::asio::awaitable<boost::system::result<std::vector<tag>, refusal>> evaluate(event observed);

    /// Listens to what happens in this process (README, "Bus").
    bus_subscription subscribe(std::string pattern, std::size_t capacity = 1024);

    /// A decision about a rule, as `rule_store::set_state` and `clear_state`.
    boost::asio::awaitable<rule_state> set_state(std::string rule_id, rule_state state, std::string set_by,
                                                 std::optional<revision> expected = {});
    boost::asio::awaitable<rule_state> clear_state(std::string rule_id, std::string set_by,
                                                   std::optional<revision> expected = {});

    engine const& rules() const;
    host_statistics statistics() const;

    /// Looks at the whole directory of rules now.
    void rescan();

private:
    class implementation;
    std::unique_ptr<implementation> implementation_;
};

/// Makes `result::value()` throw std::invalid_argument for a rejected event.
[[noreturn]] void throw_exception_from_error(refusal, boost::source_location const&);

} // namespace rulehost
