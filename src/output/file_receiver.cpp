#include "output/file_receiver.hpp"

#include "async/blocking_call.hpp"

#include <utility>

namespace rulehost {

boost::asio::awaitable<std::string> file_receiver::send(std::span<tag const> tags) {
    std::string lines;
    for (auto const& each : tags) {
        append_json(lines, each);
        lines += '\n';
    }
    auto append = [to = to_, lines = std::move(lines)] {
        to->append(lines);
        return true;
    };
    co_await blocking_call(files_, std::move(append));
    co_return std::string();
}

} // namespace rulehost
