#include <rulehost/event_reader.hpp>

#include "event/adapted_event.hpp"
#include "event/deterministic_uuid.hpp"
#include "event/event_list.hpp"
#include "event/native_event.hpp"
#include "event/readable_text.hpp"
#include "text/utf8.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/value.hpp>
#include <boost/throw_exception.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <stdexcept>
#include <utility>
#include <vector>

namespace rulehost {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 3> own_formats{"detect", "event", "text"};

/// Memory for the values of an ordinary line; a longer line allocates more until it is done.
constexpr std::size_t arena_size = 64 * 1024;

} // namespace

std::shared_ptr<adapter_table const> const& event_format::adapters() const {
    static auto const shipped = adapter_table::shipped();
    return adapters_ ? adapters_ : shipped;
}

std::optional<event_format> event_format_from(std::string_view name, std::shared_ptr<adapter_table const> adapters) {
    event_format format(std::string(name), std::move(adapters));
    bool const known = std::ranges::find(own_formats, name) != own_formats.end() || format.adapters()->find(name);
    return known ? std::optional(std::move(format)) : std::nullopt;
}

std::vector<std::string> event_format_names(std::shared_ptr<adapter_table const> adapters) {
    std::vector<std::string> names(own_formats.begin(), own_formats.end());
    auto more = (adapters ? *adapters : *adapter_table::shipped()).names();
    std::ranges::move(more, std::back_inserter(names));
    return names;
}

struct event_reader::implementation {
    explicit implementation(event_format format_)
        : format(std::move(format_)), adapters(format.adapters()), chosen(adapters->find(format.name())) {}

    boost::system::result<void, bad_line> read(std::string_view line, time_point arrived, line_origin const& origin) {
        by = nullptr;
        if (format == event_format::text) {
            by = &counts_of("text", counts);
            read_command_line(line, arrived, origin);
            return {};
        }
        if (line.find_first_not_of(" \t\r") == std::string_view::npos)
            return {};
        json::error_code problem;
        auto document = parsed(line, problem);
        if (problem) {
            // Most lines are well-formed; only the others pay for a second parse.
            readable = with_valid_json_text(line);
            if (readable != line)
                document = parsed(readable, problem);
        }
        if (problem) {
            by = &counts_of(format.name(), counts);
            return bad_line{"not JSON: " + problem.message()};
        }
        auto* const object = document.if_object();
        if (!object) {
            by = &counts_of(format.name(), counts);
            return bad_line{"not a JSON object"};
        }
        tokens.clear();
        auto const* const adapter = adapter_for(*object, origin.topic);
        if (!adapter) {
            bool const unknown = format == event_format::detect && !object->contains("source_kind");
            by = &counts_of(unknown ? "detect" : "event", counts);
            return read_native_event(*object, arrived, events);
        }
        by = &counts_of(adapter->name, counts);
        known_members members(adapter->names, *object);
        auto const* const kind = members.find(adapter->named_by);
        if (!kind && !adapter->named_by.empty())
            return bad_line{to_text(adapter->named_by) + " is missing"};
        auto const read = read_adapted_events(*adapter, members, line, tokens, arrived, events);
        if (read && events.size() == 0 && events.problem().empty()) // then the document is still whole
            count_skipped(kind ? text_of_scalar(*kind) : std::string());
        return read;
    }

    /// Null for rulehost's own form.
    event_adapter const* adapter_for(json::object& document, std::string_view topic) {
        if (chosen || format == event_format::event)
            return chosen.get();
        if (document.contains("source_kind"))
            return nullptr;
        auto const& all = adapters->all();
        auto found = all.end();
        if (!topic.empty())
            found = std::ranges::find_if(all, [&](auto const& each) { return each->takes(topic, tokens); });
        if (found == all.end())
            found = std::ranges::find_if(all, [&](auto const& each) { return each->recognises(document); });
        return found == all.end() ? nullptr : found->get();
    }

