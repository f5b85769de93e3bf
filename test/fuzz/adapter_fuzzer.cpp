// Up to the first NUL: adapters, as YAML. After it: a topic, and documents, one per line. Checks the contracts of the
// reader of adapters and of the adapters that it accepts.
#include "fuzz/fuzzing.hpp"

#include <rulehost/adapter_table.hpp>
#include <rulehost/event_reader.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

using rulehost::fuzzing::require;

namespace {

std::string_view take(std::string_view& rest, char separator) {
    auto const part = rest.substr(0, rest.find(separator));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    return part;
}

std::shared_ptr<rulehost::adapter_table const> read_table(std::string_view text) {
    auto table = std::make_shared<rulehost::adapter_table>();
    for (auto const& found : table->add(text, "fuzz")) {
        require(found.source_line.size() <= 400);
        for (char const c : to_text(found))
            require(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
    }
    for (auto const& name : table->names())
        require(table->find(name) != nullptr && name != "detect" && name != "event" && name != "text");
    return table;
}

std::vector<std::string> ids_of(rulehost::event_reader& reader, std::string_view line, std::string_view topic) {
    std::vector<std::string> ids;
    auto const read = reader.read(line, rulehost::time_point{}, {.topic = topic});
    if (!read) {
        require(!read.error().reason.empty());
        return ids;
    }
    for (auto const& each : *read) {
        require(!each.source_kind.empty() && !each.source_id.empty());
        require(each.source_id.size() <= rulehost::event_reader::max_identifier_length);
        rulehost::fuzzing::require_readable_again(each.payload);
        ids.push_back(each.source_id);
    }
    return ids;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<char const*>(data), size);
    auto const table = read_table(take(rest, '\0'));
    auto formats = table->names();
    formats.resize(std::min<std::size_t>(formats.size(), 4));
    formats.emplace_back("detect");
    auto const topic = take(rest, '\n');
    for (auto const& name : formats) {
        rulehost::event_reader reader(*rulehost::event_format_from(name, table));
        for (auto lines = rest; !lines.empty();) {
            auto const line = take(lines, '\n');
            auto const first = ids_of(reader, line, topic);
            require(ids_of(reader, line, topic) == first); // the same line has the same ids
        }
        for (auto const& each : reader.counts())
            require(each.parsed + each.skipped + each.unparsable > 0 && each.skewed <= each.parsed);
    }
    return 0;
}
