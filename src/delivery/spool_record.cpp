#include "delivery/spool_record.hpp"

#include <rulehost/json_text.hpp>

#include <boost/crc.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace rulehost {

namespace {

std::uint32_t checksum(std::string_view bytes) {
    boost::crc_32_type sum;
    sum.process_bytes(bytes.data(), bytes.size());
    return sum.checksum();
}

template <class Number>
void append_number(std::string& out, Number number) {
    for (std::size_t i = 0; i < sizeof number; ++i)
        out += static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * i) & 0xff);
}

/// Takes values off the front of a record. Throws std::runtime_error past its end.
class record_reader {
public:
    explicit record_reader(std::string_view rest) : rest_(rest) {}

    template <class Number>
    Number number() {
        auto const bytes = take(sizeof(Number));
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < sizeof(Number); ++i)
            value |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
        return static_cast<Number>(value);
    }
    std::string_view text() { return take(number<std::uint32_t>()); }
    std::string_view take(std::size_t count) {
        if (count > rest_.size())
            throw std::runtime_error("it ends too early");
        auto const bytes = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return bytes;
    }
    bool at_end() const { return rest_.empty(); }

private:
    std::string_view rest_;
};

void append_text(std::string& out, std::string_view text) {
    append_number(out, static_cast<std::uint32_t>(text.size()));
    out += text;
}

void append_optional(std::string& out, std::optional<std::int64_t> number) {
    append_number(out, static_cast<std::uint8_t>(number.has_value()));
    if (number)
        append_number(out, *number);
}

// Fields of a record, in order.
enum class entry : std::uint8_t { tag_of_version_1 = 1, position = 2, tag = 3 };

// Bits of one byte of a tag. Versions that know only the first read any value but 0 as that.
constexpr std::uint8_t flag_truncated = 1;
constexpr std::uint8_t flag_undecided = 2;
constexpr std::uint8_t flag_observe = 4;
constexpr std::uint8_t flag_withheld = 8; // the decision follows the line

boost::json::object parsed_evidence(std::string_view text) {
    boost::json::parse_options options;
    options.max_depth = 256;
    options.allow_invalid_utf8 = true; // evidence holds the bytes of the event
    return boost::json::parse(boost::json::string_view(text.data(), text.size()), {}, options).as_object();
}

/// A tag in the format of earlier versions, without time and address of the event.
tag read_tag_of_version_1(record_reader& from) {
    tag each;
    auto const uuid = from.take(each.uuid.size());
    std::memcpy(each.uuid.data, uuid.data(), uuid.size());
    for (auto* const text : {&each.source_kind, &each.source_id, &each.attacker_uuid, &each.identity_uuid,
                             &each.session_id, &each.decky_id, &each.tactic, &each.technique_id, &each.sub_technique_id,
                             &each.rule_id, &each.attack_release})
        *text = from.text();
    each.confidence = std::bit_cast<double>(from.number<std::uint64_t>());
    each.rule_version = from.number<std::int64_t>();
    each.created_at = time_point(duration(from.number<std::int64_t>()));
    each.evidence = parsed_evidence(from.text());
    return each;
}

std::optional<std::int64_t> read_optional(record_reader& from) {
    return from.number<std::uint8_t>() != 0 ? std::optional(from.number<std::int64_t>()) : std::nullopt;
}

tag read_tag(record_reader& from) {
    auto each = read_tag_of_version_1(from);
    for (auto* const text : {&each.src_ip, &each.tactic_name, &each.technique_name, &each.rule_name, &each.input})
        *text = from.text();
    if (auto const at = read_optional(from))
        each.observed_at = time_point(duration(*at));
    if (auto const port = read_optional(from))
        each.src_port = static_cast<std::uint16_t>(*port);
    if (auto const bits = read_optional(from))
        each.clipped_from = std::bit_cast<double>(*bits);
    auto const flags = from.number<std::uint8_t>();
    each.truncated = (flags & flag_truncated) != 0;
    each.undecided = (flags & flag_undecided) != 0;
    each.observe = (flags & flag_observe) != 0;
    each.revision = from.number<std::uint64_t>();
    each.line = from.number<std::uint64_t>();
    if ((flags & flag_withheld) != 0)
        each.withheld_by = from.number<std::uint64_t>();
    return each;
}

} // namespace

