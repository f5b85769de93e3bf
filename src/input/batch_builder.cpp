#include "input/batch_builder.hpp"

#include <new>
#include <utility>

namespace rulehost {

batch_builder::batch_builder() {
    lines_.reserve(first_room);
}

void batch_builder::add(line_framer::line const& line, std::uint64_t lines_before) {
    place added{line.number, lines_before + line.number, text_.size(), line.text.size(), line.truncated, {}};
    try {
        text_.insert(text_.end(), line.text.begin(), line.text.end());
    } catch (std::bad_alloc const&) {
        added.size = 0;
        added.problem = "cannot be kept: out of memory";
    }
    lines_.push_back(added);
    try {
        if (lines_.size() == lines_.capacity())
            lines_.reserve(2 * lines_.size());
    } catch (std::bad_alloc const&) {
        // The builder is full.
    }
}

event_batch batch_builder::take(std::uint64_t number) {
    event_batch batch;
    batch.lines.reserve(lines_.size()); // may throw, so before any member is moved
    batch.number = number;
    batch.memory = std::exchange(text_, {});
    for (auto const& each : lines_) {
        event_batch::line line;
        line.number = each.number;
        line.sequence = each.sequence;
        line.text = {batch.memory.data() + each.begin, each.size};
        line.problem = each.problem;
        line.truncated = each.truncated;
        batch.lines.push_back(line);
    }
    lines_.clear();
    return batch;
}

} // namespace rulehost
