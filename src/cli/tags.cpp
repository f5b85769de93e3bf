#include "cli/commands.hpp"
#include "cli/data_output.hpp"
#include "cli/one_shot.hpp"
#include "cli/tag_choice.hpp"
#include "cli/tag_store.hpp"
#include "cli/tag_text.hpp"
#include "cli/value_checks.hpp"
#include "sql/tag_query.hpp"
#include "text/plural.hpp"

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
    tag_choice chosen;
    std::optional<std::size_t> limit;
    bool follow = false;
    bool json = false;

    listing::form form() const { return listing::form_of(json); }
};

boost::json::object record_of_retracted(stored_tag const& each) {
    auto const text_or_null = [](std::string const& text) {
        return text.empty() ? boost::json::value() : boost::json::value(text);
    };
    auto record = to_json(each.value);
    record["retracted"] = {{"at", text_or_null(each.retracted->at ? format_time(*each.retracted->at) : "")},
                           {"by", text_or_null(each.retracted->by)},
                           {"reason", text_or_null(each.retracted->reason)}};
    return record;
}

/// Prints tags as they come: rows for a person, NDJSON for a program.
class tag_output {
public:
    tag_output(listing::form form, bool endless)
        : form_(form), endless_(endless), table_(output_, form, columns_of_tags()) {}

    void add(stored_tag const& each) {
        if (form_ == listing::form::ndjson && each.retracted) {
            output_.write(record_of_retracted(each));
        } else if (form_ == listing::form::ndjson) {
            line_.clear();
            append_json(line_, each.value);
            output_.write(line_ += '\n');
        } else if (endless_) { // later widths are unknown
            output_.write(line_of(cells_of(each)));
        } else {
            table_.add(cells_of(each), {});
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
        tag_follower follower(query, options.chosen.which, output);
        follower.print_first(options.limit.value_or(10));
        return follower.follow();
    }
    if (!options.limit && form == listing::form::ndjson)
        return print_all(query, options.chosen.which, output);
    auto const limit = options.limit.value_or(rows_of_a_table);
    auto const tags = newest(query, options.chosen.which, limit);
    for (auto const& each : tags)
        output.add(each);
    output.finish();
    if (!options.limit && tags.size() == limit)
        std::cerr << "rulehost: the newest " << plural(limit, "tag") << " are shown; --limit shows more\n";
}

exit_code tags(tags_options& options) {
    if (options.store.empty())
        throw CLI::RequiredError("--store");
    read_tag_choice(options.chosen);
    auto const version = options.chosen.which.with_retracted ? version_with_retractions : version_with_times;
    read_store(options.store, version, [&](session& sql) {
        find_rule_of(options.chosen, sql, options.store);
        print(sql, options);
    });
    return exit_code::ok;
}

} // namespace

void add_tags(CLI::App& program, exit_code& result) {
    auto const options = std::make_shared<tags_options>();
    auto* const command = program.add_subcommand("tags", "Show the tags of a store");
    add_store_option(*command, options->store); // required, but not by `tags retract`
    add_tag_choice(*command, options->chosen);
    command
        ->add_option("--limit", options->limit,
                     "Number of tags, the newest; default: 100 on a terminal, all in a pipe, 10 with --follow")
        ->transform(as_number(std::size_t{1}, std::size_t{10'000'000}));
    command->add_flag("--follow,-f", options->follow, "Go on with new tags until SIGINT or SIGTERM");
    command->add_flag("--retracted", options->chosen.which.with_retracted, "Also tags that were retracted");
    command->add_flag("--json", options->json, "NDJSON also on a terminal");
    command->footer(
        "A table on a terminal, else NDJSON (`rulehost schema tag`); the oldest first. A tag happened at its\n"
        "`observed_at`, or `created_at` where the producer gave no time. Retracted tags are left out,\n"
        "unless --retracted is given.\n"
        "Example: rulehost tags --store sqlite:var/rulehost.db --since 24h --technique T1059");
    add_tags_retract(*command, result);
    command->callback([command, options, &result] {
        if (command->get_subcommands().empty())
            result = tags(*options);
    });
}

} // namespace rulehost::cli
