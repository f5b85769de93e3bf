#include "delivery/tag_lanes.hpp"

#include "support/tags.hpp"
#include "support/temporary_directory.hpp"
#include "support/virtual_loop.hpp"

#include <memory>
#include <string>
#include <vector>

using namespace rulehost;
using rulehost::test::make_tag;
namespace asio = boost::asio;

namespace {

/// Lanes to an SQLite database, which has only one.
struct tag_lanes_fixture : test::virtual_loop {
    tag_lanes_fixture() {
        faults.before = [this](std::string_view) -> asio::awaitable<void> {
            ++calls;
            if (failing)
                throw database_error(database_error::kind::lost, "gone");
            co_return;
        };
        lanes = std::make_unique<tag_lanes>(loop.get_executor(), loop.get_executor(),
                                            parse_database_url("sqlite:" + (directory / "tags.db").string()),
                                            database_access::create, std::shared_ptr<call_watch>(),
                                            tag_table::messages_about(), position_fence(), faults);
    }

    tag_lanes::outcome store(std::vector<input_position> positions = {}) {
        auto const owner = std::make_shared<std::vector<tag>>(tags);
        std::vector<tag const*> list;
        for (auto const& each : *owner)
            list.push_back(&each);
        owners.push_back(owner);
        return run(lanes->store(owner, std::move(list), std::move(positions)));
    }
    static std::vector<std::string> ids(std::vector<tag const*> const& of) {
        std::vector<std::string> all;
        for (auto const* const each : of)
            all.push_back(each->source_id);
        return all;
    }

    test::temporary_directory directory;
    database_faults faults;
    int calls = 0;
    bool failing = false;
    std::vector<tag> tags;
    std::vector<std::shared_ptr<void const>> owners;
    std::unique_ptr<tag_lanes> lanes;
};

using strings = std::vector<std::string>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(lanes_of_tags, tag_lanes_fixture)

BOOST_AUTO_TEST_CASE(new_tags_are_distinguished_from_known_ones_and_keep_their_order) {
    tags = {make_tag("a"), make_tag("b")};
    auto const first = store();
    BOOST_TEST(ids(first.fresh) == (strings{"a", "b"}), boost::test_tools::per_element());
    BOOST_TEST(first.known == 0u);
    tags = {make_tag("c"), make_tag("a"), make_tag("d")};
    auto const second = store();
    BOOST_TEST(ids(second.fresh) == (strings{"c", "d"}), boost::test_tools::per_element());
    BOOST_TEST(second.known == 1u);
    BOOST_TEST(second.left.empty());
}

BOOST_AUTO_TEST_CASE(positions_are_stored_with_the_tags_and_read_back) {
    tags = {make_tag("a")};
    BOOST_TEST(store({{"in", "17"}}).positions_are_stored);
    BOOST_TEST(calls == 1);
    auto const known = run(lanes->positions({"in", "unknown"}));
    BOOST_REQUIRE_EQUAL(known.size(), 1u);
    BOOST_TEST(known[0].input == "in");
    BOOST_TEST(known[0].place == "17");
}

BOOST_AUTO_TEST_CASE(a_lost_connection_leaves_everything_to_the_next_attempt) {
    failing = true;
    tags = {make_tag("a"), make_tag("b")};
    auto const lost = store({{"in", "1"}});
    BOOST_REQUIRE(lost.problem.has_value());
    BOOST_TEST(ids(lost.left) == (strings{"a", "b"}), boost::test_tools::per_element());
    BOOST_TEST(lost.fresh.empty());
    BOOST_TEST(!lost.positions_are_stored);
    BOOST_CHECK_THROW(run(lanes->positions({"in"})), database_error);
    failing = false;
    BOOST_TEST(store({{"in", "1"}}).fresh.size() == 2u);
}

BOOST_AUTO_TEST_CASE(positions_alone_are_stored) {
    auto const done = store({{"in", "5"}});
    BOOST_TEST(done.positions_are_stored);
    BOOST_TEST(run(lanes->positions({"in"})).size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
