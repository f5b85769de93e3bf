#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace rulehost {

/// Posts tags as JSON over HTTP or HTTPS.
struct webhook_output {
    std::string url;
    std::string body = "tags";     ///< `tags`, `slack`, `discord`, `teams`, `mattermost`, or a JSON template
    std::string authorization;     ///< the header; empty: none
    std::filesystem::path ca_file; ///< PEM; empty: the authorities of the system
};

/// Writes tags to a file as NDJSON; `PATH.1`, `PATH.2` ... are the files before it.
struct file_output {
    std::filesystem::path path;
    std::uint64_t max_bytes = 100ull << 20; ///< of one file
    std::size_t keep = 5;                   ///< files before it
};

/// Where tags are sent once they are stored. A value.
struct output_options {
    std::string name;                    ///< of its place in the outbox, lastingly; letters, digits, `_`, `-`
    std::vector<std::string> techniques; ///< `T1059` or `T1059.004`; only tags of one of them; empty: all
    std::vector<std::string> rules;      ///< ids; only their tags; empty: all
    double min_confidence = 0;
    std::variant<webhook_output, file_output> to;
};

} // namespace rulehost
