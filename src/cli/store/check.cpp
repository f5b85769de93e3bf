#include "cli/data_output.hpp"
#include "cli/one_shot.hpp"
#include "cli/store/backup.hpp"
#include "cli/terminal.hpp"
#include "sql/session/schema.hpp"
#include "sql/session/sqlite_copy.hpp"
#include "sql/store_counts.hpp"

#include <rulehost/diagnostic.hpp>
#include <rulehost/engine.hpp>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace rulehost::cli {

namespace {

struct check_options {
    std::string store;
    bool json = false;
};

struct finding {
    store_counts counts;
    bool is_looked_through = false; ///< a server does that itself
    std::vector<std::string> damage;
    std::vector<std::string> missing; ///< indexes
    std::vector<std::string> users;
    std::string digest; ///< empty: its rules cannot be read
    std::size_t quarantined = 0;
};

finding look(database_url const& url) {
    finding found;
    auto sql = open_to_read(url, 1);
    if (url.kind == database_kind::sqlite) {
        found.is_looked_through = true;
        found.damage = damage_in(sql);
        if (!found.damage.empty())
            return found;
    }
    found.counts = count_store(sql);
    found.users = users_of(sql);
    for (auto const& each : missing_indexes(sql))
        found.missing.emplace_back(each.name);
    return found;
}

void add_digest(finding& to, std::string const& store) {
    auto read = [&to](database_rule_store& from, time_source&) -> boost::asio::awaitable<exit_code> {
        auto const snapshot = co_await from.load_compiled();
        engine rules;
        rules.replace(snapshot);
        to.digest = rules.digest();
        to.quarantined = snapshot.quarantine.size();
        co_return exit_code::ok;
    };
    run_on_database(store, database_access::read, std::move(read));
}

std::string joined(std::vector<std::string> const& all) {
    std::string text;
    for (auto const& each : all)
        text += (text.empty() ? "" : "; ") + each;
    return text;
}

void print(finding const& found, check_options const& options) {
    auto const& counts = found.counts;
    auto const integrity = !found.is_looked_through ? "left to the server" : found.damage.empty() ? "ok" : "damaged";
    auto const since = counts.history_since ? format_time(*counts.history_since) : std::string();
    auto const strings = [](std::vector<std::string> const& all) { return boost::json::array(all.begin(), all.end()); };
    boost::json::object record{{"integrity", integrity},
                               {"damage", strings(found.damage)},
                               {"schema_version", counts.version},
                               {"missing_indexes", strings(found.missing)},
                               {"revision", counts.revision},
                               {"digest", found.digest},
                               {"rules", counts.rules},
                               {"lists", counts.lists},
                               {"quarantined", found.quarantined},
                               {"decisions", counts.states},
                               {"changes", counts.changes},
                               {"history_since", nullptr},
                               {"tags", counts.tags},
                               {"messages", counts.messages},
                               {"users", strings(found.users)}};
    if (counts.history_since)
        record["history_since"] = since;
    data_output output;
    if (listing::form_of(options.json) == listing::form::ndjson) {
        output.write(record);
    } else {
        auto const row = [&](std::string name, std::string const& value) {
            name.resize(18, ' ');
            output.write(name + escape_for_terminal(value) + '\n');
        };
        auto const number = [](auto value) { return std::to_string(value); };
        row("integrity", integrity + (found.damage.empty() ? "" : ": " + joined(found.damage)));
        row("tables",
            "version " + number(counts.version) +
                (found.missing.empty() ? "" : ", without the indexes " + joined(found.missing)));
        row("revision", number(counts.revision));
        row("digest", found.digest);
        row("rules",
            number(counts.rules) + ", " + number(counts.lists) + " lists, " + number(found.quarantined) +
                " quarantined");
        row("used by", found.users.empty() ? "nobody" : joined(found.users));
        row("nowhere else",
            number(counts.states) + " decisions, " + number(counts.changes) + " changes" +
                (since.empty() ? "" : " since " + since) + ", " + number(counts.tags) + " tags, " +
                number(counts.messages) + " messages to publish");
    }
    output.flush();
}

exit_code check(check_options const& options) {
    auto const url = parse_database_url(options.store);
    require_existing(options.store);
    finding found;
    try {
        found = look(url);
        if (found.damage.empty() && found.counts.version >= version_of_rule_tables)
            add_digest(found, options.store);
    } catch (database_error const& error) {
        throw std::runtime_error(url.display() + ": " + error.what());
    }
    print(found, options);
    if (!found.damage.empty())
        complain(url.display() + " is damaged; restore a backup");
    return found.damage.empty() ? exit_code::ok : exit_code::findings;
}

} // namespace

void add_store_check(CLI::App& store, exit_code& result) {
    auto const options = std::make_shared<check_options>();
    auto* const command =
        store.add_subcommand("check", "Look a store through: whether it is whole, what it holds, who uses it");
    add_store_option(*command, options->store)->required();
    command->add_flag("--json", options->json, "NDJSON also on a terminal");
    command->footer(
        "Example: rulehost store check --store sqlite:rulehost.backup\n"
        "Reads all of a file of SQLite. `nowhere else` is what files of rules do not hold, and a backup does. Exit\n"
        "code 1: the file is damaged.");
    command->callback([options, &result] { result = check(*options); });
}

} // namespace rulehost::cli
