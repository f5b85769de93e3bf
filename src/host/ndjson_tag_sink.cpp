#include "host/ndjson_tag_sink.hpp"

#include <rulehost/json_text.hpp>


namespace rulehost {

boost::asio::awaitable<void> ndjson_tag_sink::write(std::vector<tag> const& tags) {
    text_.clear();
    for (auto const& each : tags) {
        append_json(text_, to_json(each));
        text_ += '\n';
    }
    co_await output_.write(text_);
}

} // namespace rulehost