void append_entry(std::string& out, tag const& each) {
    append_number(out, static_cast<std::uint8_t>(entry::tag));
    out.append(reinterpret_cast<char const*>(each.uuid.data), each.uuid.size());
    for (auto const* const text : {&each.source_kind, &each.source_id, &each.attacker_uuid, &each.identity_uuid,
                                   &each.session_id, &each.decky_id, &each.tactic, &each.technique_id,
                                   &each.sub_technique_id, &each.rule_id, &each.attack_release})
        append_text(out, *text);
    append_number(out, std::bit_cast<std::uint64_t>(each.confidence));
    append_number(out, each.rule_version);
    append_number(out, static_cast<std::int64_t>(each.created_at.time_since_epoch().count()));
    append_text(out, json_text(each.evidence));
    for (auto const* const text : {&each.src_ip, &each.tactic_name, &each.technique_name, &each.rule_name, &each.input})
        append_text(out, *text);
    append_optional(out,
                    each.observed_at ? std::optional<std::int64_t>(each.observed_at->time_since_epoch().count())
                                     : std::nullopt);
    append_optional(out, each.src_port);
    append_optional(out,
                    each.clipped_from ? std::optional(std::bit_cast<std::int64_t>(*each.clipped_from)) : std::nullopt);
    append_number(out,
                  static_cast<std::uint8_t>((each.truncated ? flag_truncated : 0) |
                                            (each.undecided ? flag_undecided : 0) | (each.observe ? flag_observe : 0) |
                                            (each.withheld_by != 0 ? flag_withheld : 0)));
    append_number(out, each.revision);
    append_number(out, each.line);
    if (each.withheld_by != 0)
        append_number(out, each.withheld_by);
}

void append_entry(std::string& out, input_position const& each) {
    append_number(out, static_cast<std::uint8_t>(entry::position));
    append_text(out, each.input);
    append_text(out, each.place);
}

void append_record(std::string& out, std::string_view mark, std::string_view content) {
    out += mark;
    append_number(out, static_cast<std::uint32_t>(content.size()));
    append_number(out, checksum(content));
    out += content;
}

void read_record(std::string_view bytes, spool::page& into) {
    for (record_reader from(bytes); !from.at_end();) {
        switch (entry{from.number<std::uint8_t>()}) {
        case entry::tag_of_version_1:
            into.tags.push_back(read_tag_of_version_1(from));
            break;
        case entry::tag:
            into.tags.push_back(read_tag(from));
            break;
        case entry::position: {
            input_position each;
            each.input = from.text();
            each.place = from.text();
            into.positions.push_back(std::move(each));
            break;
        }
        default:
            throw std::runtime_error("it holds what this version does not know");
        }
    }
}

std::optional<std::uint32_t> record_at(std::string_view bytes, std::string_view mark) {
    if (bytes.size() < head_size || !bytes.starts_with(mark))
        return std::nullopt;
    record_reader head(bytes.substr(mark.size()));
    auto const length = head.number<std::uint32_t>();
    auto const sum = head.number<std::uint32_t>();
    if (length > max_record || length > bytes.size() - head_size || checksum(bytes.substr(head_size, length)) != sum)
        return std::nullopt;
    return length;
}

bool is_unfinished(std::string_view bytes, std::string_view mark) {
    if (std::ranges::all_of(bytes, [](char c) { return c == 0; })) // as a power loss leaves it
        return true;
    if (bytes.size() < mark.size())
        return mark.starts_with(bytes);
    if (bytes.size() < head_size || !bytes.starts_with(mark))
        return bytes.starts_with(mark);
    return record_reader(bytes.substr(mark.size())).number<std::uint32_t>() > bytes.size() - head_size;
}

} // namespace rulehost
