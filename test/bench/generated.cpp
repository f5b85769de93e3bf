#include "bench/generated.hpp"

#include <rulehost/rule_reader.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <random>
#include <stdexcept>

namespace rulehost::bench {

namespace {

/// A pronounceable name, unique for the number: `bakotu17`.
std::string name_of(std::size_t n) {
    static constexpr std::string_view consonants = "bdfgklmnprstvz";
    static constexpr std::string_view vowels = "aeiou";
    std::mt19937 random{static_cast<std::uint32_t>(n * 2'654'435'761u + 1)};
    std::string name;
    for (int i = 0; i != 3; ++i) {
        name += consonants[random() % consonants.size()];
        name += vowels[random() % vowels.size()];
    }
    return name + std::to_string(n);
}

std::string header(std::size_t n, std::string_view kind) {
    auto const number = std::to_string(100'000 + n);
    return "rule_id: R" + number + "\nname: generated_" + number + "\napplies_to: [" + std::string(kind) + "]\n";
}

constexpr std::string_view emits = "emits: [{technique_id: T1105, tactic: TA0011, confidence: 0.8}]\n";

std::string command_pattern(std::size_t n) {
    auto const name = name_of(n);
    switch (n % 6) {
    case 0:
        return R"(\b)" + name + R"(\b.*\s-(?:o|O)\s+/tmp/)";
    case 1:
        return R"((?i)\b(?:)" + name + "|" + name + R"(-ng)\s+(?:--?[a-z]+\s+)*https?://)";
    case 2:
        return R"((?:^|[;&|]\s*)(?:sudo\s+)?)" + name + R"(\s+(?:start|enable|install)\b)";
    case 3:
        return "/etc/" + name + R"((?:\.d)?/[\w.-]+\.conf\b)";
    case 4:
        return R"(\b(?:curl|wget)\b[^|;]*\b)" + name + R"(\.(?:sh|bin|elf)\b)";
    default:
        return "echo\\s+[\"']?[A-Za-z0-9+/=]{8,}.*\\b" + name;
    }
}

} // namespace

std::string generated_rule(std::size_t n) {
    auto const name = name_of(n);
    switch (n % 10) {
    case 7:
        return header(n, "http_request") + "match: {field: raw_url, pattern: '(?i)/" + name +
            R"((?:/\w+)*\.php\?[a-z]+=')" + "}\n" + std::string(emits);
    case 8:
        return header(n, "http_request") + "match: {all_of: [{field: user_agent, contains: '" + name +
            "/', ignore_case: true}, {field: status, at_least: 200}]}\n" + std::string(emits);
    case 9:
        return header(n, "auth_attempt") + "match: {all_of: [{field: username, equals: " + name +
            "}, {field: password, one_of: [" + name + ", '" + name + "123', admin]}]}\n" + std::string(emits);
    default:
        return header(n, "command") + "match: {pattern: '" +
            [&] {
                std::string quoted;
                for (char const c : command_pattern(n))
                    quoted.append(c == '\'' ? 2 : 1, c);
                return quoted;
            }() +
            "'}\n" + std::string(emits) + "evidence_fields: [command_text]\n";
    }
}

rule_snapshot generated_rules(std::size_t count) {
    rule_snapshot made;
    made.revision = 1;
    for (std::size_t n = 0; n != count; ++n) {
        auto documents = read_rules(generated_rule(n), "generated.yaml");
        if (documents.size() != 1 || !documents.front().definition)
            throw std::runtime_error("generated rule " + std::to_string(n) + ": " +
                                     to_text(documents.at(0).diagnostics.at(0)));
        made.rules.push_back(std::make_shared<compiled_rule>(documents.front().definition, rule_state{}));
    }
    return made;
}

std::vector<std::string> generated_lines(std::size_t count, std::size_t tagged_one_in) {
    static constexpr std::array<std::string_view, 10> commands{
        "cd /var/tmp && ls -la && cat readme.txt",
        "uname -a; nproc; free -m; df -h",
        "ps aux | grep -v grep | awk '{print $2}' | head -n 20",
        "echo \"export PATH=$PATH:/opt/tools/bin\" >> ~/.profile",
        "tar xzf backup-2025-11-02.tar.gz -C /srv/www --strip-components=1",
        "for f in *.log; do gzip \"$f\"; done; sync",
        "systemctl status nginx; journalctl -u nginx --since today",
        "python3 manage.py migrate --settings=site.settings.production",
        "find /var/log -name '*.gz' -mtime +30 -delete",
        "git clone https://git.example.org/team/project.git && cd project && make -j4"};
    static constexpr std::array<std::string_view, 4> urls{"/index.php?id=12&view=full", "/static/js/app.3f2a.js",
                                                          "/api/v2/users/1532/orders?limit=50&sort=date",
                                                          "/wp-login.php"};
    std::mt19937 random{20'260'101};
    std::vector<std::string> lines;
    for (std::size_t i = 0; i != count; ++i) {
        boost::json::object line{{"source_id", "event_" + std::to_string(i)},
                                 {"attacker_uuid", "11111111-1111-5111-8111-111111111111"},
                                 {"session_id", "session_" + std::to_string(random() % 1000)},
                                 {"decky_id", "decky-" + std::to_string(random() % 8)},
                                 {"observed_at", "2026-01-01T00:00:00.000000Z"}};
        auto& payload = line["payload"].emplace_object();
        payload["src"] = "203.0.113." + std::to_string(random() % 256);
        auto const kind = random() % 10;
        if (kind < 7) {
            line["source_kind"] = "command";
            payload["user"] = "root";
            payload["uid"] = 0;
            payload["pwd"] = "/root";
            std::string text{commands[random() % commands.size()]};
            if (tagged_one_in != 0 && random() % tagged_one_in == 0)
                text += "; " + name_of(0) + " -o /tmp/x";
            payload["command_text"] = text;
        } else if (kind < 9) {
            line["source_kind"] = "http_request";
            payload["raw_url"] = urls[random() % urls.size()];
            payload["user_agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
            payload["status"] = 200;
        } else {
            line["source_kind"] = "auth_attempt";
            payload["username"] = "root";
            payload["password"] = "hunter" + std::to_string(random() % 100);
            payload["result"] = "failed";
        }
        lines.push_back(boost::json::serialize(line));
    }
    return lines;
}

event read_line(std::string const& line) {
    auto value = boost::json::parse(line);
    auto& object = value.as_object();
    auto const text = [&](std::string_view key) { return std::string(object.at(key).as_string()); };
    event e;
    e.source_kind = text("source_kind");
    e.source_id = text("source_id");
    e.attacker_uuid = text("attacker_uuid");
    e.session_id = text("session_id");
    e.decky_id = text("decky_id");
    e.payload = std::move(object.at("payload").as_object());
    return e;
}

} // namespace rulehost::bench
