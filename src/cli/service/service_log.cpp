#include "cli/service/service_log.hpp"

#include "text/without_passwords.hpp"

#include <rulehost/diagnostic.hpp>
#include <rulehost/json_text.hpp>

#include <boost/json/string.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <iostream>
#include <memory>
#include <sstream>

namespace rulehost::cli {

namespace {

spdlog::level::level_enum to_spdlog(log_level level) {
    switch (level) {
    case log_level::information:
        return spdlog::level::info;
    case log_level::warning:
        return spdlog::level::warn;
    case log_level::error:
        return spdlog::level::err;
    }
    return spdlog::level::err;
}

} // namespace

service_log::service_log(run_options::log_form form, std::string const& level)
    : form_(form), log_("rulehost", std::make_shared<spdlog::sinks::stderr_color_sink_st>()) {
    auto const* const pattern =
        is_json() ? R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l","message":%v})" : "%Y-%m-%dT%H:%M:%S.%fZ %^%l%$ %v";
    log_.set_pattern(pattern, spdlog::pattern_time_type::utc);
    log_.set_level(spdlog::level::from_str(level));
}

void service_log::say(log_level level, std::string const& line) {
    auto const text = escape_for_terminal(without_passwords(line));
    log_.log(to_spdlog(level), "{}", is_json() ? json_text(boost::json::string(text)) : text);
}

void service_log::conclude(std::string const& lines) {
    if (!is_json()) {
        std::cerr << lines;
        return;
    }
    log_.set_level(spdlog::level::info);
    std::istringstream each(lines);
    for (std::string line; std::getline(each, line);)
        say(log_level::information, line);
}

} // namespace rulehost::cli
