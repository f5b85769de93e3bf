#pragma once

#include <array>
#include <string_view>

namespace rulehost {

/// A kind of event that rulehost's own adapters produce, and what a condition without `field` looks at.
struct source_kind {
    std::string_view name;
    std::string_view default_field; ///< empty: a condition must name its field
};

inline constexpr std::array known_source_kinds{
    source_kind{"command", "command_text"},
    source_kind{"http_request", "raw_url"},
    source_kind{"email", "subject"},
    source_kind{"intel", "verdict"},
    source_kind{"canary_fingerprint", "ua_signature"},
    source_kind{"auth_attempt", "username"},
    source_kind{"payload", "payload_text"},
    source_kind{"session", {}},
    source_kind{"file_transfer", {}},
    source_kind{"tunnel", {}},
    source_kind{"client_fingerprint", {}},
    source_kind{"identity", {}},
    source_kind{"credential", {}},
    source_kind{"ipv6_leak", {}},
    source_kind{"canary", {}},
};

/// The fields of payloads of these kinds that come from the producers that rules are written for, besides what an
/// adapter names itself. Of a field with members, its own name.
inline constexpr std::array<std::string_view, 105> known_fields{
    "abuseipdb_categories", "abuseipdb_score", "accounts_targeted", "addr", "aggregate_verdict", "arch",
    "attachment_extensions", "attachment_macros", "attachment_password_protected", "beacon_interval_s",
    "beacon_jitter_pct", "body", "body_base64_bytes", "body_simhash", "body_text", "bytes_out", "bytes_read",
    "canvas_audio_hash_match", "command_text", "commands", "compCS", "credential_hash", "direction", "dkim_signed",
    "dst_ip", "dst_port", "duplicate", "duration", "encCS", "fail_count", "feodo_listed", "filename", "from_domain",
    "greynoise_classification", "greynoise_name", "greynoise_tags", "hassh", "hasshAlgorithms", "headers", "host",
    "html_smuggling", "iid_kind", "ja3", "ja3s", "jarm", "kexAlgs", "keyAlgs", "lang_geo_mismatch", "langCS",
    "llmnr_poison_count", "llmnr_poisoned", "mac_oui", "macCS", "mail_from_domain", "malware_family", "matched_path",
    "method", "navigator_webdriver", "note_text", "op_text", "outfile", "password", "password_count", "path",
    "payload_text", "platform_inconsistent", "prior_brute", "protocol", "pwd", "raw_url", "rcpt_count",
    "rcpt_domains", "referer", "request_count", "request_path", "result", "return_path_domain", "reuse_count",
    "rows_read", "service", "shasum", "signals", "size", "sni", "spf_pass", "src", "src_ip", "src_port", "status",
    "subject", "tftp_filename", "threatfox_threat_types", "ttylog", "tz_geo_mismatch", "ua_signature", "uid", "url",
    "urls", "user", "user_agent", "username", "verdict", "version", "webrtc_geo_mismatch", "x_mailer",
};

} // namespace rulehost
