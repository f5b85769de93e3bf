#include "stored_rules.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

namespace rulehost {

using namespace test;

namespace {

namespace fs = std::filesystem;

rule_database reader_of(test_database const& database) {
    return rule_database(parse_database_url(database.url()), {}, {}, database_access::read);
}

std::size_t count_tables(session client, database_kind kind) {
    return client
        .query(kind == database_kind::sqlite ? "SELECT name FROM sqlite_master"
                   : kind == database_kind::mysql
                   ? "SHOW TABLES"
                   : "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace",
               1)
        .size();
}

auto is_of(database_error::kind kind, std::string text) {
    return [kind, text = std::move(text)](database_error const& error) {
        BOOST_TEST_INFO(error.what());
        return error.what_kind() == kind && std::string(error.what()).find(text) != std::string::npos;
    };
}

std::set<std::string> names_in(fs::path const& directory) {
    std::set<std::string> names;
    for (auto const& each : fs::directory_iterator(directory))
        names.insert(each.path().filename().string());
    return names;
}

/// Result of `act` in an unprivileged process.
template <class Action>
int as_nobody(Action act) {
    auto const child = ::fork();
    BOOST_REQUIRE(child >= 0);
    if (child == 0) {
        constexpr int nobody = 65534;
        if (::geteuid() == 0 && (::setgid(nobody) != 0 || ::setuid(nobody) != 0))
            ::_exit(100);
        ::_exit(act());
    }
    int status = 0;
    BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

} // namespace

BOOST_AUTO_TEST_SUITE(reading_a_database)

BOOST_DATA_TEST_CASE(a_reader_makes_no_tables, data::make(every_kind), kind) {
    test_database const database(kind);
    database.client(); // creates the file
    BOOST_CHECK_EXCEPTION(reader_of(database).position(), database_error,
                          is_of(database_error::kind::moved, "no store of rulehost"));
    BOOST_TEST(count_tables(database.client(), kind) == 0u);
}

BOOST_DATA_TEST_CASE(a_reader_sees_what_is_stored_and_what_comes, data::make(every_kind), kind) {
    fixture with(kind);
    auto writer = with.open();
    writer.write_rule(rule("R1", "text"), 1, "hash");
    auto reader = reader_of(with.database_);
    BOOST_TEST(reader.contents().rules.at(0).yaml_content == "text");
    written(writer, "R1", decided(rule_state::disabled("noisy")));
    BOOST_TEST(reader.states().size() == 1u);
    BOOST_TEST(reader.changes_after(0, 10).changes.size() == 2u);
}

BOOST_DATA_TEST_CASE(the_database_itself_rejects_what_a_reader_writes, data::make(every_kind), kind) {
    fixture with(kind);
    with.open().position();
    auto reader = reader_of(with.database_);
    auto const is_rejected = [](database_error const& error) {
        return error.what_kind() == database_error::kind::read_only;
    };
    BOOST_CHECK_EXCEPTION(reader.write_rule(rule("R1", "text"), 1, "hash"), database_error, is_rejected);
    BOOST_CHECK_EXCEPTION(reader.trim(start), database_error, is_rejected);
    BOOST_TEST(with.open().rules().empty());
}

BOOST_DATA_TEST_CASE(a_reader_leaves_older_tables_as_they_are, data::make(every_kind), kind) {
    fixture with(kind);
    with.open().position();
    with.database_.client().execute("UPDATE schema_version SET version = 5");
    BOOST_CHECK_EXCEPTION(reader_of(with.database_).position(), database_error,
                          is_of(database_error::kind::other, "store upgrade"));
    BOOST_TEST(with.database_.client().query("SELECT version FROM schema_version", 1).at(0)[0].value() == "5");
}

BOOST_AUTO_TEST_CASE(a_missing_file_is_not_made_by_a_reader) {
    test_database const database(database_kind::sqlite);
    BOOST_CHECK_THROW(reader_of(database).position(), database_error);
    BOOST_TEST(!fs::exists(parse_database_url(database.url()).path));
}

BOOST_AUTO_TEST_CASE(a_file_of_another_program_keeps_its_bytes_and_its_journal) {
    test_database const database(database_kind::sqlite);
    fs::path const file = parse_database_url(database.url()).path;
    std::ofstream(file) << std::string(5000, 'x');
    BOOST_CHECK_THROW(reader_of(database).position(), database_error);
    BOOST_TEST((names_in(file.parent_path()) == std::set<std::string>{file.filename().string()}));
    BOOST_TEST(fs::file_size(file) == 5000u);
}

BOOST_AUTO_TEST_CASE(a_file_that_may_not_be_written_is_read_in_a_directory_that_may_not_be_written) {
    fixture with(database_kind::sqlite);
    auto writer = std::make_optional(with.open());
    writer->write_rule(rule("R1", "text"), 1, "hash");
    writer.reset(); // the log goes with it
    fs::path const file = parse_database_url(with.database_.url()).path;
    auto const directory = file.parent_path();
    fs::permissions(file, fs::perms(0444));
    fs::permissions(directory, fs::perms(0555));
    auto const read = as_nobody([&] {
        try {
            return reader_of(with.database_).rules().size() == 1 ? 0 : 1;
        } catch (std::exception const& error) {
            std::cerr << error.what() << '\n';
            return 2;
        }
    });
    fs::permissions(directory, fs::perms(0755));
    BOOST_TEST(read == 0);
    BOOST_TEST((names_in(directory) == std::set<std::string>{file.filename().string()}));
}

BOOST_AUTO_TEST_CASE(a_log_beside_a_file_is_never_passed_over) {
    fixture with(database_kind::sqlite);
    auto writer = with.open();
    writer.write_rule(rule("R1", "text"), 1, "hash"); // in the log only
    fs::path const file = parse_database_url(with.database_.url()).path;
    auto const directory = file.parent_path();
    for (std::string const suffix : {"", "-wal", "-shm"})
        fs::permissions(file.string() + suffix, fs::perms(0444));
    fs::permissions(directory, fs::perms(0555));
    auto const count = [&] {
        try {
            return static_cast<int>(reader_of(with.database_).rules().size());
        } catch (database_error const&) {
            return 50;
        }
    };
    auto const with_log = as_nobody(count);
    fs::permissions(directory, fs::perms(0755));
    auto const copy = directory / "copy";
    fs::create_directory(copy);
    fs::copy(file, copy);
    fs::copy(file.string() + "-wal", copy);
    fs::permissions(copy, fs::perms(0555));
    auto const without_index = as_nobody([&] {
        try {
            rule_database reader(parse_database_url("sqlite:" + (copy / file.filename()).string()), {}, {},
                                 database_access::read);
            return static_cast<int>(reader.rules().size());
        } catch (database_error const&) {
            return 50;
        }
    });
    fs::permissions(copy, fs::perms(0755));
    BOOST_TEST(with_log == 1);
    BOOST_TEST(without_index == 50);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
