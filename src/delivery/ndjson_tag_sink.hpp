#pragma once

#include "file/byte_stream.hpp"

#include <rulehost/tag_sink.hpp>

namespace rulehost {

/// Writes one JSON object per line. The remains of a failed write become a line of their own. `output` outlives the
/// sink.
class ndjson_tag_sink final : public tag_sink {
public:
    explicit ndjson_tag_sink(byte_stream& output) : output_(output) {}

    boost::asio::awaitable<void> write(std::vector<tag> const& tags) override;

private:
    byte_stream& output_;
    bool torn_ = false; ///< a write was interrupted: the output may be within a line
};

} // namespace rulehost