    /// The result of a line, from the state after `read`.
    boost::system::result<line_events, bad_line> conclude(boost::system::result<void, bad_line> read,
                                                          time_point arrived, bool truncated) {
        if (read && events.size() == 0 && !events.problem().empty())
            read = bad_line{events.problem()};
        if (!read)
            events.clear();
        if (truncated || events.left_out() > 0)
            events.mark_truncated();
        if (by)
            count(read.has_value(), arrived, truncated);
        if (!read)
            return bad_line{read.error().reason +
                            (truncated ? " (the line is longer than 1 MiB and was shortened)" : "")};
        line_events made;
        made.events = events.events();
        made.problem = events.problem();
        return made;
    }

    void count(bool good, time_point arrived, bool truncated) {
        if (!good || !events.problem().empty())
            ++by->unparsable;
        else if (events.size() == 0)
            ++by->skipped;
        by->parsed += events.size();
        by->untimed += events.is_untimed() ? events.size() : 0;
        by->truncated += truncated || events.left_out() > 0;
        by->left_out += events.left_out();
        for (auto const& each : events.events())
            if (each.observed_at > arrived + max_ahead_events || each.observed_at < arrived - max_behind)
                ++by->skewed;
    }

    json::value parsed(std::string_view line, json::error_code& problem) {
        parser.reset(&*arena);
        parser.write(line, problem);
        return problem ? json::value() : parser.release();
    }

    /// The names come from the line: their length and number must be bounded.
    void count_skipped(std::string_view name) {
        auto found = skipped.find(name);
        if (found == skipped.end()) {
            bool const keep = name.size() <= max_identifier_length && skipped.size() < max_skipped_names;
            found = skipped.emplace(keep ? name : "other", 0).first;
        }
        ++found->second;
    }

    /// A typed line has neither an id nor anchors of its own.
    void read_command_line(std::string_view line, time_point arrived, line_origin const& origin) {
        auto& e = events.add();
        auto const text = to_valid_utf8(line);
        e.source_kind = "command";
        e.source_id = event_uuid({"text", origin.input, std::to_string(origin.sequence), text});
        e.attacker_uuid = event_uuid({"text"});
        e.observed_at = arrived;
        e.untimed = true;
        json::object payload(&*arena);
        payload.emplace("command_text", text);
        event_list::put_payload(e, std::move(payload));
    }

    event_format format;
    std::shared_ptr<adapter_table const> adapters;
    std::shared_ptr<event_adapter const> chosen; ///< null: it depends on the line
    std::vector<unsigned char> memory = std::vector<unsigned char>(arena_size);
    /// Memory of one line. A `release` would keep the size of the next block, which doubles with each block.
    std::optional<json::monotonic_resource> arena;
    json::parser parser;
    event_list events;
    std::string readable;
    counters skipped;
    std::vector<adapter_counts> counts;
    adapter_counts* by = nullptr;                                      ///< of the line that is being read
    std::vector<std::pair<std::string_view, std::string_view>> tokens; ///< of its topic
};

event_reader::event_reader(event_format format)
    : implementation_(std::make_unique<implementation>(std::move(format))) {}
event_reader::~event_reader() = default;

boost::system::result<line_events, bad_line> event_reader::read(std::string_view line, time_point arrived,
                                                                line_origin const& origin) {
    implementation_->events.clear();
    implementation_->parser.reset();
    implementation_->arena.emplace(implementation_->memory.data(), implementation_->memory.size());
    return implementation_->conclude(implementation_->read(line, arrived, origin), arrived, origin.truncated);
}

std::vector<adapter_counts> const& event_reader::counts() const {
    return implementation_->counts;
}

event_reader::counters const& event_reader::skipped() const {
    return implementation_->skipped;
}

void throw_exception_from_error(bad_line const& problem, boost::source_location const& where) {
    boost::throw_exception(std::invalid_argument(problem.reason), where);
}

} // namespace rulehost
