#pragma once

#include "http/http_poster.hpp"
#include "output/http_verdict.hpp"
#include "output/tag_receiver.hpp"

#include <rulehost/time_source.hpp>

#include <cstddef>
#include <functional>
#include <string>

namespace rulehost {

/// Settings of a receiver over HTTP.
struct http_form {
    std::string content_type = "application/json";
    std::size_t max_tags = 1;                              ///< of one request
    std::function<std::string(std::span<tag const>)> body; ///< of a request; invalid UTF-8 in it is replaced
    std::function<http_verdict(http_answer const&)> judge =
        {}; ///< the meaning of an answer; empty: by its status alone
};

/// Posts tags. Keeps a pause that the receiver requests.
class http_receiver final : public tag_receiver {
public:
    http_receiver(boost::asio::any_io_executor executor, time_source& time, http_poster_options options, http_form form)
        : time_(time), poster_(std::move(executor), time, std::move(options)), form_(std::move(form)) {}

    std::size_t max_tags() const override { return form_.max_tags; }
    boost::asio::awaitable<std::string> send(std::span<tag const> tags) override;

private:
    time_source& time_;
    http_poster poster_;
    http_form form_;
    duration quiet_until_{}; ///< by `elapsed`
};

} // namespace rulehost
