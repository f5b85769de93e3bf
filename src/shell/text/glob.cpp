#include "shell/text/glob.hpp"

#include <algorithm>

namespace rulehost::shell {

namespace {

/// Bytes of a class that take the time of a step.
constexpr std::size_t class_bytes_in_a_step = 16;

/// Reads one element of a pattern at `at`; whether `c` fits it. Moves `at` behind it. Adds the reading of a class, closed
/// or not, to `steps`.
bool element_fits(std::string_view pattern, std::size_t& at, char c, bool paths, std::size_t& steps) {
    auto const sign = pattern[at];
    if (sign == '?') {
        ++at;
        return !paths || c != '/';
    }
    if (sign == '\\' && at + 1 < pattern.size()) {
        at += 2;
        return pattern[at - 1] == c;
    }
    if (sign == '[') {
        auto place = at + 1;
        bool const negated = place < pattern.size() && (pattern[place] == '!' || pattern[place] == '^');
        if (negated)
            ++place;
        bool found = false;
        bool first = true;
        for (; place < pattern.size() && (first || pattern[place] != ']'); first = false) {
            auto low = pattern[place++];
            if (low == '\\' && place < pattern.size())
                low = pattern[place++];
            auto high = low;
            if (place + 1 < pattern.size() && pattern[place] == '-' && pattern[place + 1] != ']') {
                high = pattern[place + 1];
                place += 2;
            }
            found = found ||
                (static_cast<unsigned char>(low) <= static_cast<unsigned char>(c) &&
                 static_cast<unsigned char>(c) <= static_cast<unsigned char>(high));
        }
        steps += (place - at) / class_bytes_in_a_step;
        if (place < pattern.size()) {
            at = place + 1;
            return found != negated && (!paths || c != '/');
        }
    }
    ++at;
    return sign == c;
}

constexpr std::size_t max_steps = 8192;

bool fits(std::string_view pattern, std::string_view text, bool paths, std::size_t& steps) {
    std::size_t at = 0;
    std::size_t place = 0;
    std::size_t star = std::string_view::npos;
    std::size_t star_place = 0;
    while (place < text.size()) {
        if (++steps > max_steps)
            return false;
        if (at < pattern.size() && pattern[at] == '*') {
            star = ++at;
            star_place = place;
            continue;
        }
        auto next = at;
        if (at < pattern.size() && element_fits(pattern, next, text[place], paths, steps)) {
            at = next;
            ++place;
            continue;
        }
        if (star == std::string_view::npos || (paths && text[star_place] == '/'))
            return false;
        at = star;
        place = ++star_place;
    }
    while (at < pattern.size() && pattern[at] == '*')
        ++at;
    return at == pattern.size();
}

constexpr std::string_view files[]{
    "/etc/passwd",
    "/etc/shadow",
    "/etc/group",
    "/etc/gshadow",
    "/etc/hosts",
    "/etc/crontab",
    "/etc/sudoers",
    "/etc/profile",
    "/etc/ssh/sshd_config",
    "/etc/issue",
    "/etc/os-release",
    "/etc/resolv.conf",
    "/etc/fstab",
    "/etc/hostname",
    "/etc/inittab",
    "/etc/rc.local",
    "/etc/ld.so.preload",
    "/etc/ssh/ssh_config",
    "/etc/motd",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/mounts",
    "/proc/version",
    "/proc/net/tcp",
    "/root/.ssh/authorized_keys",
    "/root/.ssh/id_rsa",
    "/root/.bash_history",
    "/root/.bashrc",
    "/var/log/auth.log",
    "/var/log/syslog",
    "/var/log/wtmp",
    "/var/log/lastlog",
    "/var/log/messages",
    "/var/run/utmp",
    "/var/run/docker.sock",
    "/dev/tcp",
    "/dev/null",
};

/// The first match wins, so likely ones come first.
constexpr std::string_view programs[]{
    "cat",       "id",       "ls",       "wget",      "curl",    "sh",       "bash",       "nc",         "rm",
    "cp",        "mv",       "dd",       "chmod",     "uname",   "whoami",   "ps",         "tftp",       "ftp",
    "ncat",      "netcat",   "python3",  "python",    "perl",    "php",      "ruby",       "base64",     "busybox",
    "crontab",   "useradd",  "passwd",   "echo",      "printf",  "tac",      "rev",        "head",       "tail",
    "less",      "more",     "grep",     "find",      "awk",     "sed",      "xxd",        "od",         "nl",
    "cut",       "sort",     "tee",      "touch",     "kill",    "pkill",    "killall",    "dash",       "ash",
    "zsh",       "ksh",      "env",      "sudo",      "su",      "ssh",      "scp",        "ssh-keygen", "openssl",
    "gcc",       "socat",    "telnet",   "nslookup",  "dig",     "ping",     "mount",      "umount",     "chattr",
    "chown",     "insmod",   "iptables", "systemctl", "service", "history",  "hostname",   "ifconfig",   "ip",
    "netstat",   "nmap",     "tar",      "gzip",      "gunzip",  "unzip",    "zip",        "docker",     "kubectl",
    "shred",     "truncate", "visudo",   "usermod",   "userdel", "groups",   "last",       "w",          "who",
    "df",        "free",     "mkdir",    "rmdir",     "ln",      "xargs",    "nohup",      "setsid",     "timeout",
    "printenv",  "export",   "strings",  "hexdump",   "vi",      "vim",      "nano",       "ftpget",     "lwp-download",
    "aria2c",    "axel",     "rsync",    "at",        "screen",  "tmux",     "git",        "make",       "apt",
    "apt-get",   "yum",      "nproc",    "lscpu",     "lsmod",   "modprobe", "chpasswd",   "adduser",    "setenforce",
    "dmidecode", "tcpdump",  "masscan",  "gdb",       "strace",  "aws",      "node",       "lua",        "gpg",
    "bzip2",     "xz",       "watch",    "nice",      "mknod",   "mkfifo",   "mkfs",       "sysctl",     "reboot",
    "shutdown",  "poweroff", "halt",     "lsof",      "getent",  "stat",     "dmesg",      "uptime",     "swapoff",
    "ufw",       "arp",      "route",    "ss",        "top",     "lspci",    "journalctl",
};

constexpr std::string_view directories[]{"/bin/", "/usr/bin/", "/sbin/", "/usr/sbin/", "/usr/local/bin/"};

/// Limit of the steps of all comparisons with known names.
constexpr std::size_t max_known_steps = max_steps / 2;

std::string_view fitting_program(std::string_view pattern) {
    auto const front = pattern.substr(0, pattern.find_first_of("*?[\\"));
    if (front.empty() && pattern.find(']') == std::string_view::npos && pattern.starts_with('['))
        return {}; // the program `[`
    std::size_t steps = 0;
    for (auto const each : programs) {
        if (each.starts_with(front) && fits(pattern, each, false, steps))
            return each;
        if (steps > max_known_steps)
            break;
    }
    return {};
}

bool has_signs(std::string_view text) {
    return text.find_first_of("*?[") != std::string_view::npos;
}

} // namespace

bool fits(std::string_view pattern, std::string_view text, bool paths) {
    std::size_t steps = 0;
    return fits(pattern, text, paths, steps);
}

std::size_t length_that_fits(std::string_view pattern, std::string_view text, bool at_front, bool longest,
                             std::size_t& steps) {
    for (std::size_t i = 0; i <= text.size() && steps < max_steps; ++i) {
        auto const length = longest ? text.size() - i : i;
        auto const piece = at_front ? text.substr(0, length) : text.substr(text.size() - length);
        if (fits(pattern, piece, false, steps))
            return length;
        ++steps;
    }
    return std::string_view::npos;
}

std::string_view known_path(std::string_view pattern) {
    std::string_view found;
    std::size_t steps = 0;
    auto const front = pattern.substr(0, pattern.find_first_of("*?[\\"));
    for (auto const each : files) {
        if (steps > max_known_steps)
            return {};
        if (!each.starts_with(front) || !fits(pattern, each, true, steps))
            continue;
        if (!found.empty())
            return {};
        found = each;
    }
    return found;
}

std::string_view known_program(std::string_view pattern) {
    auto const slash = pattern.rfind('/');
    if (slash == std::string_view::npos) {
        if (pattern.find_first_not_of("*?") == std::string_view::npos && pattern.size() < 2)
            return {};
        return fitting_program(pattern);
    }
    auto const directory = pattern.substr(0, slash + 1);
    if (has_signs(directory) &&
        std::ranges::none_of(directories, [&](auto each) { return fits(directory, each, true); }))
        return {};
    auto const name = pattern.substr(slash + 1);
    if (!has_signs(name))
        return name;
    return fitting_program(name);
}

} // namespace rulehost::shell
