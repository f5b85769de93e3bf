#include "host/checked_options.hpp"

#include <boost/asio/ip/host_name.hpp>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>
#include <variant>

namespace rulehost {

namespace {

std::string const& name_of(file_input const& input) {
    return input.path;
}

std::string const& name_of(socket_input const& input) {
    return input.path.native();
}

std::string const& name_of(nats_input const& input) {
    return input.url;
}

} // namespace

nats_url read_nats_url(std::string const& url) {
    auto read = parse_nats_url(url);
    if (!read)
        throw std::invalid_argument("the URL of a NATS input " + read.error());
    return std::move(*read);
}

host_options checked(host_options options) {
    if (options.store.empty() && options.rules.empty())
        throw std::invalid_argument("a host needs a store, a directory of rules, or both");
    if (options.worker.empty())
        options.worker = boost::asio::ip::host_name().substr(0, max_worker_name);
    if (options.worker.size() > max_worker_name)
        throw std::invalid_argument("the name of a worker has 1 to " + std::to_string(max_worker_name) + " bytes");
    std::set<std::string> names;
    for (auto const& each : options.inputs) {
        auto const& name = std::visit([](auto const& which) -> std::string const& { return name_of(which); }, each);
        auto const* const stream = std::get_if<nats_input>(&each); // its URL may hold a password
        auto const shown = stream ? "nats:" + read_nats_url(stream->url).source.stream : name;
        if (!names.insert(name).second)
            throw std::invalid_argument("the input " + shown + " is given twice");
        if (auto const* const socket = std::get_if<socket_input>(&each); socket && socket->format == event_format::text)
            throw std::invalid_argument(
                "a socket takes no lines of text: a repeated line would have no id that identifies it");
    }
    options.evaluation.keep_withheld = !options.store.empty() && options.withheld_retention > duration::zero();
    return options;
}

bool keeps_no_position(host_options const& options) {
    auto const keeps_none = [](host_input const& input) {
        auto const* const file = std::get_if<file_input>(&input);
        return file && (file->at_end == file_input::end::stop || file->path == "-");
    };
    return !options.inputs.empty() && std::ranges::all_of(options.inputs, keeps_none);
}

} // namespace rulehost
