#pragma once

#include "delivery/step_writer.hpp"
#include "delivery/tag_writer.hpp"
#include "host/parallel_evaluator.hpp"
#include "input/event_source.hpp"

#include <rulehost/engine.hpp>
#include <rulehost/event_reader.hpp>
#include <rulehost/host_statistics.hpp>
#include <rulehost/time_source.hpp>
#include <rulehost/tracer.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace rulehost {

/// Resources that the inputs of a host share. The references outlive the pipelines.
struct pipeline_parts {
    parallel_evaluator& evaluator;
    time_source& time;
    tag_writer& writer;
    host_statistics& counts;                                       ///< counters of all inputs
    std::function<void(evaluation::withheld_hit const&)> withheld; ///< called for each; may be empty
    std::function<void()> progress;                                ///< after each batch; may be empty
    tracer* trace = nullptr;                                       ///< null: nothing is traced
    std::function<void(std::string const&)> warn; ///< called with a line about skipped text; may be empty
    /// Waits until this process may evaluate; called before each batch. May be empty.
    std::function<boost::asio::awaitable<void>()> permission = {};
    step_writer* steps = nullptr; ///< receives the texts of events of sessions; null: they are not kept
};

/// Pipeline of one input: source -> events -> evaluation -> tag writer, whose confirmations go back to the source.
///
/// Reads a batch while the tags of earlier ones are being stored, as many as the writer takes. A line that is not an
/// event, a rejected event, or one whose evaluation throws becomes a dead letter and does not affect others. Waits for
/// memory when it runs out, and loses nothing.
class input_pipeline {
public:
    /// `parts` and `counts`, those of this input, outlive it. Batches may outlive both it and the source; a destroyed
    /// source is not notified of them.
    input_pipeline(pipeline_parts const& parts, std::shared_ptr<event_source> source, event_format format,
                   input_statistics& counts);

    /// Runs until the source ends. Throws what the source throws.
    boost::asio::awaitable<void> run();

private:
    boost::asio::awaitable<std::size_t> evaluate(event_batch const& batch);
    tag_batch conclusion(event_batch& batch, std::size_t unknown_from);
    void count(event_batch const& batch, tag_batch const& evaluated, traced_span& span);
    void count_by_adapter();
    void count_skipped_kinds();

    pipeline_parts const& parts_;
    std::shared_ptr<event_source> source_;
    input_statistics& counts_;
    std::vector<std::unique_ptr<event_reader>> readers_; ///< one for each thread
    std::vector<parallel_evaluator::line_reader> line_readers_;
    evaluated_lines result_;
};

} // namespace rulehost
