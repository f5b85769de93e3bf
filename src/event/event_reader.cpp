#include <rulehost/event_reader.hpp>

#include "event/cowrie_event.hpp"
#include "event/deterministic_uuid.hpp"
#include "event/event_list.hpp"
#include "event/native_event.hpp"
#include "event/readable_text.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/value.hpp>
#include <boost/throw_exception.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

namespace rulehost {

namespace json = boost::json;

namespace {

constexpr std::array<std::pair<event_format, std::string_view>, 4> formats{{
    {event_format::detect, "detect"},
    {event_format::event, "event"},
    {event_format::cowrie, "cowrie"},
    {event_format::text, "text"},
}};

/// Room for the values of an ordinary line; longer ones take more for as long as they last.
constexpr std::size_t arena_size = 64 * 1024;

} // namespace

std::string_view to_string(event_format format) {
    return std::ranges::find(formats, format, &std::pair<event_format, std::string_view>::first)->second;
}

std::optional<event_format> event_format_from(std::string_view name) {
    auto const found = std::ranges::find(formats, name, &std::pair<event_format, std::string_view>::second);
    return found == formats.end() ? std::nullopt : std::optional(found->first);
}

struct event_reader::implementation {
    explicit implementation(event_format format_) : format(format_) {}

    boost::system::result<void, bad_line> read(std::string_view line, time_point arrived) {
        if (format == event_format::text) {
            read_command_line(line, arrived);
            return {};
        }
        if (line.find_first_not_of(" \t\r") == std::string_view::npos)
            return {};
        json::error_code problem;
        auto document = parsed(line, problem);
        if (problem) {
            // Most lines are well-formed; only the others pay for being looked at twice.
            readable = with_valid_json_text(line);
            if (readable != line)
                document = parsed(readable, problem);
        }
        if (problem)
            return bad_line{"not JSON: " + problem.message()};
        auto* const object = document.if_object();
        if (!object)
            return bad_line{"not a JSON object"};
        auto const event_id = event_id_of(*object);
        if (format == event_format::event || (format == event_format::detect && !event_id.starts_with("cowrie.")))
            return read_native_event(*object, arrived, events);
        auto const read = read_cowrie_event(*object, arrived, events);
        if (read && events.size() == 0)
            count_skipped(event_id);
        return read;
    }

    json::value parsed(std::string_view line, json::error_code& problem) {
        parser.reset(&arena);
        parser.write(line, problem);
        return problem ? json::value() : parser.release();
    }

    /// The names are the line's: neither their length nor their number may grow with what is sent.
    void count_skipped(std::string_view name) {
        auto found = skipped.find(name);
        if (found == skipped.end()) {
            bool const keep = name.size() <= longest_identifier && skipped.size() < most_skipped_names;
            found = skipped.emplace(keep ? name : "other", 0).first;
        }
        ++found->second;
    }

    /// A line that somebody typed has no anchors of its own: its session is this input.
    void read_command_line(std::string_view line, time_point arrived) {
        auto& e = events.add();
        auto const text = with_valid_utf8(line);
        e.source_kind = "command";
        e.source_id = event_uuid({"text", std::to_string(++lines), text});
        e.attacker_uuid = event_uuid({"text"});
        e.observed_at = arrived;
        json::object payload(&arena);
        payload.emplace("command_text", text);
        event_list::put_payload(e, std::move(payload));
    }

    event_format format;
    std::vector<unsigned char> memory = std::vector<unsigned char>(arena_size);
    json::monotonic_resource arena{memory.data(), memory.size()};
    json::parser parser;
    event_list events;
    std::string readable;
    std::uint64_t lines = 0;
    counters skipped;
};

event_reader::event_reader(event_format format) : implementation_(std::make_unique<implementation>(format)) {}
event_reader::~event_reader() = default;

boost::system::result<std::span<event const>, bad_line> event_reader::read(std::string_view line, time_point arrived) {
    implementation_->events.clear();
    implementation_->parser.reset();
    implementation_->arena.release();
    if (auto const read = implementation_->read(line, arrived); !read)
        return read.error();
    return implementation_->events.events();
}

event_reader::counters const& event_reader::skipped() const {
    return implementation_->skipped;
}

void throw_exception_from_error(bad_line const& problem, boost::source_location const& where) {
    boost::throw_exception(std::invalid_argument(problem.reason), where);
}

} // namespace rulehost
