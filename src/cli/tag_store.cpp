#include "cli/tag_store.hpp"

#include "cli/input_options.hpp"
#include "cli/one_shot.hpp"
#include "sql/session/schema.hpp"
#include "sql/step_table.hpp"
#include "time/whole_seconds.hpp"

#include <rulehost/time_source.hpp>

#include <optional>
#include <stdexcept>
#include <utility>

namespace rulehost::cli {

bool is_writable(time_point at) {
    return parse_time(format_time(at)).has_value();
}

time_point time_given(std::string const& option, std::string const& text) {
    if (auto const ago = parse_duration(text)) {
        auto const at = system_time_source().now() - *ago;
        if (is_writable(at))
            return at;
    }
    if (!parse_time(text))
        throw std::invalid_argument(option + ": takes a time such as 2026-12-01T10:00Z or 3d (ago), not '" + text +
                                    "'");
    return zoned_time(option, text);
}

time_point past_time_given(std::string const& option, std::string const& text) {
    auto const at = time_given(option, text);
    if (auto const now = system_time_source().now(); now < at)
        throw std::invalid_argument(option + ": takes a time that has passed; now it is " + whole_seconds(now));
    return at;
}

void check_span(std::string const& since_option, std::optional<time_point> since, std::string const& until_option,
                std::optional<time_point> until) {
    if (since && until && *since >= *until)
        throw std::invalid_argument(since_option + " must be before " + until_option + ": " + whole_seconds(*since) +
                                    " is not before " + whole_seconds(*until));
}

void read_store(std::string const& url, std::size_t version, std::function<void(session&)> const& read) {
    require_existing(url);
    auto const place = parse_database_url(url);
    try {
        auto sql = open_to_read(place, version);
        read(sql);
    } catch (database_error const& error) {
        throw std::runtime_error(place.display() + ": " + error.what());
    }
}

void for_each_page(tag_query& query, tag_filter const& which,
                   std::function<bool(std::vector<stored_tag> const&)> const& take) {
    constexpr std::size_t page_size = 1000;
    std::optional<stored_tag> last;
    for (;;) {
        auto page = query.page(which, tag_query::order::oldest_first, last ? &*last : nullptr, page_size);
        if (!take(page) || page.size() < page_size)
            return;
        last = std::move(page.back());
    }
}

void for_each_step(session& sql, std::string const& session_id, std::function<bool(event_step const&)> const& take) {
    constexpr std::size_t page_size = 500;
    if (schema_version(sql) < version_with_steps)
        return;
    std::optional<stored_step> last;
    for (;;) {
        auto page = steps_of(sql, session_id, last ? &*last : nullptr, page_size);
        for (auto const& each : page)
            if (!take(each.value))
                return;
        if (page.size() < page_size)
            return;
        last = std::move(page.back());
    }
}

} // namespace rulehost::cli
