#pragma once

#include "support/tags.hpp"

#include <chrono>
#include <cstddef>
#include <random>
#include <string>

namespace rulehost::test {

/// A tag about a shell, with all members set.
inline tag full_tag(std::string typed = "cat /etc/shadow") {
    auto made = make_tag("cmd_1", "T1059", "T1059.004");
    made.tactic = "TA0002";
    made.tactic_name = "Execution";
    made.technique_name = "Command and Scripting Interpreter: Unix Shell";
    made.observed_at = time_point{std::chrono::seconds{1'613'127'060}};
    made.created_at = time_point{std::chrono::seconds{1'613'127'061}};
    made.src_ip = "203.0.113.5";
    made.src_port = 40022;
    made.decky_id = "pot1";
    made.session_id = "1a59d85e627b";
    made.rule_name = "shells";
    made.evidence["command_text"] = std::move(typed);
    return made;
}

/// Texts that try to escape from their context, and random bytes.
class hostile_texts {
public:
    std::string next() {
        static constexpr char const* pieces[]{"\"",
                                              "\\",
                                              "]",
                                              "|",
                                              "=",
                                              "\n",
                                              "\r\n",
                                              "\x1b[2J",
                                              "\xe2\x80\xae",
                                              "\xff",
                                              "\xc0",
                                              "<1>1",
                                              "CEF:0|",
                                              " src=",
                                              "}{",
                                              "\xe4\xb8\xad",
                                              "{\"create\":{}}",
                                              "<!channel>",
                                              "@everyone",
                                              "[x](http://evil)",
                                              "a",
                                              " ",
                                              "\t",
                                              "\xf0\x9f\x98\x80",
                                              "\xef\xbb\xbf",
                                              "0 ",
                                              "'"};
        std::string text;
        for (auto left = random_() % 12; left > 0; --left)
            text += pieces[random_() % std::size(pieces)];
        if (random_() % 8 == 0)
            text += std::string(random_() % 5000, static_cast<char>(random_() % 256));
        text.push_back('\0');
        return text;
    }
    tag next_tag() {
        auto made = full_tag(next());
        made.src_ip = next();
        made.decky_id = next();
        made.session_id = next();
        made.attacker_uuid = next();
        made.source_id = next();
        made.input = next();
        made.evidence["username"] = next();
        return made;
    }

private:
    std::mt19937 random_{7};
};

} // namespace rulehost::test
