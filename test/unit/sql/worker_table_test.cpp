#include "sql/worker_table.hpp"

#include "sql/session/schema.hpp"
#include "support/test_database.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

using namespace rulehost;
using namespace std::chrono_literals;
using test::every_kind;
using test::test_database;
namespace data = boost::unit_test::data;

namespace {

time_point const first_seen{std::chrono::seconds{1'767'225'600}};

worker_row row_of(std::string process, std::string worker) {
    worker_row row;
    row.process = std::move(process);
    row.worker = std::move(worker);
    row.host = "h";
    row.version = "0.2.0";
    row.started_at = first_seen;
    row.revision = 41;
    row.digest = "d";
    row.rules = 3;
    row.quarantined = 1;
    return row;
}

struct workers_of_a_store {
    explicit workers_of_a_store(database_kind kind) : database(kind), sql(database.client()) { prepare_schema(sql); }
    void write(worker_row const& row, time_point now) { write_worker(sql, row, now, now - worker_is_gone_after); }
    std::string names() {
        std::string all;
        for (auto const& row : worker_rows(sql))
            all += row.process + " ";
        return all;
    }

    test_database database;
    session sql;
};

} // namespace

BOOST_AUTO_TEST_SUITE(worker_tables)

BOOST_DATA_TEST_CASE(row_reads_as_it_was_written, data::make(every_kind), kind) {
    workers_of_a_store with(kind);
    auto row = row_of("p1", "caf\xc3\xa9");
    row.stale_since = first_seen - 1s;
    with.write(row, first_seen + 2s);
    auto const read = worker_rows(with.sql);
    BOOST_REQUIRE_EQUAL(read.size(), 1u);
    BOOST_TEST(read[0].worker == row.worker);
    BOOST_TEST(read[0].host == "h");
    BOOST_TEST(read[0].version == "0.2.0");
    BOOST_TEST((read[0].started_at == first_seen && read[0].seen_at == first_seen + 2s &&
                read[0].stale_since == row.stale_since));
    BOOST_TEST((read[0].revision == 41u && read[0].rules == 3u && read[0].quarantined == 1u));
    BOOST_TEST(read[0].digest == "d");
}

BOOST_DATA_TEST_CASE(process_has_one_row_and_its_last_word_counts, data::make(every_kind), kind) {
    workers_of_a_store with(kind);
    auto row = row_of("p1", "a");
    with.write(row, first_seen);
    with.write(row, first_seen); // the same row again
    row.revision = 42;
    with.write(row, first_seen + 1s);
    auto const read = worker_rows(with.sql);
    BOOST_REQUIRE_EQUAL(read.size(), 1u);
    BOOST_TEST(read[0].revision == 42u);
    BOOST_TEST(!read[0].stale_since);
    BOOST_TEST(remove_worker(with.sql, "p1"));
    BOOST_TEST(!remove_worker(with.sql, "p1"));
    BOOST_TEST(worker_rows(with.sql).empty());
}

BOOST_DATA_TEST_CASE(restarted_worker_replaces_a_killed_process_and_no_live_one, data::make(every_kind), kind) {
    workers_of_a_store with(kind);
    with.write(row_of("a1", "a"), first_seen);
    with.write(row_of("b1", "b"), first_seen);
    with.write(row_of("a2", "a"), first_seen + 10s); // two live under one name, as both rows show
    BOOST_TEST(with.names() == "a1 a2 b1 ");
    with.write(row_of("a2", "a"), first_seen + 15s);
    BOOST_TEST(with.names() == "a1 a2 b1 ");
    with.write(row_of("a2", "a"), first_seen + 16s);
    BOOST_TEST(with.names() == "a2 b1 ");
    BOOST_TEST(remove_gone_worker(with.sql, "b", first_seen) == 0u);
    BOOST_TEST(remove_gone_worker(with.sql, "b", first_seen + 1s) == 1u);
    BOOST_TEST(with.names() == "a2 ");
}

BOOST_DATA_TEST_CASE(name_belongs_to_one_process_until_it_ends_or_gives_no_sign_of_life, data::make(every_kind), kind) {
    workers_of_a_store with(kind);
    auto const claim = [&](std::string const& process, time_point now, std::string const& ended = {}) {
        return claim_worker(with.sql, row_of(process, "caf\xc3\xa9"), now,
                            [&](std::string const& which) { return which == ended; });
    };
    BOOST_TEST(claim("p1", first_seen).empty());
    BOOST_TEST(claim("p2", first_seen + 1s) == "p1");
    BOOST_TEST(with.names() == "p1 ");
    BOOST_TEST(claim("p1", first_seen + 10s).empty());
    BOOST_TEST(claim("p2", first_seen + 10s + worker_is_gone_after - 1us) == "p1");
    BOOST_TEST(claim("p2", first_seen + 10s + worker_is_gone_after).empty()); // no sign of life
    BOOST_TEST(claim("p1", first_seen + 26s) == "p2");
    BOOST_TEST(claim("p3", first_seen + 26s, "p2").empty()); // its holder has ended
    BOOST_TEST(with.names() == "p3 ");
    BOOST_TEST(remove_worker(with.sql, "p3"));
    BOOST_TEST(claim("p4", first_seen + 26s).empty()); // given back
    BOOST_TEST(claim_worker(with.sql, row_of("q1", "other"), first_seen, [](auto const&) { return false; }).empty());
    BOOST_TEST(claim("p4", first_seen + 100s).empty());
    BOOST_TEST(with.names() == "p4 q1 ");
}

BOOST_AUTO_TEST_SUITE_END()
