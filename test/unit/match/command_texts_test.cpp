#include "match/command/command_texts.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace rulehost {

namespace {

std::vector<std::string> parts_of(std::string_view line) {
    std::vector<std::string_view> parts;
    split_commands(line, parts);
    return {parts.begin(), parts.end()};
}

using texts = std::vector<std::string>;

texts of_form(command_texts& from, text_form form) {
    texts found;
    for (auto const& one : from.all())
        if (one.form == form)
            found.emplace_back(one.value);
    return found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(command_line_texts)

BOOST_AUTO_TEST_CASE(line_is_split_at_its_operators) {
    BOOST_TEST((parts_of("a; b && c || d | e & f\ng") == texts{"a", "b", "c", "d", "e", "f", "g"}));
    BOOST_TEST((parts_of("  ;; a ;") == texts{"a"}));
    BOOST_TEST(parts_of(" ; ").empty());
}

BOOST_AUTO_TEST_CASE(operators_inside_quotes_split_nothing) {
    BOOST_TEST((parts_of("echo 'a;b' \"c|d\" e\\;f; g") == texts{"echo 'a;b' \"c|d\" e\\;f", "g"}));
    BOOST_TEST((parts_of("echo 'a; b") == texts{"echo 'a; b"}));
    BOOST_TEST((parts_of("echo \"a\\\"; b\"; c") == texts{"echo \"a\\\"; b\"", "c"}));
}

BOOST_AUTO_TEST_CASE(redirections_split_nothing) {
    BOOST_TEST((parts_of("a 2>&1; b &> c; d >& e") == texts{"a 2>&1", "b &> c", "d >& e"}));
}

BOOST_AUTO_TEST_CASE(line_is_taken_apart_however_many_parts_it_has) {
    for (std::size_t const before : {255u, 512u, 5'000u, 32'000u}) {
        std::string line;
        for (std::size_t i = 0; i != before; ++i)
            line += ":;";
        line += "t'h'e end";
        auto const parts = parts_of(line);
        BOOST_TEST(parts.size() == before + 1);
        BOOST_TEST(parts.back() == "t'h'e end");
        command_texts made;
        made.assign(line);
        BOOST_TEST(of_form(made, text_form::part).size() == before + 1);
        BOOST_TEST(of_form(made, text_form::normalised).front() == "the end");
    }
}

// A place belongs to the texts that may contain a word that ends there.
BOOST_AUTO_TEST_CASE(places_are_found_in_the_texts_that_hold_them) {
    for (std::string_view const line :
         {"wget a", " wget a ; sh b|c ", "w'g'et a; s\\h b; c", "a; echo d2dldCBhO3NoIGI= | base64 -d | sh; 'x'y",
          "a;b;c;d;e;f;g;h;i;j;k;l;m;n;o;p;q;r;s;t;u;v;w;x;y;z;a;b;c;d;e;f;g;h;i;j;k;l;m;n;o;p;q;r;s;t;u;v;"
          "w;x;y;z;a;b;c;d;e;f;g;h;i;j;k;l;m;n;o;'p';q;r;s"}) {
        command_texts made;
        made.assign(line);
        auto const check = [&](std::string_view scanned, command_texts::locator locate) {
            for (std::size_t end = 1; end <= scanned.size(); ++end) {
                command_texts::text_set expected = 0;
                auto const texts = made.all();
                for (std::size_t i = 0; i != texts.size(); ++i) {
                    auto const begin = texts[i].value.data() - scanned.data();
                    bool const is_of_scanned = begin >= 0 && static_cast<std::size_t>(begin) < scanned.size();
                    if (is_of_scanned && static_cast<std::size_t>(begin) < end &&
                        end <= static_cast<std::size_t>(begin) + texts[i].value.size())
                        expected |= command_texts::only(i);
                }
                BOOST_TEST(locate(end) == expected, line << " at " << end);
            }
        };
        made.all();
        check(made.line(), made.in_line());
        if (!made.normalised().empty())
            check(made.normalised(), made.in_normalised());
    }
}

BOOST_AUTO_TEST_CASE(plain_line_is_one_text) {
    command_texts made;
    made.assign("ls -la");
    BOOST_TEST(made.all().size() == 1u);
    BOOST_TEST(made.normalised().empty());
}

BOOST_AUTO_TEST_CASE(normalised_texts_come_beside_what_was_typed) {
    command_texts made;
    made.assign("cd /tmp; c'a't x");
    BOOST_TEST((of_form(made, text_form::line) == texts{"cd /tmp; c'a't x"}));
    BOOST_TEST((of_form(made, text_form::part) == texts{"cd /tmp", "c'a't x"}));
    BOOST_TEST((of_form(made, text_form::normalised) == texts{"cat x", "cd /tmp; cat x"}));
    BOOST_TEST(made.typed().size() == 3u);
    made.assign("ls");
    BOOST_TEST(made.all().size() == 1u);
}

BOOST_AUTO_TEST_CASE(quoted_operator_is_no_border_after_normalisation_either) {
    command_texts made;
    made.assign("echo 'a; wget b'");
    auto const normalised = of_form(made, text_form::normalised);
    BOOST_TEST(std::ranges::count(normalised, "wget b") == 0);
}

BOOST_AUTO_TEST_CASE(decoded_commands_are_split_and_decoded_again) {
    command_texts made;
    // The inner line: cd /tmp; echo Y2F0IC9ldGMvc2hhZG93 | base64 -d | sh
    made.assign("echo Y2QgL3RtcDsgZWNobyBZMkYwSUM5bGRHTXZjMmhoWkc5MyB8IGJhc2U2NCAtZCB8IHNo | base64 -d | bash");
    auto const normalised = of_form(made, text_form::normalised);
    BOOST_TEST(std::ranges::count(normalised, "cd /tmp") == 1);
    BOOST_TEST(std::ranges::count(normalised, "cat /etc/shadow") == 1);
    BOOST_TEST(made.normalised().find("cat /etc/shadow") != std::string_view::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
