#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace rulehost {

/// Where requests over HTTP or HTTPS go.
struct http_endpoint {
    std::string url;
    std::string authorization;     ///< the header; empty: none
    std::filesystem::path ca_file; ///< PEM; empty: the authorities of the system
};

/// Posts tags as JSON.
struct webhook_output : http_endpoint {
    std::string body = "tags"; ///< `tags`, `slack`, `discord`, `teams`, `mattermost`, or a JSON template
};

/// Creates documents of the Elastic Common Schema in Elasticsearch or OpenSearch.
struct elasticsearch_output : http_endpoint {
    std::string index = "rulehost-tags"; ///< or data stream
};

/// Posts events as Falco does, one in a request.
struct falcosidekick_output : http_endpoint {};

/// Posts alerts to Alertmanager; the URL is its own, without `/api/v2/alerts`.
struct alertmanager_output : http_endpoint {};

/// Sends messages of RFC 5424.
struct syslog_output {
    enum class format { json, cef };

    std::string address; ///< `udp://host[:port]`, `tcp://...` or `tls://...`
    format text = format::json;
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
    std::variant<webhook_output, file_output, syslog_output, elasticsearch_output, falcosidekick_output,
                 alertmanager_output>
        to;
};

} // namespace rulehost
