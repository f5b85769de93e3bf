#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace rulehost {

/// Target of requests over HTTP or HTTPS.
struct http_endpoint {
    std::string url;
    std::string authorization;     ///< the header; empty: none
    std::filesystem::path ca_file; ///< PEM; empty: the system's certificate authorities
};

/// Posts tags as JSON.
struct webhook_output : http_endpoint {
    std::string body = "tags"; ///< `tags`, `slack`, `discord`, `teams`, `mattermost`, or a JSON template
};

/// Creates documents of the Elastic Common Schema in Elasticsearch or OpenSearch.
struct elasticsearch_output : http_endpoint {
    std::string index = "rulehost-tags"; ///< or data stream
};

/// Posts events in Falco's format, one per request.
struct falcosidekick_output : http_endpoint {};

/// Posts alerts to Alertmanager; its base URL, without `/api/v2/alerts`.
struct alertmanager_output : http_endpoint {};

/// Sends messages of RFC 5424.
struct syslog_output {
    enum class format { json, cef };

    std::string address; ///< `udp://host[:port]`, `tcp://...` or `tls://...`
    format text = format::json;
    std::filesystem::path ca_file; ///< PEM; empty: the system's certificate authorities
};

/// Writes tags to a file as NDJSON and rotates it to `PATH.1`, `PATH.2` ...
struct file_output {
    std::filesystem::path path;
    std::uint64_t max_bytes = 100ull << 20; ///< of one file
    std::size_t keep = 5;                   ///< rotated files
};

/// Receiver of stored tags. A value.
struct output_options {
    std::string name;                    ///< permanent name of its outbox cursor; letters, digits, `_`, `-`
    std::vector<std::string> techniques; ///< `T1059` or `T1059.004`; sends only tags of these; empty: all
    std::vector<std::string> rules;      ///< ids; sends only their tags; empty: all
    double min_confidence = 0;
    std::variant<webhook_output, file_output, syslog_output, elasticsearch_output, falcosidekick_output,
                 alertmanager_output>
        to;
};

} // namespace rulehost
