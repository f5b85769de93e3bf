#pragma once

#include "cli/config_file.hpp"
#include "event/event_adapter.hpp"

#include <rulehost/engine.hpp>
#include <rulehost/filesystem_rule_store.hpp>
#include <rulehost/time_point.hpp>

#include <CLI/CLI.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace rulehost::cli {

/// Values of the command line.
struct run_flags {
    std::string config;
    std::string store;
    std::string rules;
    filesystem_store_options::hints watch = filesystem_store_options::hints::inotify;
    bool allow_deletions = false;
    std::string state_file;
    std::string worker;
    std::vector<std::string> inputs;
    std::vector<std::string> sockets;
    std::vector<std::string> streams;
    std::string publish;
    std::uint64_t outbox_limit = 0;
    duration tag_retention{};
    event_format format = event_format::detect;
    double confidence_floor = engine_options().confidence_floor;
    bool once = false;
    std::size_t threads = 1;
    std::string output = "tags";
    std::string spool;
    std::string dead_letters;
    std::string admin;
    bool admin_network = false;
    std::vector<std::string> admin_names;
    std::string traces;
    std::string log_level;
    std::string log_format;
};

/// Adds the options of `run`; the result receives their values.
std::shared_ptr<run_flags const> add_run_options(CLI::App& command);

/// The configuration file, overridden by the environment and the command line.
run_options combined(run_flags const& flags, CLI::App const& command, configuration from_file);

} // namespace rulehost::cli
