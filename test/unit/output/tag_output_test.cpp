#include "output/tag_output.hpp"

#include "support/tags.hpp"
#include "support/virtual_loop.hpp"

#include <boost/uuid/uuid_io.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace rulehost;
namespace asio = boost::asio;

namespace {

using texts = std::vector<std::string>;

/// Takes tags three at a time.
struct receiver final : tag_receiver {
    explicit receiver(std::vector<texts>& batches_) : batches(batches_) {}

    std::size_t max_tags() const override { return 3; }
    asio::awaitable<std::string> send(std::span<tag const> tags) override {
        if (calls_until_away-- == 0)
            throw std::runtime_error("away");
        texts ids;
        for (auto const& each : tags) {
            if (each.source_id == poison || refuses)
                co_return "malformed";
            ids.push_back(each.source_id);
        }
        batches.push_back(ids);
        co_return std::string();
    }

    std::vector<texts>& batches;
    std::string poison;
    bool refuses = false; ///< rejects everything
    int calls_until_away = -1;
};

struct fixture : test::virtual_loop {
    fixture() { make({}); }

    void make(output_filter which) {
        auto to = std::make_unique<receiver>(batches);
        at = to.get();
        auto stored = [this](std::vector<boost::uuids::uuid> uuids) -> asio::awaitable<std::vector<tag>> {
            return look_up(std::move(uuids));
        };
        output = std::make_unique<tag_output>(std::move(which), std::move(to), stored);
    }
    asio::awaitable<std::vector<tag>> look_up(std::vector<boost::uuids::uuid> uuids) {
        std::vector<tag> found;
        for (auto uuid = uuids.rbegin(); uuid != uuids.rend(); ++uuid)
            if (auto const each = tags.find(*uuid); each != tags.end())
                found.push_back(each->second);
        co_return found;
    }
    void add(std::string source_id, std::string rule = "R1", double confidence = 0.85) {
        auto made = test::make_tag(std::move(source_id));
        made.rule_id = std::move(rule);
        made.confidence = confidence;
        messages.push_back({"tagged-" + to_string(made.uuid), "ttp.tagged", "{}"});
        messages.push_back({"fired-" + to_string(made.uuid), "ttp.rule.fired.T1083", "{}"});
        tags.emplace(made.uuid, std::move(made));
    }
    std::vector<refused_message> publish() { return run(output->publish(messages)); }

    std::map<boost::uuids::uuid, tag> tags;
    std::vector<outgoing_message> messages;
    std::vector<texts> batches;
    std::unique_ptr<tag_output> output;
    receiver* at = nullptr;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(tag_outputs, fixture)

BOOST_AUTO_TEST_CASE(each_tag_is_sent_once_in_the_order_of_the_messages) {
    for (auto const* const id : {"a", "b", "c", "d"})
        add(id);
    BOOST_TEST(publish().empty());
    BOOST_TEST((batches == std::vector<texts>{{"a", "b", "c"}, {"d"}}));
}

BOOST_AUTO_TEST_CASE(only_tags_that_the_filter_takes_are_sent) {
    make({.techniques = {"T1083"}, .rules = {"R2"}, .min_confidence = 0.5});
    add("other rule");
    add("unsure", "R2", 0.4);
    add("good", "R2", 0.5);
    BOOST_TEST(publish().empty());
    BOOST_TEST((batches == std::vector<texts>{{"good"}}));
}

BOOST_AUTO_TEST_CASE(a_filter_selects_techniques_and_sub_techniques) {
    auto const shell = test::make_tag("a", "T1059", "T1059.004");
    BOOST_TEST((output_filter{.techniques = {"T1059"}, .rules = {}}.takes(shell)));
    BOOST_TEST((output_filter{.techniques = {"T1059.004"}, .rules = {}}.takes(shell)));
    BOOST_TEST((!output_filter{.techniques = {"T1059.001"}, .rules = {}}.takes(shell)));
}

BOOST_AUTO_TEST_CASE(a_tag_that_is_refused_costs_the_others_of_its_batch_nothing) {
    for (auto const* const id : {"a", "b", "c"})
        add(id);
    at->poison = "b";
    auto const refused = publish();
    BOOST_REQUIRE_EQUAL(refused.size(), 1u);
    BOOST_TEST(messages[refused[0].index].id == "fired-" + to_string(test::make_tag("b").uuid));
    BOOST_TEST(refused[0].reason == "malformed");
    BOOST_TEST((batches == std::vector<texts>{{"a"}, {"c"}}));
}

BOOST_AUTO_TEST_CASE(a_receiver_that_refuses_everything_is_away_at_first) {
    add("a");
    add("b");
    at->refuses = true;
    for (unsigned i = 0; i < tag_output::max_doubted; ++i)
        BOOST_CHECK_EXCEPTION(publish(), std::runtime_error, [](std::runtime_error const& error) {
            return std::string(error.what()) == "it refuses every tag: malformed";
        });
    BOOST_TEST(output->failures() == tag_output::max_doubted);
    for (unsigned i = 0; i < tag_output::max_believed; ++i) // rejections that count
        BOOST_TEST(publish().size() == 2u);
    BOOST_CHECK_THROW(publish(), std::runtime_error);
    at->refuses = false;
    BOOST_TEST(publish().empty());
    BOOST_TEST((batches == std::vector<texts>{{"a", "b"}}));
}

BOOST_AUTO_TEST_CASE(refusals_of_a_receiver_that_just_took_others_count) {
    add("good");
    BOOST_TEST(publish().empty());
    messages.clear();
    add("bad");
    at->poison = "bad";
    for (unsigned i = 0; i < tag_output::max_believed; ++i)
        BOOST_TEST(publish().size() == 1u);
    BOOST_CHECK_THROW(publish(), std::runtime_error);
    add("another");
    BOOST_TEST(publish().size() == 1u);
}

BOOST_AUTO_TEST_CASE(tags_sent_before_an_outage_are_not_sent_again) {
    for (auto const* const id : {"a", "b", "c", "d"})
        add(id);
    at->calls_until_away = 1;
    BOOST_CHECK_THROW(publish(), std::runtime_error);
    BOOST_TEST(publish().empty());
    BOOST_TEST((batches == std::vector<texts>{{"a", "b", "c"}, {"d"}}));
}

BOOST_AUTO_TEST_CASE(counts_say_what_was_sent_what_failed_and_how_old_the_tag_is_that_waits) {
    for (auto const* const id : {"a", "b", "c", "d"})
        add(id);
    for (auto& [uuid, each] : tags)
        each.created_at = time_point{std::chrono::seconds{each.source_id == "d" ? 100 : 50}};
    at->calls_until_away = 1;
    BOOST_CHECK_THROW(publish(), std::runtime_error);
    BOOST_TEST(output->sent() == 3u);
    BOOST_TEST(output->failures() == 1u);
    BOOST_TEST((output->oldest() == time_point{std::chrono::seconds{100}}));
    publish();
    BOOST_TEST(output->sent() == 4u);
    BOOST_TEST(output->failures() == 1u);
    BOOST_TEST(!output->oldest());
}

BOOST_AUTO_TEST_CASE(tags_that_are_gone_and_messages_about_others_are_left_out) {
    add("a");
    tags.clear();
    messages.push_back({"fired-nonsense", "ttp.rule.fired.T1083", "{}"});
    BOOST_TEST(publish().empty());
    BOOST_TEST(batches.empty());
}

BOOST_AUTO_TEST_SUITE_END()
