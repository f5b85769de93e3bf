#include "cli/service/run_flags.hpp"

#include "cli/choice_option.hpp"
#include "cli/input_options.hpp"
#include "cli/one_shot.hpp"
#include "cli/program_directory.hpp"
#include "cli/value_checks.hpp"

#include <boost/asio/ip/host_name.hpp>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>
#include <variant>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

constexpr duration max_wait_of_one_run = std::chrono::seconds{30}; ///< for the first rules

} // namespace

std::shared_ptr<run_flags const> add_run_options(CLI::App& command) {
    auto const flags = std::make_shared<run_flags>();
    command.add_option("--config", flags->config, "Configuration file; the other options override it");
    add_store_option(command, flags->store);
    command.add_option("--rules", flags->rules, "Directory of rule files; with --store they are written to the store");
    add_choice_option(
        command, "--watch", flags->watch,
        {{"inotify", filesystem_store_options::hints::inotify}, {"poll", filesystem_store_options::hints::poll}},
        "How changed rule files are noticed: inotify, or poll, once a second, where inotify is silent (NFS, bind "
        "mounts)");
    command.add_flag(
        "--allow-deletions", flags->allow_deletions,
        "Carries out deletions that look like an accident: all rules, or over ten and over a third of them");
    command.add_option("--state-file", flags->state_file, "File that keeps states across a restart without a store");
    command.add_option("--worker", flags->worker,
                       "Permanent name of this process among those of the store; default: the host's name. Of two\n"
                       "processes under one name the second waits until the first has ended");
    command.add_option("--input", flags->inputs, "Files of events, one a line; - is standard input, the default");
    command.add_option("--socket", flags->sockets, "UNIX sockets to take events on");
    command.add_option("--nats", flags->streams, "JetStream streams to take events from: nats://host:port/STREAM");
    command
        .add_option("--publish", flags->publish, "NATS server for the messages about tags and rules: nats://host:port")
        ->envname("RULEHOST_PUBLISH");
    command
        .add_option(
            "--outbox-limit", flags->outbox_limit,
            "Maximum of messages that wait for --publish; then the oldest become dead letters; default: 1000000")
        ->transform(as_number(std::uint64_t{1}, std::uint64_t{1} << 40));
    auto const take_retention = [flags](std::string const& text) {
        auto const age = parse_duration(text);
        if (!age || *age < min_tag_retention)
            throw CLI::ValidationError("--tag-retention", "takes a duration of an hour or more, such as 90d");
        flags->tag_retention = *age;
    };
    command.add_option_function<std::string>("--tag-retention", take_retention,
                                             "Age at which tags are deleted: 90d, at least 1h; default: they are kept");
    add_format_option(command, flags->format);
    add_programs_option(command);
    add_floor_option(command, flags->confidence_floor);
    command.add_flag(
        "--once", flags->once,
        "Read the files from front to end and stop, instead of following them; fails without rules for 30 s");
    command.add_option("--threads", flags->threads, "Number of threads that evaluate")
        ->transform(as_number(1, 256))
        ->capture_default_str();
    command.add_option("--output", flags->output, "Content of standard output: tags, none")
        ->check(is_one_of({"tags", "none"}))
        ->capture_default_str();
    command.add_option("--spool", flags->spool, "Directory that queues tags while the store is away");
    command.add_option("--dead-letters", flags->dead_letters,
                       "File of lines, tags and messages that could not be processed, with the reasons");
    command
        .add_option("--admin", flags->admin,
                    "HTTP endpoint for probes and Prometheus: ADDRESS:PORT; port 0 is any free one")
        ->envname("RULEHOST_ADMIN");
    command.add_flag("--admin-network", flags->admin_network, "Permits an --admin address that other machines reach");
    command.add_option("--admin-name", flags->admin_names,
                       "Permitted names of the endpoint, besides localhost and addresses");
    command.add_option("--traces", flags->traces, "OpenTelemetry collector for spans: http://host:port/path")
        ->envname("RULEHOST_TRACES");
    command
        .add_option("--log-level", flags->log_level,
                    "Minimum level of the log: debug, info, warning, error; default: info")
        ->check(is_one_of({"debug", "info", "warning", "error"}));
    command.add_option("--log-format", flags->log_format, "Format of the log: text, json; default: text")
        ->check(is_one_of({"text", "json"}));
    return flags;
}

run_options combined(run_flags const& flags, CLI::App const& command, configuration from_file) {
    auto options = std::move(from_file.options);
    auto& host = options.host;
    auto const given = [&command](char const* option) { return command.count(option) > 0; };
    if (given("--store"))
        host.store = flags.store;
    if (given("--rules"))
        host.rules = flags.rules;
    if (given("--watch"))
        host.watch = flags.watch;
    host.allow_deletions = host.allow_deletions || flags.allow_deletions;
    if (given("--state-file"))
        host.state_file = flags.state_file;
    if (given("--worker"))
        host.worker = flags.worker;
    if (given("--confidence-floor"))
        options.host.evaluation.confidence_floor = flags.confidence_floor;
    if (given("--threads"))
        host.threads = flags.threads;
    if (given("--output"))
        options.output = flags.output == "tags" ? run_options::printing::tags : run_options::printing::none;
    if (given("--spool"))
        host.spool = flags.spool;
    if (given("--dead-letters"))
        host.dead_letters = flags.dead_letters;
    if (given("--publish"))
        host.publish = flags.publish;
    if (given("--outbox-limit"))
        host.outbox_limit = flags.outbox_limit;
    if (given("--tag-retention"))
        host.tag_retention = flags.tag_retention;
    if (given("--admin"))
        options.service.admin.emplace().address = flags.admin;
    if (flags.admin_network && options.service.admin)
        options.service.admin->reachable_from = admin_options::reach::network;
    if (options.service.admin)
        std::ranges::copy(flags.admin_names, std::back_inserter(options.service.admin->names));
    if (given("--traces")) {
        auto const share = options.service.traces ? options.service.traces->sampled : 1;
        options.service.traces.emplace().url = flags.traces;
        options.service.traces->sampled = share;
    }
    options.service.version = RULEHOST_VERSION;
    if (options.service.traces) {
        options.service.traces->version = RULEHOST_VERSION;
        options.service.traces->instance = host.worker.empty() ? asio::ip::host_name() : host.worker;
    }
    if (given("--log-level"))
        options.log_level = flags.log_level;
    if (given("--log-format"))
        options.log = flags.log_format == "json" ? run_options::log_form::json : run_options::log_form::text;
    if (given("--input") || given("--socket") || given("--nats"))
        host.inputs.clear();
    for (auto const& path : flags.inputs) {
        file_input input;
        input.path = path;
        input.format = flags.format;
        host.inputs.emplace_back(std::move(input));
    }
    for (auto const& path : flags.sockets) {
        socket_input input;
        input.path = path;
        input.format = flags.format;
        host.inputs.emplace_back(std::move(input));
    }
    for (auto const& url : flags.streams) {
        nats_input input;
        input.url = url;
        input.format = flags.format;
        host.inputs.emplace_back(std::move(input));
    }
    if (host.inputs.empty()) {
        file_input standard_input;
        standard_input.format = flags.format;
        host.inputs.emplace_back(std::move(standard_input));
    }
    if (flags.once) {
        host.max_wait_for_rules = max_wait_of_one_run;
        for (auto& each : host.inputs)
            if (auto* const file = std::get_if<file_input>(&each))
                file->at_end = file_input::end::stop;
    }
    return options;
}

} // namespace rulehost::cli
