#include "delivery/ndjson_tag_sink.hpp"

#include <rulehost/tag.hpp>

#include <utility>

namespace rulehost {

boost::asio::awaitable<void> ndjson_tag_sink::write(std::vector<tag> const& tags) {
    std::string text;
    if (torn_)
        text += '\n';
    for (auto const& each : tags) {
        append_json(text, each);
        text += '\n';
    }
    torn_ = true;
    co_await output_.write(text);
    torn_ = false;
}

} // namespace rulehost
