#pragma once

#include "host/byte_stream.hpp"

#include <rulehost/tag_sink.hpp>

#include <string>

namespace rulehost {

/// One JSON object a line. `output` outlives the sink.
class ndjson_tag_sink final : public tag_sink {
public:
    explicit ndjson_tag_sink(byte_stream& output) : output_(output) {}

    boost::asio::awaitable<void> write(std::vector<tag> const& tags) override;

private:
    byte_stream& output_;
    std::string text_;
};

} // namespace rulehost
