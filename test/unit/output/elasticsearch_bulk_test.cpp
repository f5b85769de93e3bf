#include "output/elasticsearch_bulk.hpp"

#include "file/read_file.hpp"
#include "hostile_tags.hpp"
#include "output/ecs_document.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <string>
#include <string_view>
#include <vector>

using namespace rulehost;
namespace json = boost::json;

namespace {

std::vector<std::string> lines_of(std::string const& text) {
    BOOST_REQUIRE(text.ends_with('\n'));
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        auto const end = text.find('\n', at);
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

/// Checks that the mapping has a type for each field of a document.
void check_mapped(json::object const& document, json::object const& properties, std::string const& place) {
    for (auto const& [name, value] : document) {
        auto const field = place + std::string(name);
        BOOST_REQUIRE_MESSAGE(properties.contains(name), field);
        auto const& type = properties.at(name).as_object();
        if (value.is_object())
            check_mapped(value.get_object(), type.at("properties").as_object(), field + ".");
        else
            BOOST_TEST(type.contains("type"), field);
    }
}

http_answer answer(std::string body, unsigned status = 200) {
    return {.status = status, .problem = {}, .retry_after = {}, .body = std::move(body)};
}

using meaning = http_verdict::meaning;

} // namespace

BOOST_AUTO_TEST_SUITE(elasticsearch)

BOOST_AUTO_TEST_CASE(a_document_has_the_fields_of_the_common_schema) {
    json::value const document = ecs_document(test::full_tag());
    BOOST_TEST(document.at_pointer("/@timestamp") == "2021-02-12T10:51:00.000000Z");
    BOOST_TEST(document.at_pointer("/event/created") == "2021-02-12T10:51:01.000000Z");
    BOOST_TEST(document.at_pointer("/event/id").as_string() == to_string(test::full_tag().uuid));
    BOOST_TEST(document.at_pointer("/threat/tactic/id/0") == "TA0002");
    BOOST_TEST(document.at_pointer("/threat/technique/id/0") == "T1059");
    BOOST_TEST(document.at_pointer("/threat/technique/name/0") == "Command and Scripting Interpreter");
    BOOST_TEST(document.at_pointer("/threat/technique/subtechnique/id/0") == "T1059.004");
    BOOST_TEST(document.at_pointer("/threat/technique/subtechnique/name/0") == "Unix Shell");
    BOOST_TEST(document.at_pointer("/source/ip") == "203.0.113.5");
    BOOST_TEST(document.at_pointer("/source/port") == 40022);
    BOOST_TEST(document.at_pointer("/rule/id") == "R1");
    BOOST_TEST(document.at_pointer("/rule/version") == "1");
    BOOST_TEST(document.at_pointer("/observer/name") == "pot1");
    BOOST_TEST(document.at_pointer("/process/command_line") == "cat /etc/shadow");
    BOOST_TEST(document.at_pointer("/rulehost/confidence") == 0.85);
}

BOOST_AUTO_TEST_CASE(only_an_address_is_one) {
    auto about = test::full_tag();
    about.src_ip = "sha256:ab12";
    auto const source = ecs_document(about).at("source").as_object();
    BOOST_TEST(source.at("address") == "sha256:ab12");
    BOOST_TEST(!source.contains("ip"));
}

BOOST_AUTO_TEST_CASE(the_index_template_has_a_type_for_every_field) {
    auto const text = read_file(RULEHOST_SOURCE_DIR "/config/elasticsearch-template.json");
    auto const properties = json::parse(text).at_pointer("/template/mappings/properties").as_object();
    auto about = test::full_tag();
    about.clipped_from = 0.9;
    about.identity_uuid = "i-1";
    about.input = "cowrie.json";
    about.evidence["username"] = "root";
    check_mapped(ecs_document(about), properties, "");
}

BOOST_AUTO_TEST_CASE(a_body_has_two_lines_for_each_tag_and_creates_it_under_its_uuid) {
    test::hostile_texts texts;
    std::vector<tag> tags{test::full_tag()};
    for (int i = 0; i < 100; ++i)
        tags.push_back(texts.next_tag());
    auto const lines = lines_of(bulk_body(tags));
    BOOST_REQUIRE_EQUAL(lines.size(), 2 * tags.size());
    json::parse_options options;
    options.allow_invalid_utf8 = true; // the receiver replaces it
    for (std::size_t i = 0; i < tags.size(); ++i) {
        BOOST_TEST(json::parse(lines[2 * i]) ==
                   (json::object{{"create", json::object{{"_id", to_string(tags[i].uuid)}}}}));
        BOOST_TEST(json::parse(lines[2 * i + 1], {}, options).at("rule").at("id") == "R1");
    }
}

BOOST_AUTO_TEST_CASE(the_path_is_that_of_bulk_behind_the_one_given) {
    BOOST_TEST(bulk_path("/", "i") ==
               "/i/_bulk?filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason");
    BOOST_TEST(bulk_path("/es/", "i").starts_with("/es/i/_bulk?"));
}

BOOST_AUTO_TEST_CASE(an_answer_is_judged_item_by_item) {
    struct example {
        std::string_view body;
        meaning what;
    };
    for (auto const& [body, what] : std::vector<example>{
             {R"({"errors":false,"items":[{"create":{"status":201}}]})", meaning::taken},
             {R"({"errors":true,"items":[{"create":{"status":409}},{"create":{"status":201}}]})", meaning::taken},
             {R"({"errors":true,"items":[{"create":{"status":400,"error":{"type":"mapper_parsing_exception"}}}]})",
              meaning::refused},
             {R"({"errors":true,"items":[{"create":{"status":429}}]})", meaning::later},
             {R"({"errors":true,"items":[{"create":{"status":400}},{"create":{"status":503}}]})", meaning::later},
             {R"({"errors":true,"items":[{"create":{"status":404}}]})", meaning::later},
             {R"({"errors":false})", meaning::later},
             {R"({"items":[{"create":{}}]})", meaning::later},
             {R"({"items":[7]})", meaning::later},
             {"<html>", meaning::later}})
        BOOST_TEST((judge_bulk(answer(std::string(body))).what == what), body);
    BOOST_TEST((judge_bulk(answer("", 413)).what == meaning::refused));
    BOOST_TEST((judge_bulk(answer("", 401)).what == meaning::later));
}

BOOST_AUTO_TEST_CASE(a_refusal_says_why) {
    auto const verdict = judge_bulk(answer(
        R"({"items":[{"create":{"status":400,"error":{"type":"mapper_parsing_exception","reason":"failed to parse"}}}]})"));
    BOOST_TEST(verdict.reason == R"(status 400: {"type":"mapper_parsing_exception","reason":"failed to parse"})");
}

BOOST_AUTO_TEST_CASE(an_index_has_a_name_that_the_receiver_takes) {
    for (auto const* const good : {"rulehost-tags", "a.b_c-1"})
        BOOST_TEST(is_index_name(good), good);
    for (auto const* const bad : {"", "Tags", "-a", "_a", ".a", "a/b", "a b", "a,b", "a*", "a?x"})
        BOOST_TEST(!is_index_name(bad), bad);
    BOOST_TEST(!is_index_name(std::string(256, 'a')));
}

BOOST_AUTO_TEST_SUITE_END()
