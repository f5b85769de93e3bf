#include "host/batch_builder.hpp"

#include <utility>

namespace rulehost {

void batch_builder::add(line_framer::line const& line, std::uint64_t lines_before) {
    auto const too_long = line.what == line_framer::line::state::too_long;
    lines_.push_back({line.number, lines_before + line.number, text_.size(), line.text.size(),
                      too_long ? "longer than 1 MiB" : ""});
    text_.insert(text_.end(), line.text.begin(), line.text.end());
}

event_batch batch_builder::take(std::uint64_t number) {
    event_batch batch;
    batch.number = number;
    batch.memory = std::exchange(text_, {});
    batch.lines.reserve(lines_.size());
    for (auto const& each : lines_) {
        event_batch::line line;
        line.number = each.number;
        line.sequence = each.sequence;
        line.text = {batch.memory.data() + each.begin, each.size};
        line.problem = each.problem;
        batch.lines.push_back(line);
    }
    lines_.clear();
    return batch;
}

} // namespace rulehost
