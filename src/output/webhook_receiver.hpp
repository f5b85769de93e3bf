#pragma once

#include "output/http_poster.hpp"
#include "output/tag_receiver.hpp"
#include "output/webhook_body.hpp"

#include <rulehost/time_source.hpp>

namespace rulehost {

/// Posts tags as JSON. A receiver that asks for a pause is left alone for so long.
class webhook_receiver final : public tag_receiver {
public:
    webhook_receiver(boost::asio::any_io_executor executor, time_source& time, http_poster_options options,
                     webhook_template body)
        : time_(time), poster_(std::move(executor), time, std::move(options)), body_(std::move(body)) {}

    std::size_t max_tags() const override { return body_.max_tags(); }
    boost::asio::awaitable<std::string> send(std::span<tag const> tags) override;

private:
    time_source& time_;
    http_poster poster_;
    webhook_template body_;
    duration quiet_until_{}; ///< by `elapsed`
};

} // namespace rulehost
