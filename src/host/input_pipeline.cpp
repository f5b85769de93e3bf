#include "host/input_pipeline.hpp"

#include "async/memory_wait.hpp"
#include "delivery/tag_spans.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <new>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

namespace {

constexpr auto pause_without_memory = std::chrono::seconds{1};

} // namespace

input_pipeline::input_pipeline(pipeline_parts const& parts, std::shared_ptr<event_source> source, event_format format,
                               input_statistics& counts)
    : parts_(parts), source_(std::move(source)), counts_(counts) {
    counts_.name = source_->name();
    for (std::size_t i = 0; i < parts.evaluator.threads(); ++i) {
        auto& reader = *readers_.emplace_back(std::make_unique<event_reader>(format));
        line_readers_.emplace_back(
            [&reader, &input = source_->identity()](event_batch::line const& line, time_point arrived) {
                return reader.read(
                    line.text, arrived,
                    {.topic = line.topic, .input = input, .sequence = line.sequence, .truncated = line.truncated});
            });
    }
}

asio::awaitable<void> input_pipeline::run() {
    for (;;) {
        std::optional<event_batch> batch;
        bool short_of_memory = false;
        try {
            batch = co_await source_->next();
        } catch (std::bad_alloc const&) {
            short_of_memory = true;
        }
        if (short_of_memory) { // temporary, and no line was taken
            co_await parts_.time.pause(pause_without_memory);
            continue;
        }
        if (!batch)
            break;
        if (parts_.permission)
            co_await parts_.permission();
        tag_batch evaluated;
        {
            traced_span span(parts_.trace, parts_.time, "ttp.eval");
            auto const unknown_from = co_await evaluate(*batch);
            auto conclude = [&] { evaluated = conclusion(*batch, unknown_from); };
            co_await until_there_is_memory(parts_.time, conclude);
            count(*batch, evaluated, span);
        }
        if (parts_.steps)
            parts_.steps->add(result_.steps, result_.lost_steps);
        co_await parts_.writer.enqueue(std::move(evaluated));
    }
    count_skipped_kinds();
    counts_.ended = true;
}

/// Returns the number of the first line without a result, usually the one after the last.
asio::awaitable<std::size_t> input_pipeline::evaluate(event_batch const& batch) {
    result_.clear();
    auto const end = batch.lines.size();
    for (std::size_t at = 0;;) {
        try {
            at = parts_.evaluator.evaluate(batch.lines, at, line_readers_, result_);
        } catch (std::bad_alloc const&) { // no memory even for the reason of one line
            co_return at;
        }
        if (at == end)
            co_return end;
        co_await asio::post(asio::use_awaitable); // gives other tasks of this thread a turn
    }
}

/// Moves the tags and the position, after everything that can fail.
tag_batch input_pipeline::conclusion(event_batch& batch, std::size_t unknown_from) {
    tag_batch result;
    auto const reject = [&](event_batch::line const& line, std::string const& reason) {
        result.rejected.push_back({source_->name(), line.number, reason, std::string(line.text)});
    };
    for (auto const& each : result_.rejected)
        if (each.index < unknown_from)
            reject(batch.lines[each.index], each.reason);
    for (auto const& line : std::span(batch.lines).subspan(unknown_from))
        reject(line, "cannot be evaluated: out of memory");
    result.stored = [to = std::weak_ptr(source_), number = batch.number] {
        if (auto const source = to.lock())
            source->acknowledge(number);
    };
    for (auto& each : result_.tags)
        each.input = source_->name();
    result.tags.swap(result_.tags);
    result.position = std::move(batch.position);
    return result;
}

void input_pipeline::count(event_batch const& batch, tag_batch const& evaluated, traced_span& span) {
    ++counts_.batches;
    counts_.lines += batch.lines.size();
    counts_.bytes += batch.bytes;
    counts_.events += result_.events;
    auto const is_counted = [](tag const& each) { return each.withheld_by == 0; };
    auto const tags = std::ranges::count_if(evaluated.tags, is_counted);
    counts_.tags += static_cast<std::uint64_t>(tags);
    counts_.withheld += result_.withheld.size();
    counts_.failures += result_.failed.size();
    counts_.rejected += evaluated.rejected.size();
    auto const already_expired = std::exchange(counts_.expired, counts_.expired + result_.expired);
    try {
        if (already_expired == 0 && result_.expired > 0 && parts_.warn)
            parts_.warn(source_->name() + ": events are older than tags are kept, and are not evaluated");
        auto& first = parts_.counts.first_rejected;
        for (auto const& each : evaluated.rejected) {
            if (first.size() == host_statistics::max_rejected_lines)
                break;
            first.push_back({each.input, each.line, each.reason});
        }
        count_by_adapter();
        for (auto const& each : evaluated.tags | std::views::filter(is_counted))
            ++parts_.counts.tags_by_technique[technique_of(each)];
        span.note("input", std::string_view(source_->name()));
        span.note("events", static_cast<std::int64_t>(result_.events));
        span.note("tags", static_cast<std::int64_t>(tags));
        trace_tags(span, evaluated.tags);
        if (parts_.withheld)
            for (auto const& each : result_.withheld)
                parts_.withheld(each);
        if (parts_.progress)
            parts_.progress();
    } catch (std::exception const&) {
        // Lines and tags matter more than messages about them.
    }
}

void input_pipeline::count_by_adapter() {
    for (auto& each : counts_.adapters)
        each = {.adapter = std::move(each.adapter)};
    for (auto const& reader : readers_) {
        for (auto const& each : reader->counts()) {
            auto& sum = counts_of(each.adapter, counts_.adapters);
            sum.parsed += each.parsed;
            sum.skewed += each.skewed;
            sum.untimed += each.untimed;
            sum.truncated += each.truncated;
            sum.left_out += each.left_out;
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
