#pragma once

#include "cli/config_file.hpp"

#include <rulehost/host.hpp>

#include <spdlog/logger.h>

#include <string>

namespace rulehost::cli {

/// The log of a service on standard error, as lines of text or JSON objects. Outside text is escaped, and passwords of
/// URLs are masked. Used by one thread.
class service_log {
public:
    /// `level` is one of `log_levels`.
    service_log(run_options::log_form form, std::string const& level);

    bool is_json() const { return form_ == run_options::log_form::json; }
    void say(log_level level, std::string const& line);
    /// The closing summary, whatever the level of the log; several lines, each ending in a line break.
    void conclude(std::string const& lines);

private:
    run_options::log_form form_;
    spdlog::logger log_;
};

} // namespace rulehost::cli
