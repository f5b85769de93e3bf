#include "host/host_outputs.hpp"

#include "output/file_receiver.hpp"
#include "output/webhook_receiver.hpp"

#include <stdexcept>
#include <utility>
#include <variant>

namespace rulehost {

namespace {

std::unique_ptr<tag_receiver> make_receiver(boost::asio::any_io_executor executor, blocking_executors const&,
                                            time_source& time, webhook_output const& to) {
    http_poster_options posting;
    posting.to = http_target::parse(to.url);
    posting.authorization = to.authorization;
    posting.ca_file = to.ca_file;
    return std::make_unique<webhook_receiver>(std::move(executor), time, std::move(posting),
                                              webhook_template::parse(to.body));
}

std::unique_ptr<tag_receiver> make_receiver(boost::asio::any_io_executor, blocking_executors const& blocking,
                                            time_source&, file_output const& to) {
    return std::make_unique<file_receiver>(blocking.files, tag_file(to.path, to.max_bytes, to.keep));
}

} // namespace

host_outputs::host_outputs(boost::asio::any_io_executor executor, blocking_executors const& blocking, time_source& time,
                           host_options const& options, std::shared_ptr<call_watch> calls) {
    if (options.outputs.empty())
        return;
    if (options.store.empty())
        throw std::invalid_argument("outputs send what is stored, and need a store");
    stored_ = std::make_unique<stored_tags>(blocking.tags, options.store, connection::file::existing, std::move(calls));
    auto const lookup = [stored = stored_.get()](std::vector<boost::uuids::uuid> uuids) {
        return stored->find(std::move(uuids));
    };
    for (auto const& each : options.outputs) {
        auto to = std::visit([&](auto const& what) { return make_receiver(executor, blocking, time, what); }, each.to);
        output_filter which{each.techniques, each.rules, each.min_confidence};
        all_.push_back({each.name, std::make_unique<tag_output>(std::move(which), std::move(to), lookup)});
    }
}

std::vector<outbox_consumer> host_outputs::consumers() const {
    std::vector<outbox_consumer> consumers;
    for (auto const& each : all_)
        consumers.push_back({"output-" + each.name, each.to.get(), each.to->max_messages()});
    return consumers;
}

} // namespace rulehost
