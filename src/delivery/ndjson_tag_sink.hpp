#pragma once

#include "file/byte_stream.hpp"

#include <rulehost/tag_sink.hpp>

namespace rulehost {

/// One JSON object a line. What a failed write left of a line is a line of its own. `output` outlives the sink.
class ndjson_tag_sink final : public tag_sink {
public:
    explicit ndjson_tag_sink(byte_stream& output) : output_(output) {}

    boost::asio::awaitable<void> write(std::vector<tag> const& tags) override;

private:
    byte_stream& output_;
    bool torn_ = false; ///< a write did not end: the output may stand within a line
};

} // namespace rulehost
