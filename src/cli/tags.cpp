#include "cli/commands.hpp"
#include "cli/data_output.hpp"
#include "cli/one_shot.hpp"
#include "cli/rules/rule_choice.hpp"
#include "cli/tag_store.hpp"
#include "cli/tag_text.hpp"
#include "sql/tag_query.hpp"
#include "text/plural.hpp"

#include <rulehost/attack_table.hpp>
#include <rulehost/diagnostic.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/system/error_code.hpp>
#include <boost/uuid/uuid.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace rulehost::cli {

namespace {

constexpr std::size_t page_size = 1000;
constexpr std::size_t rows_of_a_table = 100;
constexpr auto look_interval = std::chrono::milliseconds{500};

struct tags_options {
    std::string store;
    std::string since;
    std::string until;
    std::string source;
    tag_filter which;
    std::optional<std::size_t> limit;
    bool follow = false;
    bool json = false;

    listing::form form() const { return listing::form_of(json); }
};

/// Prints tags as they come: rows for a person, NDJSON for a program.
class tag_output {
public:
    tag_output(listing::form form, bool endless)
        : form_(form), endless_(endless), table_(output_, form, headings_of_tags()) {}

    void add(stored_tag const& each) {
        if (form_ == listing::form::ndjson) {
            line_.clear();
            append_json(line_, each.value);
            output_.write(line_ += '\n');
        } else if (endless_) { // later widths are unknown
            output_.write(line_of(each.value, each.happened_at));
        } else {
            table_.add(cells_of(each.value, each.happened_at), {});
        }
    }
    void flush() { output_.flush(); }
    void finish() {
        if (form_ == listing::form::table && !endless_)
            table_.finish();
        flush();
    }

private:
    listing::form form_;
    bool endless_;
    data_output output_;
    listing table_;
    std::string line_;
};

/// The newest tags, oldest first.
std::vector<stored_tag> newest(tag_query& query, tag_filter const& which, std::size_t limit) {
    std::vector<stored_tag> all;
    while (all.size() < limit) {
        auto const wanted = std::min(page_size, limit - all.size());
        auto page = query.page(which, tag_query::order::newest_first, all.empty() ? nullptr : &all.back(), wanted);
        auto const is_last = page.size() < wanted;
        std::ranges::move(page, std::back_inserter(all));
        if (is_last)
            break;
    }
    std::ranges::reverse(all);
    return all;
}

void print_all(tag_query& query, tag_filter const& which, tag_output& output) {
    for_each_page(query, which, [&](auto const& page) {
        for (auto const& each : page)
            output.add(each);
        output.flush();
        return true;
    });
}

/// The id of the rule that is named by its id or its name; a hint on standard error when it has no tag. A deleted rule has
/// tags, but no name any more.
std::string rule_of_tags(session& sql, std::string const& store, std::string const& typed) {
    auto has_tags = [query = tag_query(sql)](std::string const& rule_id) mutable {
        tag_filter of_rule;
        of_rule.rule_id = rule_id;
        return !query.page(of_rule, tag_query::order::newest_first, nullptr, 1).empty();
    };
    if (has_tags(typed))
        return typed;
    rule_choice choice;
    run_on_database(store, database_access::read,
                    [&](database_rule_store& from, time_source&) -> boost::asio::awaitable<exit_code> {
                        choice = co_await choose_rule(from, typed);
                        co_return exit_code::ok;
                    });
    if (!choice.is_present || !has_tags(choice.rule_id))
        std::cerr << "rulehost: "
                  << escape_for_terminal(choice.is_present ? "rule " + choice.rule_id + " has no tag"
                                                           : choice.absence("`rulehost rules list` names them all"))
                  << '\n';
    return choice.rule_id;
}

/// Waits until SIGINT or SIGTERM comes.
class wait_for_end {
public:
    wait_for_end() : signals_(loop_, SIGINT, SIGTERM) {
        signals_.async_wait([this](boost::system::error_code const&, int) { came_ = true; });
    }

    /// True: one has come.
    template <class Length>
    bool comes_within(Length length) {
        loop_.restart();
        loop_.run_one_for(length);
        return came_;
    }

private:
    boost::asio::io_context loop_;
    boost::asio::signal_set signals_;
    bool came_ = false;
};

/// Prints tags as they are stored, until SIGINT or SIGTERM.
class tag_follower {
public:
    tag_follower(tag_query& query, tag_filter const& which, tag_output& output)
        : query_(query), which_(which), output_(output), place_(query.end_of_inserts()) {}

    void print_first(std::size_t limit) {
        for_each_inserted([&](stored_tag const& each) {
            if (each.inserted <= place_)
                known_.insert(each.value.uuid);
        });
        for (auto const& each : newest(query_, which_, limit)) {
            output_.add(each);
            known_.insert(each.value.uuid);
        }
        output_.flush();
    }

    void follow() {
        do
            look();
        while (!end_.comes_within(look_interval));
    }

private:
    void look() {
        std::set<boost::uuids::uuid> seen;
        auto place = place_;
        for_each_inserted([&](stored_tag const& each) {
            if (!known_.contains(each.value.uuid))
                output_.add(each);
            seen.insert(each.value.uuid);
            place = std::max(place, each.inserted);
        });
        output_.flush();
        place_ = place;
        known_ = std::move(seen);
    }

