#include "sql/session/connection.hpp"
#include "support/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <string>

#include <sys/stat.h>

using namespace rulehost;
namespace fs = std::filesystem;

namespace {

using kind = database_error::kind;

struct sqlite_file_fixture {
    database_url url() const { return parse_database_url("sqlite:" + file.string()); }

    static int count(session& sql) {
        sql.execute("INSERT INTO ttp_input_position (input, place) VALUES ('x' || (SELECT count(*) FROM "
                    "ttp_input_position), '')");
        return static_cast<int>(sql.query("SELECT input FROM ttp_input_position", 1).size());
    }

    static kind failure(connection& to) {
        try {
            to.transact(count);
        } catch (database_error const& error) {
            return error.what_kind();
        }
        BOOST_FAIL("nothing is wrong");
        return kind::other;
    }

    void remove() const {
        for (std::string const suffix : {"", "-wal", "-shm"})
            fs::remove(file.string() + suffix);
    }

    test::temporary_directory directory;
    fs::path file = directory / "rulehost.db";
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(sqlite_files, sqlite_file_fixture)

BOOST_AUTO_TEST_CASE(a_database_that_is_made_is_read_by_its_owner_only) {
    auto const before = ::umask(022);
    connection database(url());
    database.transact(count);
    ::umask(before);
    for (std::string const suffix : {"", "-wal", "-shm"}) {
        struct stat found {};
        BOOST_REQUIRE(::stat((file.string() + suffix).c_str(), &found) == 0);
        BOOST_TEST((found.st_mode & 0777u) == 0600u, suffix);
    }
}

BOOST_AUTO_TEST_CASE(the_mode_of_a_database_that_is_there_is_left_alone) {
    std::ofstream(file).close();
    fs::permissions(file, fs::perms(0640));
    connection(url()).transact(count);
    BOOST_TEST((fs::status(file).permissions() == fs::perms(0640)));
}

BOOST_AUTO_TEST_CASE(a_path_may_hold_any_printable_character) {
    for (std::string const name :
         {"a\"b", "a b", "a%20b", "a?mode=memory", "a#b", "a'b", "a=b timeout=0", "\xc3\xa9", "a\\b", "file:x"}) {
        file = directory / name;
        connection(url()).transact(count);
        BOOST_TEST(fs::file_size(file) > 0u, name);
    }
}

BOOST_AUTO_TEST_CASE(a_file_that_is_deleted_is_noticed_and_not_created_again) {
    connection database(url());
    BOOST_TEST(database.transact(count) == 1);
    remove();
    BOOST_TEST((failure(database) == kind::moved));
    BOOST_TEST((failure(database) == kind::moved));
    BOOST_TEST(!fs::exists(file));
    connection later(url(), database_access::existing);
    BOOST_TEST((failure(later) == kind::moved));
    BOOST_TEST(!fs::exists(file));
}

BOOST_AUTO_TEST_CASE(commit_to_a_deleted_file_does_not_count) {
    connection database(url());
    database.transact(count);
    auto const cut_off = [&](session& sql) {
        auto const result = count(sql);
        remove();
        return result;
    };
    BOOST_CHECK_EXCEPTION(database.transact(cut_off), database_error,
                          [](database_error const& error) { return error.what_kind() == kind::in_doubt; });
}

BOOST_AUTO_TEST_CASE(another_store_in_its_place_is_opened) {
    connection database(url());
    BOOST_TEST(database.transact(count) == 1);
    auto const backup = directory / "backup.db";
    database.run([&](session& sql) { return sql.execute("VACUUM INTO '" + backup.string() + "'"); });
    BOOST_TEST(database.transact(count) == 2);
    BOOST_TEST(database.replacements() == 0u);
    remove();
    fs::rename(backup, file);
    BOOST_TEST(database.transact(count) == 2);
    BOOST_TEST(database.replacements() == 1u);
}

BOOST_AUTO_TEST_CASE(log_of_a_replaced_file_is_not_replayed_over_another) {
    connection database(url());
    BOOST_TEST(database.transact(count) == 1);
    auto const backup = directory / "backup.db";
    database.run([&](session& sql) { return sql.execute("VACUUM INTO '" + backup.string() + "'"); });
    BOOST_TEST(database.transact(count) == 2);
    BOOST_TEST(database.transact(count) == 3); // in the log only
    fs::rename(backup, file);
    BOOST_TEST(database.transact(count) == 2);
    BOOST_TEST(fs::exists(file.string() + "-wal.stale"));
    database.run([](session& sql) {
        BOOST_TEST(sql.query("PRAGMA integrity_check", 1).at(0)[0].value() == "ok");
        return 0;
    });
}

BOOST_AUTO_TEST_CASE(anything_else_in_its_place_is_refused_and_left_alone) {
    connection database(url());
    database.transact(count);
    auto const place = [&](auto make) {
        remove();
        make();
        auto const size = fs::file_size(file);
        auto const why = failure(database);
        BOOST_TEST((why == kind::moved || why == kind::lost));
        BOOST_TEST(fs::file_size(file) == size);
    };
    place([&] { std::ofstream{file}; });
    place([&] { std::ofstream{file} << std::string(5000, 'x'); });
    place([&] { session(url()).execute("CREATE TABLE theirs (x INTEGER)"); });
    BOOST_TEST(session(url()).query("SELECT name FROM sqlite_master", 1).size() == 1u);
    remove();
    BOOST_TEST(connection(url()).transact(count) == 1); // a file that another process creates is a store again
    BOOST_TEST(database.transact(count) == 2);
}

BOOST_AUTO_TEST_SUITE_END()
