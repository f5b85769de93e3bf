// Feeds any bytes to the line framer and each line to the event readers, and checks their contracts.
#include "fuzz/fuzzing.hpp"

#include <rulehost/event_reader.hpp>

#include "event/line_framer.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using rulehost::fuzzing::require;

namespace {

constexpr std::size_t max_line_size = 4096;

bool is_identifier(std::string_view text) {
    return text.size() <= rulehost::event_reader::max_identifier_length &&
        std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

void check(rulehost::event const& e) {
    require(!e.source_kind.empty() && !e.source_id.empty());
    for (auto const* const each :
         {&e.source_kind, &e.source_id, &e.attacker_uuid, &e.identity_uuid, &e.session_id, &e.decky_id})
        require(is_identifier(*each));
    rulehost::fuzzing::require_readable_again(e.payload);
}

std::vector<std::string> ids_of(rulehost::event_reader& reader, std::string_view line) {
    std::vector<std::string> ids;
    auto const read = reader.read(line, rulehost::time_point{});
    if (!read) {
        require(!read.error().reason.empty());
        return ids;
    }
    for (auto const& each : *read) {
        check(each);
        ids.push_back(each.source_id);
    }
    return ids;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    rulehost::event_reader detect(rulehost::event_format::detect);
    rulehost::event_reader cowrie(*rulehost::event_format_from("cowrie"));
    rulehost::event_reader text(rulehost::event_format::text);
    auto const take = [&](rulehost::line_framer::line const& line) {
        require(line.text.size() <= max_line_size && line.text.find('\n') == std::string_view::npos);
        auto const first = ids_of(detect, line.text);
        require(ids_of(detect, line.text) == first); // the same line has the same ids
        ids_of(cowrie, line.text);
        ids_of(text, line.text);
    };

    rulehost::line_framer framer(max_line_size);
    std::string_view rest(reinterpret_cast<char const*>(data), size);
    for (std::size_t step = 1; !rest.empty(); step = step * 2 + 1) {
        auto const count = std::min(step, rest.size());
        std::ranges::copy(rest.substr(0, count), framer.prepare(count).begin());
        framer.commit(count);
        rest.remove_prefix(count);
        while (auto const line = framer.next())
            take(*line);
    }
    if (auto const line = framer.last())
        take(*line);
    return 0;
}
