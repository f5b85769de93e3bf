#include "host/ingest.hpp"

#include "event/line_framer.hpp"

#include <rulehost/diagnostic.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

namespace {

constexpr std::size_t bytes_per_read = 64 * 1024;

/// The lines of one input on their way to tags.
class line_evaluator {
public:
    line_evaluator(std::string const& input, event_reader& reader, ingest_pipeline const& pipeline,
                   ingest_summary& summary)
        : input_(input), reader_(reader), pipeline_(pipeline), summary_(summary) {}

    void evaluate(line_framer::line const& line) {
        ++summary_.lines;
        if (line.what == line_framer::line::state::too_long) {
            reject(line.number, "longer than 1 MiB");
            return;
        }
        auto const now = pipeline_.time.now();
        auto const events = reader_.read(line.text, now);
        if (!events) {
            reject(line.number, events.error().reason);
            return;
        }
        for (auto const& each : *events)
            evaluate(each, line.number, now);
    }

    std::vector<tag>& tags() { return tags_; }

private:
    void evaluate(event const& observed, std::uint64_t line, time_point now) {
        if (auto const why = pipeline_.rules.evaluate(observed, now, evaluation_); why != refusal::none) {
            reject(line, std::string{to_string(why)});
            return;
        }
        ++summary_.events;
        summary_.tags += evaluation_.tags.size();
        summary_.suppressed += evaluation_.suppressed.size();
        summary_.failures += evaluation_.failed.size();
        for (auto const& each : evaluation_.tags)
            ++summary_.tags_by_technique[each.sub_technique_id.empty() ? each.technique_id : each.sub_technique_id];
        std::ranges::move(evaluation_.tags, std::back_inserter(tags_));
    }

    void reject(std::uint64_t line, std::string reason) {
        ++summary_.bad_lines;
        if (summary_.first_bad_lines.size() < ingest_summary::most_reported_lines)
            summary_.first_bad_lines.push_back({input_, line, std::move(reason)});
    }

    std::string const& input_;
    event_reader& reader_;
    ingest_pipeline const& pipeline_;
    ingest_summary& summary_;
    evaluation evaluation_;
    std::vector<tag> tags_;
};

} // namespace

asio::awaitable<void> ingest(byte_stream& input, event_reader& reader, ingest_pipeline const& pipeline,
                             ingest_summary& summary) {
    line_framer framer;
    line_evaluator lines(input.path(), reader, pipeline, summary);
    for (bool more = true; more;) {
        auto const count = co_await input.read_some(framer.prepare(bytes_per_read));
        framer.commit(count);
        summary.bytes += count;
        while (auto const line = framer.next())
            lines.evaluate(*line);
        more = count > 0;
        if (!more) {
            if (auto const line = framer.last())
                lines.evaluate(*line);
        }
        if (!lines.tags().empty()) {
            for (auto* const sink : pipeline.sinks)
                co_await sink->write(lines.tags());
            lines.tags().clear();
        }
        if (pipeline.progress)
            pipeline.progress(summary);
    }
}

std::string to_text(ingest_summary const& summary) {
    std::string text = std::to_string(summary.events) + " events, " + std::to_string(summary.tags) + " tags";
    if (summary.suppressed != 0)
        text += ", " + std::to_string(summary.suppressed) + " suppressed hits";
    if (summary.failures != 0)
        text += ", " + std::to_string(summary.failures) + " matching limits hit";
    if (summary.bad_lines != 0)
        text += ", " + std::to_string(summary.bad_lines) + " bad lines";
    text += '\n';
    for (auto const& [technique, count] : summary.tags_by_technique)
        text += "  " + technique + std::string(technique.size() < 10 ? 10 - technique.size() : 1, ' ')
            + std::to_string(count) + '\n';
    for (auto const& bad : summary.first_bad_lines)
        text += escape_for_terminal(bad.input) + ":" + std::to_string(bad.line) + ": "
            + escape_for_terminal(bad.reason) + '\n';
    if (summary.bad_lines > summary.first_bad_lines.size())
        text += "... and " + std::to_string(summary.bad_lines - summary.first_bad_lines.size()) + " more bad lines\n";
    return text;
}

} // namespace rulehost
