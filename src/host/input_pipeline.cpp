#include "host/input_pipeline.hpp"

#include "host/tag_spans.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

input_pipeline::input_pipeline(pipeline_parts const& parts, std::shared_ptr<event_source> source, event_format format,
                               input_statistics& counts)
    : parts_(parts), source_(std::move(source)), counts_(counts) {
    counts_.name = source_->name();
    for (std::size_t i = 0; i < parts.evaluator.threads(); ++i) {
        auto& reader = *readers_.emplace_back(std::make_unique<event_reader>(format));
        line_readers_.emplace_back([&reader, &input = source_->identity()](event_batch::line const& line, time_point arrived) {
            return reader.read(line.text, arrived, {line.topic, input, line.sequence});
        });
    }
}

asio::awaitable<void> input_pipeline::run() {
    struct at_the_end {
        input_pipeline& self;
        ~at_the_end() { self.count_skipped_kinds(); }
    } const when_it_ends{*this};
    for (;;) {
        auto batch = co_await source_->next();
        if (!batch)
            break;
        auto evaluated = co_await evaluate(std::move(*batch));
        if (parts_.progress)
            parts_.progress();
        co_await parts_.writer.enqueue(std::move(evaluated));
    }
    counts_.ended = true;
}

asio::awaitable<tag_batch> input_pipeline::evaluate(event_batch batch) {
    traced_span span(parts_.trace, parts_.time, "ttp.eval");
    came_to_.clear();
    for (std::size_t at = 0;;) {
        at = parts_.evaluator.evaluate(batch.lines, at, line_readers_, came_to_);
        if (at == batch.lines.size())
            break;
        co_await asio::post(asio::use_awaitable); // whoever else is of this thread has a turn
    }
    ++counts_.batches;
    counts_.lines += batch.lines.size();
    counts_.bytes += batch.bytes;
    counts_.events += came_to_.events;
    counts_.tags += came_to_.tags.size();
    counts_.suppressed += came_to_.suppressed.size();
    counts_.failures += came_to_.failed.size();
    counts_.rejected += came_to_.rejected.size();
    count_by_adapter();
    for (auto const& each : came_to_.tags)
        ++parts_.counts.tags_by_technique[each.sub_technique_id.empty() ? each.technique_id : each.sub_technique_id];
    span.note("input", std::string_view(source_->name()));
    span.note("events", static_cast<std::int64_t>(came_to_.events));
    span.note("tags", static_cast<std::int64_t>(came_to_.tags.size()));
    trace_tags(span, came_to_.tags);
    if (parts_.suppressed) {
        for (auto const& each : came_to_.suppressed)
            parts_.suppressed(each);
    }

    tag_batch result;
    result.tags = std::exchange(came_to_.tags, {});
    for (auto& each : came_to_.rejected) {
        auto const& line = batch.lines[each.index];
        auto& first = parts_.counts.first_rejected;
        if (first.size() < host_statistics::most_rejected_lines)
            first.push_back({source_->name(), line.number, each.reason});
        result.rejected.push_back({source_->name(), line.number, std::move(each.reason), std::string(line.text)});
    }
    result.position = std::move(batch.position);
    result.stored = [to = std::weak_ptr(source_), number = batch.number] {
        if (auto const source = to.lock())
            source->acknowledge(number);
    };
    co_return result;
}

void input_pipeline::count_by_adapter() {
    for (auto& each : counts_.adapters)
        each = {.adapter = std::move(each.adapter)};
    for (auto const& reader : readers_) {
        for (auto const& each : reader->counts()) {
            auto& sum = counts_of(each.adapter, counts_.adapters);
            sum.parsed += each.parsed;
            sum.skewed += each.skewed;
            sum.skipped += each.skipped;
            sum.unparsable += each.unparsable;
        }
    }
}

void input_pipeline::count_skipped_kinds() {
    for (auto const& reader : readers_)
        for (auto const& [kind, count] : reader->skipped())
            counts_.skipped_kinds[kind] += count;
}

} // namespace rulehost
