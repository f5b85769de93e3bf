#include "host/input_pipeline.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

input_pipeline::input_pipeline(pipeline_parts const& parts, event_source& source, event_reader& reader,
                               input_statistics& counts)
    : parts_(parts), source_(source), reader_(reader), counts_(counts) {
    counts_.name = source.name();
}

asio::awaitable<void> input_pipeline::run() {
    for (;;) {
        auto batch = co_await source_.next();
        if (!batch)
            break;
        auto evaluated = evaluate(std::move(*batch));
        if (parts_.suppressed && !suppressed_.empty())
            parts_.suppressed(suppressed_);
        if (parts_.progress)
            parts_.progress();
        co_await parts_.writer.enqueue(std::move(evaluated));
    }
    counts_.ended = true;
}

tag_batch input_pipeline::evaluate(event_batch batch) {
    tag_batch result;
    suppressed_.clear();
    auto const now = parts_.time.now();
    for (auto const& line : batch.lines) {
        if (!line.problem.empty()) {
            reject(line, std::string(line.problem), result);
            continue;
        }
        auto const events = reader_.read(line.text, now);
        if (!events) {
            reject(line, events.error().reason, result);
            continue;
        }
        for (auto const& each : *events)
            evaluate(each, line, now, result);
    }
    ++counts_.batches;
    counts_.lines += batch.lines.size();
    counts_.bytes += batch.bytes;
    counts_.suppressed += suppressed_.size();
    result.position = std::move(batch.position);
    result.stored = [&source = source_, number = batch.number] { source.acknowledge(number); };
    return result;
}

void input_pipeline::evaluate(event const& observed, event_batch::line const& line, time_point now, tag_batch& into) {
    if (auto const why = parts_.rules.evaluate(observed, now, evaluation_); why != refusal::none) {
        reject(line, std::string(to_string(why)), into);
        return;
    }
    ++counts_.events;
    counts_.tags += evaluation_.tags.size();
    counts_.failures += evaluation_.failed.size();
    for (auto const& each : evaluation_.tags)
        ++parts_.counts.tags_by_technique[each.sub_technique_id.empty() ? each.technique_id : each.sub_technique_id];
    std::ranges::move(evaluation_.tags, std::back_inserter(into.tags));
    std::ranges::move(evaluation_.suppressed, std::back_inserter(suppressed_));
}

void input_pipeline::reject(event_batch::line const& line, std::string reason, tag_batch& into) {
    ++counts_.rejected;
    if (parts_.counts.first_rejected.size() < host_statistics::most_rejected_lines)
        parts_.counts.first_rejected.push_back({source_.name(), line.number, reason});
    into.rejected.push_back({source_.name(), line.number, std::move(reason), std::string(line.text)});
}

} // namespace rulehost
