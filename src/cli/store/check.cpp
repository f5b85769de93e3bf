#include "cli/data_output.hpp"
#include "cli/one_shot.hpp"
#include "cli/store/backup.hpp"
#include "cli/terminal.hpp"
#include "sql/session/schema.hpp"
#include "sql/session/sqlite_copy.hpp"
#include "sql/store_counts.hpp"
#include "text/joined.hpp"
#include "text/plural.hpp"

#include <rulehost/diagnostic.hpp>
#include <rulehost/engine.hpp>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rulehost::cli {

namespace {

struct check_options {
    std::string store;
    bool json = false;
};

struct finding {
    std::optional<store_counts> counts; ///< empty: it is too damaged for that
    bool is_verified = false;           ///< false for a server, which verifies itself
    std::vector<std::string> damage;
    std::vector<std::string> missing; ///< indexes
    std::vector<std::string> users;
    std::string digest; ///< empty: its rules cannot be read
    std::size_t quarantined = 0;
};

/// SQLite cannot find the tables of a truncated file, nor open one whose header is overwritten.
bool is_damage(database_error const& error) {
    std::string_view const reason = error.what();
    return reason.find("malformed") != reason.npos || reason.find("file is not a database") != reason.npos;
}

finding look(database_url const& url) {
    finding found;
    if (url.kind == database_kind::sqlite) {
        found.is_verified = true;
        try {
            auto sql = open_to_read(url, 1);
            found.damage = damage_in(sql);
        } catch (database_error const& error) {
            if (!is_damage(error))
                throw;
            found.damage.emplace_back(error.what());
        }
        if (!found.damage.empty())
            return found;
    }
    auto sql = open_to_read(url, 1);
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

boost::json::object record_of(finding const& found, std::string const& integrity) {
    auto const strings = [](std::vector<std::string> const& all) { return boost::json::array(all.begin(), all.end()); };
    boost::json::object record{{"integrity", integrity}, {"damage", strings(found.damage)}};
    if (!found.counts) {
        for (auto const* const key :
             {"schema_version", "missing_indexes", "revision", "digest", "rules", "lists", "quarantined", "decisions",
              "changes", "history_since", "tags", "steps", "messages", "users"})
            record[key] = nullptr;
        return record;
    }
    auto const& counts = *found.counts;
    record["schema_version"] = counts.version;
    record["missing_indexes"] = strings(found.missing);
    record["revision"] = counts.revision;
    record["digest"] = found.digest.empty() ? boost::json::value() : boost::json::value(found.digest);
    record["rules"] = counts.rules;
    record["lists"] = counts.lists;
    record["quarantined"] = found.quarantined;
    record["decisions"] = counts.states;
    record["changes"] = counts.changes;
    record["history_since"] =
        counts.history_since ? boost::json::value(format_time(*counts.history_since)) : boost::json::value();
    record["tags"] = counts.tags;
    record["steps"] = counts.steps;
    record["messages"] = counts.messages;
    record["users"] = strings(found.users);
    return record;
}

void print_table(finding const& found, std::string const& integrity, data_output& output) {
    auto const row = [&](std::string name, std::string const& value) {
        name.resize(18, ' ');
        output.write(name + escape_for_terminal(value) + '\n');
    };
    row("integrity", integrity);
    for (auto const& each : found.damage)
        row(&each == &found.damage.front() ? "damage" : "", each);
    if (!found.counts) {
        for (auto const* const name : {"tables", "revision", "digest", "rules", "used by", "only here"})
            row(name, "not known");
        return;
    }
    auto const& counts = *found.counts;
    auto const since = counts.history_since ? " since " + format_time(*counts.history_since) : std::string();
    row("tables",
        "version " + std::to_string(counts.version) +
            (found.missing.empty() ? "" : ", without the indexes " + joined(found.missing, "; ")));
    row("revision", std::to_string(counts.revision));
    row("digest", found.digest.empty() ? "not known" : found.digest);
    row("rules",
        plural(counts.rules, "rule") + ", " + plural(counts.lists, "list") + ", " + std::to_string(found.quarantined) +
            " quarantined");
    row("used by", found.users.empty() ? "nobody" : joined(found.users, "; "));
    row("only here",
        plural(counts.states, "decision") + ", " + plural(counts.changes, "change") + since + ", " +
            plural(counts.tags, "tag") + ", " + plural(counts.steps, "step") + ", " +
            plural(counts.messages, "message") + " to publish");
}

void print(finding const& found, check_options const& options) {
    auto const integrity = !found.is_verified ? "left to the server" : found.damage.empty() ? "ok" : "damaged";
    data_output output;
    if (listing::form_of(options.json) == listing::form::ndjson)
        output.write(record_of(found, integrity));
    else
        print_table(found, integrity, output);
    output.flush();
}

exit_code check(check_options const& options) {
    auto const url = parse_database_url(options.store);
    require_existing(options.store);
    finding found;
    try {
        found = look(url);
        if (found.counts && found.counts->version >= version_of_rule_tables)
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
    auto* const command = store.add_subcommand("check", "Check a store: its integrity, its contents, its users");
    add_store_option(*command, options->store)->required();
    command->add_flag("--json", options->json, "NDJSON also on a terminal");
    command->footer("Example: rulehost store check --store sqlite:rulehost.backup\n"
                    "Reads the whole file of an SQLite store. `only here` is data that only a backup holds, not the "
                    "rule files. Exit\n"
                    "code 1: the file is damaged; values that the damage hides are null or `not known`.");
    command->callback([options, &result] { result = check(*options); });
}

} // namespace rulehost::cli
