#include "match/command/shell_text.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace rulehost {

namespace {

std::string unquoted(std::string_view command) {
    std::string out;
    append_unquoted(command, out);
    return out;
}

std::string decoded(std::string_view line, std::size_t room = 65'536) {
    std::string out;
    append_decoded(line, room, out);
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(shell_text)

BOOST_AUTO_TEST_CASE(quotes_and_backslashes_inside_words_go) {
    BOOST_TEST(unquoted("c'a't /et\"c\"/pa\\sswd") == "cat /etc/passwd");
    BOOST_TEST(unquoted("w''g\"\"et") == "wget");
    BOOST_TEST(unquoted("echo 'it is' \"a \\\"b\\\" \\n\"") == "echo it is a \"b\" \\n");
    BOOST_TEST(unquoted("cat /etc/\\\npasswd") == "cat /etc/passwd");
}

BOOST_AUTO_TEST_CASE(field_separators_are_blanks_and_empty_parameters_vanish) {
    BOOST_TEST(unquoted("cat$IFS/etc/passwd") == "cat /etc/passwd");
    BOOST_TEST(unquoted("cat${IFS}/etc/passwd") == "cat /etc/passwd");
    BOOST_TEST(unquoted("cat${IFS%??}/etc/passwd") == "cat /etc/passwd");
    BOOST_TEST(unquoted("cat$IFS$9/etc/passwd") == "cat /etc/passwd");
    BOOST_TEST(unquoted("c$@at ${@}x") == "cat x");
    BOOST_TEST(unquoted("echo $HOME ${PATH} $IFSX") == "echo $HOME ${PATH} $IFSX");
}

BOOST_AUTO_TEST_CASE(escapes_are_decoded_where_a_shell_would) {
    BOOST_TEST(unquoted("$'\\x63\\141\\u0074' x") == "cat x");
    BOOST_TEST(unquoted("echo -e '\\x63\\x61\\x74'") == "echo -e cat");
    BOOST_TEST(unquoted("echo -ne \"\\0143\\0141t\"") == "echo -ne cat");
    BOOST_TEST(unquoted("printf '\\143\\141\\164'") == "printf cat");
    BOOST_TEST(unquoted("$(printf '\\143at')") == "$(printf cat)");
    BOOST_TEST(unquoted("echo '\\x63'") == "echo \\x63");
    BOOST_TEST(unquoted("grep '\\x63'") == "grep \\x63");
}

BOOST_AUTO_TEST_CASE(braces_spread) {
    BOOST_TEST(unquoted("{cat,/etc/passwd}") == "cat /etc/passwd");
    BOOST_TEST(unquoted("{ cat; }") == "{ cat; }");
    BOOST_TEST(unquoted("awk {print}") == "awk {print}");
}

BOOST_AUTO_TEST_CASE(unfinished_input_is_taken_as_far_as_it_goes) {
    BOOST_TEST(unquoted("cat 'x") == "cat x");
    BOOST_TEST(unquoted("cat \"x") == "cat x");
    BOOST_TEST(unquoted("cat \\") == "cat ");
    BOOST_TEST(unquoted("$'\\x") == "\\x");
    BOOST_TEST(unquoted("$'\\") == "\\");
    BOOST_TEST(unquoted("$") == "$");
    BOOST_TEST(unquoted("${IFS") == "${IFS");
    BOOST_TEST(unquoted("printf '\\'x") == "printf \\x");
}

BOOST_AUTO_TEST_CASE(output_is_never_longer_than_the_input) {
    for (std::string const piece :
         {"\\", "'", "\"", "$", "$IFS", "{a,", "{", "\\x", "$'\\u0000'", "printf '\\0'", "`", "$@"}) {
        std::string line;
        while (line.size() < 4000)
            line += piece;
        BOOST_TEST(unquoted(line).size() <= line.size());
    }
}

BOOST_AUTO_TEST_CASE(base64_into_a_shell_is_decoded) {
    BOOST_TEST(decoded("echo Y2F0IC9ldGMvcGFzc3dk | base64 -d | sh") == "cat /etc/passwd\n");
    BOOST_TEST(decoded("eval $(base64 --decode <<< Y2F0IC9ldGMvcGFzc3dk)") == "cat /etc/passwd\n");
    BOOST_TEST(decoded("echo Y2F0IC9ldGMvcGFzc3dk|base64 -d|/bin/bash") == "cat /etc/passwd\n");
}

BOOST_AUTO_TEST_CASE(base64_elsewhere_is_not) {
    BOOST_TEST(decoded("echo Y2F0IC9ldGMvcGFzc3dk | base64 -d > out.sh") == "");
    BOOST_TEST(decoded("echo Y2F0IC9ldGMvcGFzc3dk | base64 | sh") == "");
    BOOST_TEST(decoded("echo Y2F0IC9ldGMvcGFzc3dk | sh") == "");
}

BOOST_AUTO_TEST_CASE(decoding_keeps_to_its_room) {
    std::string const token(4000, 'Q');
    BOOST_TEST(decoded("echo " + token + " | base64 -d | sh", 1000) == "");
    BOOST_TEST(decoded("echo " + token + " | base64 -d | sh", 5000).size() <= 5000u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
