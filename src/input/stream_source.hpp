#pragma once

#include "event/line_framer.hpp"
#include "file/byte_stream.hpp"
#include "input/batch_builder.hpp"
#include "input/event_source.hpp"

#include <string>

namespace rulehost {

/// Lines of an input that can only be read once: standard input, a pipe.
class stream_source final : public event_source {
public:
    explicit stream_source(byte_stream stream) : stream_(std::move(stream)) {}

    std::string const& name() const override { return stream_.path(); }
    boost::asio::awaitable<std::optional<event_batch>> next() override;
    void acknowledge(std::uint64_t) noexcept override {}
    boost::asio::awaitable<void> run() override;
    void stop() override { stream_.stop(); }

private:
    byte_stream stream_;
    line_framer framer_;
    batch_builder builder_;
    std::uint64_t batches_ = 0;
    bool ended_ = false;
};

} // namespace rulehost
