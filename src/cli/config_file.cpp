#include "cli/config_file.hpp"

#include "cli/adapter_directory.hpp"
#include "cli/config_secrets.hpp"
#include "cli/configuration_text.hpp"
#include "cli/decision_config.hpp"
#include "cli/input_options.hpp"
#include "cli/output_config.hpp"
#include "cli/program_directory.hpp"
#include "file/read_file.hpp"
#include "host/checked_options.hpp"
#include "nats/nats_url.hpp"
#include "sql/session/database_url.hpp"
#include "yaml/nearest.hpp"
#include "yaml/node_reader.hpp"
#include "yaml/yaml_document.hpp"

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace rulehost::cli {

namespace {

constexpr std::int64_t max_count = 1'000'000'000;

class configuration_reader {
public:
    explicit configuration_reader(findings& found) : found_(found), read_(found) {}

    /// Fills the options and the adapters.
    void read(yaml_node const& root, configuration& into) {
        map_reader keys(root, "the configuration", found_);
        auto& host = options_.host;
        store(keys.find("store"));
        path(keys.find("rules"), "rules", host.rules);
        watch(keys.find("watch"));
        if (auto const allow = read_.boolean(keys.find("allow_deletions"), "allow_deletions"))
            host.allow_deletions = *allow;
        path(keys.find("state_file"), "state_file", host.state_file);
        path(keys.find("snapshot_file"), "snapshot_file", host.snapshot_file);
        path(keys.find("dead_letters"), "dead_letters", host.dead_letters);
        byte_limit(keys.find("dead_letter_limit"), "dead_letter_limit", host.dead_letter_limit);
        auto const* const worker = keys.find("worker");
        if (auto const name = read_.text(worker, "worker")) {
            host.worker = *name;
            if (name->size() > max_worker_name)
                read_.invalid(*worker, "the name of a worker has 1 to " + std::to_string(max_worker_name) + " bytes");
        }
        adapters(keys.find("adapters")); // before the inputs, which name them
        programs(keys.find("programs"));
        inputs(keys.find("inputs"));
        if (auto const url = read_.text(keys.find("publish"), "publish"))
            host.publish = *url;
        if (auto const count = read_.integer(keys.find("threads"), "threads", 1, 256))
            host.threads = static_cast<std::size_t>(*count);
        if (auto const* const node = keys.find("evaluation"))
            evaluation(*node);
        if (auto const* const node = keys.find("spool"))
            spool(*node);
        if (auto const limit = read_.integer(keys.find("outbox_limit"), "outbox_limit", 1, std::int64_t{1} << 40))
            host.outbox_limit = static_cast<std::uint64_t>(*limit);
        tag_retention(keys.find("tag_retention"));
        if (auto const age = read_.span(keys.find("withheld_retention"), "withheld_retention"))
            host.withheld_retention = *age;
        if (auto const limit = read_.integer(keys.find("max_withheld"), "max_withheld", 1, std::int64_t{1} << 40))
            host.max_withheld = static_cast<std::uint64_t>(*limit);
        if (auto const age = read_.span(keys.find("step_retention"), "step_retention"))
            host.step_retention = *age;
        if (auto const limit = read_.integer(keys.find("max_steps"), "max_steps", 1, std::int64_t{1} << 40))
            host.max_steps = static_cast<std::uint64_t>(*limit);
        if (auto const* const node = keys.find("decisions")) // the rest of it binds `rulehost state`
            host.decision_notice = read_decisions(*node, found_, {}).notice;
        if (auto const limit = read_.span(keys.find_renamed("shutdown_timeout", "drain"), "shutdown_timeout"))
            host.drain = *limit;
        output(keys.find("output"));
        host.outputs = read_outputs(keys.find("outputs"), found_);
        if (auto const* const node = keys.find("admin"))
            admin(*node);
        if (auto const* const node = keys.find("traces"))
            traces(*node);
        if (auto const* const node = keys.find("log"))
            log(*node);
        keys.finish();
        into.options = std::move(options_);
        into.adapters = adapters_;
    }

private:
    void path(yaml_node const* node, std::string_view what, std::filesystem::path& into) {
        if (auto const text = read_.text(node, what))
            into = *text;
    }

    void store(yaml_node const* node) {
        auto const url = read_.text(node, "store");
        if (!url)
            return;
        try {
            parse_database_url(*url);
            options_.host.store = *url;
        } catch (std::invalid_argument const& problem) {
            read_.invalid(*node, problem.what());
        }
    }

    void watch(yaml_node const* node) {
        auto const what = read_.text(node, "watch");
        if (!what)
            return;
        if (*what == "poll")
            options_.host.watch = filesystem_store_options::hints::poll;
        else if (*what != "inotify")
            read_.invalid(*node, "'" + *what + "' is not a way to watch rules", "one of inotify, poll");
    }

    void inputs(yaml_node const* node) {
        for (auto const& each : read_.list(node, "inputs"))
            input(each);
    }

    void input(yaml_node const& node) {
        map_reader keys(node, "an input", found_);
        auto const* const file = keys.find("file");
        auto const* const socket = keys.find("socket");
        auto const* const stream = keys.find("nats");
        if (keys.is_map() && (file != nullptr) + (socket != nullptr) + (stream != nullptr) != 1)
            read_.invalid(node, "an input has one of 'file', 'socket' and 'nats'");
        auto const format = input_format(keys.find("format"));
        if (file != nullptr) {
            file_input from;
            from.format = format;
            if (auto const name = read_.text(file, "file"))
                from.path = *name;
            if (auto const follow = read_.boolean(keys.find("follow"), "follow"))
                from.at_end = *follow ? file_input::end::follow : file_input::end::stop;
            options_.host.inputs.emplace_back(std::move(from));
        } else if (socket != nullptr) {
            socket_input from;
            from.format = format;
            if (format == event_format::text)
                read_.invalid(*keys.find("format"), "a socket takes no lines of text",
                              "one that a producer sends again has no id to be known by");
            path(socket, "socket", from.path);
            permissions(keys.find("permissions"), from.permissions);
            if (auto const max = read_.integer(keys.find_renamed("max_connections", "most_connections"),
                                               "max_connections", 1, 65'536))
                from.max_connections = static_cast<std::size_t>(*max);
            options_.host.inputs.emplace_back(std::move(from));
        } else if (stream != nullptr) {
            nats_input from;
            from.format = format;
            if (auto const url = read_.text(stream, "nats"))
                from.url = *url;
            if (auto const read = parse_nats_url(from.url); !from.url.empty() && !read)
                read_.invalid(*stream, "the URL " + read.error());
            options_.host.inputs.emplace_back(std::move(from));
        }
        keys.finish();
    }

    event_format input_format(yaml_node const* node) {
        auto const name = read_.text(node, "format");
        auto const format = event_format_from(name.value_or(event_format::detect.name()), adapters_);
        if (!format) {
            auto const names = event_format_names(adapters_);
            auto const meant = nearest(*name, {names.begin(), names.end()});
            read_.invalid(*node, "'" + *name + "' is not a format",
                          meant.empty() ? "one of " + format_list(adapters_) : "did you mean '" + meant + "'?");
        }
        return format.value_or(event_format::detect);
    }

    void adapters(yaml_node const* node) {
        auto const directory = read_.text(node, "adapters");
        if (!directory)
            return;
        try {
            std::vector<diagnostic> found;
            adapters_ = read_adapter_directory(*directory, found);
            if (has_errors(found))
                read_.invalid(*node, "the adapters there have errors, the first: " + found.front().message,
                              "rulehost check --adapters " + *directory);
        } catch (std::runtime_error const& problem) {
            read_.invalid(*node, problem.what());
        }
    }

    void programs(yaml_node const* node) {
        auto const directory = read_.text(node, "programs");
        if (!directory)
            return;
        try {
            std::vector<diagnostic> found;
            options_.programs = read_program_directory(*directory, found);
            auto const first = std::ranges::find(found, severity::error, &diagnostic::level);
            if (first != found.end())
                read_.invalid(*node,
                              "the programs there have errors, the first at " + first->path + ":" +
                                  std::to_string(first->line) + ":" + std::to_string(first->column) + ": " +
                                  first->message,
                              "rulehost check --programs " + *directory);
        } catch (std::runtime_error const& problem) {
            read_.invalid(*node, problem.what());
        }
    }

    void permissions(yaml_node const* node, unsigned& into) {
        auto const text = read_.scalar_text(node, "permissions");
        if (!text)
            return;
        if (text->size() > 4 || text->empty() || text->find_first_not_of("01234567") != text->npos)
            read_.invalid(*node, "'" + *text + "' are no permissions", "octal digits such as 0660");
        else
            into = static_cast<unsigned>(std::stoul(*text, nullptr, 8));
    }

    void tag_retention(yaml_node const* node) {
        auto const age = read_.span(node, "tag_retention");
        if (!age)
            return;
        if (*age < min_tag_retention)
            read_.invalid(*node, "tags are kept for an hour at least", "left out, they are kept forever");
        options_.host.tag_retention = *age;
    }

    void evaluation(yaml_node const& node) {
        map_reader keys(node, "evaluation", found_);
        auto& into = options_.host.evaluation;
        auto const* const floor = keys.find("confidence_floor");
        if (auto const number = read_.number(floor, "confidence_floor")) {
            if (*number < 0 || *number > 1)
                read_.invalid(*floor, "a confidence is between 0 and 1");
            into.confidence_floor = *number;
        }
        count(keys.find("scan_limit"), "scan_limit", into.scan_limit);
        auto const* const budget = keys.find("event_budget");
        if (auto const time = read_.span(budget, "event_budget")) {
            if (*time < std::chrono::milliseconds{1} || *time > std::chrono::minutes{1})
                read_.invalid(*budget, "an event may take between 1ms and 1m");
            into.event_budget = *time;
        }
        count(keys.find("window_groups"), "window_groups", into.window_groups);
        count(keys.find("window_entries"), "window_entries", into.window_entries);
        keys.finish();
    }

    void spool(yaml_node const& node) {
        map_reader keys(node, "spool", found_);
        path(keys.require("directory"), "directory", options_.host.spool);
        byte_limit(keys.find("limit"), "limit", options_.host.spool_limit);
        keys.finish();
    }

    void byte_limit(yaml_node const* node, std::string_view what, std::uint64_t& into) {
        if (auto const limit = read_.integer(node, what, 1 << 20, std::int64_t{1} << 50))
            into = static_cast<std::uint64_t>(*limit);
    }

    void admin(yaml_node const& node) {
        map_reader keys(node, "admin", found_);
        auto& service = options_.service;
        auto& endpoint = service.admin.emplace();
        auto const* const address = keys.require("address");
        if (auto const network = read_.boolean(keys.find("network"), "network"); network && *network)
            endpoint.reachable_from = admin_options::reach::network;
        if (auto const text = read_.text(address, "address")) {
            endpoint.address = *text;
            try {
                admin_endpoint(endpoint);
            } catch (std::invalid_argument const& problem) {
                read_.invalid(*address, problem.what(), "network: true asks for it");
            }
        }
        for (auto const& each : read_.list(keys.find("names"), "names"))
            if (auto const name = read_.text(&each, "a name"))
                endpoint.names.push_back(*name);
        if (auto const limit = read_.span(keys.find_renamed("max_staleness", "stale_limit"), "max_staleness"))
            service.stale_limit = *limit;
        keys.finish();
    }

    void traces(yaml_node const& node) {
        map_reader keys(node, "traces", found_);
        auto& exporter = options_.service.traces.emplace();
        if (auto const url = read_.text(keys.require("url"), "url"))
            exporter.url = *url;
        auto const* const ratio = keys.find_renamed("sampling_ratio", "share");
        if (auto const number = read_.number(ratio, "sampling_ratio")) {
            if (*number < 0 || *number > 1)
                read_.invalid(*ratio, "a ratio is between 0 and 1");
            exporter.sampled = *number;
        }
        keys.finish();
    }

    void log(yaml_node const& node) {
        map_reader keys(node, "log", found_);
        auto const* const level = keys.find("level");
        if (auto const name = read_.text(level, "level")) {
            if (std::ranges::find(log_levels, *name) == log_levels.end())
                read_.invalid(*level, "'" + *name + "' is not a level", "one of debug, info, warning, error");
            options_.log_level = *name;
        }
        auto const* const format = keys.find("format");
        if (auto const name = read_.text(format, "format")) {
            if (*name != "text" && *name != "json")
                read_.invalid(*format, "'" + *name + "' is not a format of a log", "one of text, json");
            options_.log = *name == "json" ? run_options::log_form::json : run_options::log_form::text;
        }
        keys.finish();
    }

    void count(yaml_node const* node, std::string_view what, std::size_t& into) {
        if (auto const number = read_.integer(node, what, 1, max_count))
            into = static_cast<std::size_t>(*number);
    }

    void output(yaml_node const* node) {
        auto const what = read_.text(node, "output");
        if (!what)
            return;
        if (*what == "none")
            options_.output = run_options::printing::none;
        else if (*what != "tags")
            read_.invalid(*node, "'" + *what + "' is not an output", "one of tags, none");
    }

    findings& found_;
    value_reader read_;
    std::shared_ptr<adapter_table const> adapters_;
    run_options options_;
};

} // namespace

configuration read_configuration(std::string_view text, std::string const& path) {
    configuration result;
    document_text const document{text, 1};
    findings found(path, document);
    if (auto const root = parse_document(document, configuration_text, found);
        root && root->what != yaml_node::kind::null)
        configuration_reader(found).read(*root, result);
    result.findings = found.take({});
    hide_secrets(result.findings, text);
    return result;
}

configuration read_configuration_file(std::string const& path) {
    return read_configuration(read_file(path), path);
}

} // namespace rulehost::cli
