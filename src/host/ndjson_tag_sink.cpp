#include "host/ndjson_tag_sink.hpp"

#include <boost/json/serialize.hpp>

namespace rulehost {

boost::asio::awaitable<void> ndjson_tag_sink::write(std::vector<tag> const& tags) {
    text_.clear();
    for (auto const& each : tags)
        text_.append(boost::json::serialize(to_json(each))).push_back('\n');
    co_await output_.write(text_);
}

} // namespace rulehost
