#include "cli/state/preview.hpp"

#include "cli/one_shot.hpp"
#include "cli/state/asked_decision.hpp"
#include "cli/tag_store.hpp"
#include "cli/terminal.hpp"
#include "engine/decision_index.hpp"
#include "rule/decision_terms.hpp"
#include "sql/tag_query.hpp"
#include "text/plural.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <tuple>
#include <utility>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

constexpr std::size_t shown_of_each = 5;

struct counts {
    std::uint64_t day = 0;
    std::uint64_t week = 0;
};

/// Tags by `technique`, `attacker`, `sensor`, and in all.
class preview_counts {
public:
    explicit preview_counts(time_point now) : day_ago_(now - std::chrono::hours{24}) {}

    void add(stored_tag const& found) {
        bool const is_of_day = day_ago_ <= found.happened_at;
        auto const count = [&](std::string const& by, std::string const& value) {
            if (value.empty())
                return;
            auto& sum = sums_[by][value];
            ++sum.week;
            sum.day += is_of_day;
        };
        auto const& made = found.value;
        count("all", "tags");
        count("technique", technique_of(made));
        count("attacker", made.src_ip.empty() ? made.attacker_uuid : made.src_ip);
        count("sensor", made.decky_id);
    }

    void print(state_options const& options) const {
        data_output output;
        listing rows(output, options.form(), {"BY", "VALUE", "LAST DAY", "LAST WEEK"});
        for (auto const& by : {"all", "technique", "attacker", "sensor"}) {
            auto const found = sums_.find(by);
            if (found == sums_.end())
                continue;
            std::vector<std::pair<std::string, counts>> sorted(found->second.begin(), found->second.end());
            std::ranges::sort(sorted, [](auto const& a, auto const& b) {
                return std::tie(b.second.week, a.first) < std::tie(a.second.week, b.first);
            });
            sorted.resize(std::min(sorted.size(), shown_of_each));
            for (auto const& [value, sum] : sorted)
                rows.add({by, value, std::to_string(sum.day), std::to_string(sum.week)},
                         {{"by", by}, {"value", value}, {"day", sum.day}, {"week", sum.week}});
        }
        rows.finish();
    }

    bool empty() const { return sums_.empty(); }

private:
    time_point day_ago_;
    std::map<std::string, std::map<std::string, counts>> sums_;
};

/// Whether the effect changes the tag.
bool is_lowered(tag const& made, state_options const& options) {
    return options.effect != decision_effect::clip || made.confidence > options.confidence_max.value_or(1);
}

/// Narrows what is read where one selector allows it.
tag_filter filter_of(decision const& asked, time_point since) {
    tag_filter which;
    which.since = since;
    if (asked.rules.size() != 1)
        return which;
    auto const only = read_selector(asked.rules.front());
    if (only.by == rule_selector::kind::id)
        which.rule_id = only.text;
    else if (only.by == rule_selector::kind::technique)
        which.technique = only.text;
    return which;
}

/// The decision without the conditions that stored tags cannot tell; says which.
decision tellable(decision asked) {
    std::erase_if(asked.scope, [](std::string const& text) {
        bool const is_untold = read_scope_term(text).of == scope_term::source::payload;
        if (is_untold)
            say("stored tags do not hold what '" + text + "' asks for: without it, the counts are upper limits");
        return is_untold;
    });
    return asked;
}

} // namespace

exit_code preview(state_options const& options) {
    decision asked;
    time_point now;
    auto choose = [&](database_rule_store& store, time_source&) -> asio::awaitable<exit_code> {
        auto read = co_await read_asked_decision(store, options);
        asked = decision(decision_effect::observe, std::move(read.wanted.rules)); // whose effect a tag shows
        asked.scope = std::move(read.wanted.scope);
        now = read.now;
        co_return read.result;
    };
    auto const chosen = run_on_database(options.store, database_access::read, std::move(choose));
    if (chosen != exit_code::ok)
        return chosen;
    asked.id = 1;
    asked = tellable(std::move(asked));
    decision_index const decided({{asked.id, asked}});
    preview_counts found(now);
    read_store(options.store, version_with_times, [&](session& sql) {
        tag_query query(sql);
        progress_line progress;
        auto const which = filter_of(asked, now - std::chrono::days{7});
        std::size_t read = 0;
        for_each_page(query, which, [&](auto const& page) {
            for (auto const& each : page)
                if (about_tag(decided, each.value, now).observed && is_lowered(each.value, options))
                    found.add(each);
            read += page.size();
            progress.show(plural(read, "tag") + " read");
            return true;
        });
    });
    found.print(options);
    say(found.empty() ? "no stored tag of the last week is one of these; nothing was changed" : "nothing was changed");
    return exit_code::ok;
}

} // namespace rulehost::cli
