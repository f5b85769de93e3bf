#pragma once

#include "host/byte_stream.hpp"

#include <rulehost/engine.hpp>
#include <rulehost/event_reader.hpp>
#include <rulehost/tag_sink.hpp>
#include <rulehost/time_source.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace rulehost {

/// What became of an input. A value.
struct ingest_summary {
    static constexpr std::size_t most_reported_lines = 10;

    struct bad_line_place {
        std::string input;
        std::uint64_t line = 0;
        std::string reason;
    };

    std::uint64_t lines = 0;
    std::uint64_t bytes = 0;
    std::uint64_t events = 0;
    std::uint64_t tags = 0;
    std::uint64_t suppressed = 0; ///< hits of rules that are disabled or below the floor
    std::uint64_t failures = 0;   ///< rules that hit a matching limit
    std::uint64_t bad_lines = 0;
    std::vector<bad_line_place> first_bad_lines;
    std::map<std::string, std::uint64_t> tags_by_technique; ///< by sub-technique where there is one
};

/// Several lines for a person; what came from outside is escaped.
std::string to_text(ingest_summary const&);

/// What turns the lines of inputs into stored tags. The references outlive the call.
struct ingest_pipeline {
    engine const& rules;
    time_source& time;
    std::vector<tag_sink*> sinks; ///< each batch goes to all of them, in this order
    std::function<void(ingest_summary const&)> progress; ///< after each batch; may be empty
};

/// Reads `input` to its end (or until it is stopped), evaluates every event and writes the tags; a batch is read
/// only when the tags of the one before are written. A line that is no event, or an event that is refused, is
/// counted in `summary` with its place and costs nothing else.
/// Executor: the stream's. Throws what the stream and the sinks throw. Stop it with `byte_stream::stop`: what was
/// read is tagged and written before it returns.
boost::asio::awaitable<void> ingest(byte_stream& input, event_reader& reader, ingest_pipeline const& pipeline,
                                    ingest_summary& summary);

} // namespace rulehost
