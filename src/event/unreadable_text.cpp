#include "event/unreadable_text.hpp"

#include <array>
#include <string>

namespace rulehost {

namespace {

using namespace std::string_view_literals;

struct signature {
    std::string_view begin;
    text_guess guess;
};

constexpr std::array signatures{
    signature{"\x1f\x8b"sv, {"gzip", "zcat FILE"}},
    signature{"\x28\xb5\x2f\xfd"sv, {"zstd", "zstdcat FILE"}},
    signature{"BZh"sv, {"bzip2", "bzcat FILE"}},
    signature{"\xfd\x37zXZ"sv, {"xz", "xzcat FILE"}},
    signature{"PK\x03\x04"sv, {"a zip archive", "unzip -p FILE"}},
    signature{"\xff\xfe"sv, {"UTF-16", "iconv -f UTF-16 -t UTF-8 FILE"}},
    signature{"\xfe\xff"sv, {"UTF-16", "iconv -f UTF-16 -t UTF-8 FILE"}},
    signature{"SQLite format 3"sv, {"an SQLite database", ""}},
};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// `<134>...`, `Nov 29 12:00:00 host ...`, `2026-11-29T12:00:00+00:00 host ...`.
bool begins_like_syslog(std::string_view line) {
    constexpr std::string_view months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec";
    if (line.size() > 2 && line[0] == '<' && is_digit(line[1]))
        return line.find('>') <= 4;
    if (line.size() < 16)
        return false;
    bool const month = line[3] == ' ' && months.find(line.substr(0, 3)) % 4 == 0;
    bool const date = is_digit(line[0]) && line[4] == '-' && line[7] == '-' && (line[10] == 'T' || line[10] == ' ');
    return (month && line[9] == ':' && line[12] == ':') || date;
}

} // namespace

text_guess guess_text(std::string_view first_line) {
    for (auto const& each : signatures)
        if (first_line.starts_with(each.begin))
            return each.guess;
    auto const first = first_line.find_first_not_of(" \t\r");
    if (first == first_line.npos)
        return {};
    auto const last = first_line[first_line.find_last_not_of(" \t\r")];
    if (first_line[first] == '[')
        return {"a JSON array", "jq -c '.[]' FILE"};
    if (first_line[first] == '{' && (last == '{' || last == ',' || last == '['))
        return {"JSON over several lines", "jq -c . FILE"};
    if (!begins_like_syslog(first_line))
        return {};
    return {"a syslog", first_line.find('{') == first_line.npos ? "" : "sed 's/^[^{]*//' FILE"};
}

} // namespace rulehost
