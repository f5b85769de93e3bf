#include "output/webhook_body.hpp"

#include "support/tags.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

using namespace rulehost;
namespace json = boost::json;

namespace {

tag hostile(std::string typed) {
    auto made = test::make_tag("cmd_1", "T1059", "T1059.004");
    made.technique_name = "Command and Scripting Interpreter: Unix Shell";
    made.observed_at = time_point{std::chrono::seconds{1'613'127'060}};
    made.src_ip = "203.0.113.5";
    made.decky_id = "pot1";
    made.rule_name = "shells";
    made.evidence["command_text"] = std::move(typed);
    return made;
}

json::object body_of(std::string_view name, std::vector<tag> const& tags) {
    return json::parse(webhook_template::parse(name).body(tags)).as_object();
}

std::string text_of(std::string_view name, std::string typed) {
    auto const body = body_of(name, {hostile(std::move(typed))});
    return std::string(body.at(name == "discord" ? "content" : "text").as_string());
}

std::size_t count(std::string const& text, std::string const& what) {
    std::size_t found = 0;
    for (auto at = text.find(what); at != text.npos; at = text.find(what, at + what.size()))
        ++found;
    return found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(webhook_bodies)

BOOST_AUTO_TEST_CASE(a_chat_message_says_what_happened_in_a_line_and_what_was_typed) {
    BOOST_TEST(
        text_of("slack", "cat /etc/shadow") ==
        "*T1059.004 Command and Scripting Interpreter: Unix Shell (0.85)* time `2021-02-12T10:51:00.000000Z` from "
        "`203.0.113.5` sensor `pot1` rule `R1 shells`\n```cat /etc/shadow```");
    BOOST_TEST(text_of("mattermost", "id").find("**T1059.004") == 0u);
}

BOOST_AUTO_TEST_CASE(typed_text_is_plain_text_in_every_chat) {
    std::string const typed = "``` @channel <!channel> <@U1> @everyone [x](http://evil) *b*\n\x1b[2J\xe2\x80\xae";
    auto const slack = text_of("slack", typed);
    BOOST_TEST(slack.find('<') == std::string::npos);
    BOOST_TEST(slack.find("&lt;!channel&gt;") != std::string::npos);
    for (auto const* const chat : {"slack", "discord", "mattermost"}) {
        auto const text = text_of(chat, typed);
        BOOST_TEST(count(text, "```") == 2u, chat); // nothing in the text ends the piece of code
        BOOST_TEST(text.find('\x1b') == std::string::npos);
        BOOST_TEST(text.find("\xe2\x80\xae") == std::string::npos);
        BOOST_TEST(count(text, "\n") == 1u);
    }
    auto const discord = body_of("discord", {hostile(typed)});
    BOOST_TEST(discord.at("allowed_mentions").at("parse").as_array().empty());
    auto const teams = body_of("teams", {hostile(typed)});
    auto const& card = teams.at("attachments").at(0).at("content");
    for (auto const& block : card.at("body").as_array()) {
        BOOST_TEST(block.at("type") == "RichTextBlock"); // its runs have no markdown
        for (auto const& run : block.at("inlines").as_array())
            BOOST_TEST(run.at("type") == "TextRun");
    }
}

BOOST_AUTO_TEST_CASE(long_texts_make_no_message_too_long) {
    auto const made = webhook_template::parse("discord");
    auto one = hostile(std::string(100'000, '\x01'));
    one.src_ip = one.session_id = one.decky_id = one.rule_name = std::string(10'000, '\x01');
    std::vector<tag> const tags(made.max_tags(), one);
    BOOST_TEST(json::parse(made.body(tags)).at("content").as_string().size() <= 2000u);
}

BOOST_AUTO_TEST_CASE(tags_are_whole) {
    auto const body = body_of("tags", {hostile("id"), hostile("w")});
    BOOST_TEST(body.at("tags").as_array().size() == 2u);
    BOOST_TEST(json::value(to_json(hostile("id"))) == body.at("tags").at(0));
}

BOOST_AUTO_TEST_CASE(a_template_of_ones_own_is_filled_in_its_strings) {
    auto const body =
        body_of(R"({"summary": "{technique_id} from {src_ip}: {typed}", "severity": 3, "list": ["{sensor}"]})",
                {hostile("\"}, {\"severity\": 9, {uuid}")});
    BOOST_TEST(body.size() == 3u);
    BOOST_TEST(body.at("summary") == "T1059 from 203.0.113.5: \"}, {\"severity\": 9, {uuid}");
    BOOST_TEST(body.at("severity") == 3);
    BOOST_TEST(body.at("list").at(0) == "pot1");
}

BOOST_AUTO_TEST_CASE(malformed_template_is_rejected) {
    for (auto const* const text : {"", "slak", "[1]", "{", R"({"a": "{password}"})", R"({"a": "{"})"})
        BOOST_CHECK_THROW(webhook_template::parse(text), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
