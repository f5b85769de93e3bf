#pragma once

#include "host/event_source.hpp"
#include "host/tag_writer.hpp"

#include <rulehost/engine.hpp>
#include <rulehost/event_reader.hpp>
#include <rulehost/host_statistics.hpp>
#include <rulehost/time_source.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>

namespace rulehost {

/// What the inputs of a host share. The references outlive the pipelines.
struct pipeline_parts {
    engine const& rules;
    time_source& time;
    tag_writer& writer;
    host_statistics& counts; ///< what concerns every input
    std::function<void(std::vector<evaluation::suppressed_hit> const&)> suppressed; ///< told of a batch's; may be empty
    std::function<void()> progress;                                                 ///< after each batch; may be empty
};

/// The way of one input's lines: source -> events -> evaluation -> tag writer, whose confirmations go back to the source.
///
/// A batch is read while the tags of those before it are on their way to the database, as many as the writer takes. A
/// line that is no event, or an event that is refused, becomes a dead letter and costs nothing else.
class input_pipeline {
public:
    /// All outlive it. `counts` are those of this input.
    input_pipeline(pipeline_parts const& parts, event_source& source, event_reader& reader, input_statistics& counts);

    /// Until the source ends. Throws what the source throws.
    boost::asio::awaitable<void> run();

private:
    tag_batch evaluate(event_batch batch);
    void evaluate(event const& observed, event_batch::line const& line, time_point now, tag_batch& into);
    void reject(event_batch::line const& line, std::string reason, tag_batch& into);

    pipeline_parts const& parts_;
    event_source& source_;
    event_reader& reader_;
    input_statistics& counts_;
    evaluation evaluation_;
    std::vector<evaluation::suppressed_hit> suppressed_;
};

} // namespace rulehost