    template <class Function>
    void for_each_inserted(Function function) {
        std::optional<stored_tag> last;
        for (;;) {
            auto page = query_.inserted_since(place_, which_, last ? &*last : nullptr, page_size);
            std::ranges::for_each(page, function);
            if (page.size() < page_size)
                return;
            last = std::move(page.back());
        }
    }

    tag_query& query_;
    tag_filter const& which_;
    tag_output& output_;
    wait_for_end end_;
    std::int64_t place_;
    std::set<boost::uuids::uuid> known_; ///< printed already; a page may repeat them
};

void print(session& sql, tags_options const& options) {
    tag_query query(sql);
    auto const form = options.form();
    tag_output output(form, options.follow);
    if (options.follow) {
        tag_follower follower(query, options.which, output);
        follower.print_first(options.limit.value_or(10));
        return follower.follow();
    }
    if (!options.limit && form == listing::form::ndjson)
        return print_all(query, options.which, output);
    auto const limit = options.limit.value_or(rows_of_a_table);
    auto const tags = newest(query, options.which, limit);
    for (auto const& each : tags)
        output.add(each);
    output.finish();
    if (!options.limit && tags.size() == limit)
        std::cerr << "rulehost: the newest " << plural(limit, "tag") << " are shown; --limit shows more\n";
}

/// Throws std::invalid_argument for a malformed id of a technique. Prints a hint for an unknown id, which an
/// older tag may have.
void check_technique(std::string const& typed) {
    auto const& attack = attack_table::enterprise();
    if (attack.find_technique(typed))
        return;
    auto meant = attack.named(typed);
    std::erase_if(meant, [](std::string const& id) { return id.starts_with("TA"); });
    auto const is_id =
        typed.size() > 1 && typed.front() == 'T' && typed.find_first_not_of("0123456789.", 1) == typed.npos;
    if (meant.empty() && (is_id || typed.starts_with('t')))
        meant = attack.similar(typed);
    std::string advice;
    for (auto const& each : meant)
        advice += (advice.empty() ? "; did you mean " : " or ") + each;
    if (!advice.empty())
        advice += '?';
    if (!is_id)
        throw std::invalid_argument("--technique takes an id such as T1059 or T1059.004, not '" + typed + "'" + advice);
    std::cerr << "rulehost: ATT&CK " << attack.release() << " has no technique " << typed << advice << '\n';
}

exit_code tags(tags_options& options) {
    if (!options.which.technique.empty())
        check_technique(options.which.technique);
    if (!options.since.empty())
        options.which.since = time_given("--since", options.since);
    if (!options.until.empty())
        options.which.until = time_given("--until", options.until);
    if (!options.source.empty()) {
        options.which.source = address_range::parse(options.source);
        if (!options.which.source)
            throw std::invalid_argument("--src takes an address or a network such as 10.0.0.0/8, not '" +
                                        options.source + "'");
    }
    read_store(options.store, version_with_times, [&](session& sql) {
        if (!options.which.rule_id.empty())
            options.which.rule_id = rule_of_tags(sql, options.store, options.which.rule_id);
        print(sql, options);
    });
    return exit_code::ok;
}

} // namespace

void add_tags(CLI::App& program, exit_code& result) {
    auto const options = std::make_shared<tags_options>();
    auto* const command = program.add_subcommand("tags", "Show the tags of a store");
    add_store_option(*command, options->store)->required();
    auto const add = [&](std::string const& name, std::string& value, std::string const& what) {
        auto const is_given = [](std::string const& text) { return text.empty() ? "takes no empty text" : ""; };
        command->add_option(name, value, what)->check(CLI::Validator(is_given, "")); // what is empty is not asked for
    };
    add("--since", options->since, "Only what happened since: 24h (ago), or 2026-12-01T10:00Z");
    add("--until", options->until, "Only what happened before: 1h (ago), or 2026-12-01T11:00Z");
    add("--session", options->which.session_id, "Only this session");
    add("--attacker", options->which.attacker_uuid, "Only this attacker_uuid");
    add("--src", options->source, "Only from this address or network: 10.0.0.0/8");
    add("--technique", options->which.technique,
        "Only this technique, with its sub-techniques, or sub-technique: T1059, T1059.004");
    add("--rule", options->which.rule_id, "Only of this rule: its id or name");
    command->add_option("--min-confidence", options->which.min_confidence, "Only this confident or more")
        ->check(CLI::Range(0.0, 1.0));
    command
        ->add_option("--limit", options->limit,
                     "Number of tags, the newest; default: 100 on a terminal, all in a pipe, 10 with --follow")
        ->check(CLI::Range(std::size_t{1}, std::size_t{10'000'000}));
    command->add_flag("--follow,-f", options->follow, "Go on with new tags until SIGINT or SIGTERM");
    command->add_flag("--json", options->json, "NDJSON also on a terminal");
    command->footer(
        "A table on a terminal, else NDJSON (`rulehost schema tag`); the oldest first. A tag happened at its\n"
        "`observed_at`, or `created_at` where the producer gave no time. Retracted tags are left out.\n"
        "Example: rulehost tags --store sqlite:var/rulehost.db --since 24h --technique T1059");
    command->callback([options, &result] { result = tags(*options); });
}

} // namespace rulehost::cli
