#include "host/host_outputs.hpp"

#include "output/alert_bodies.hpp"
#include "output/elasticsearch_bulk.hpp"
#include "output/file_receiver.hpp"
#include "output/http_receiver.hpp"
#include "output/syslog_receiver.hpp"
#include "output/webhook_body.hpp"

#include <boost/asio/ip/host_name.hpp>

#include <algorithm>
#include <span>
#include <stdexcept>
#include <utility>
#include <variant>

namespace rulehost {

namespace {

/// Creates the receivers of `options`. Throws std::invalid_argument for a bad URL, and std::runtime_error for an
/// unreadable file.
class receiver_maker {
public:
    receiver_maker(boost::asio::any_io_executor executor, blocking_executors const& blocking, time_source& time)
        : executor_(std::move(executor)), blocking_(blocking), time_(time) {}

    std::unique_ptr<tag_receiver> operator()(webhook_output const& to) const {
        auto const body = webhook_template::parse(to.body);
        http_form form;
        form.max_tags = body.max_tags();
        form.body = [body](std::span<tag const> tags) { return body.body(tags); };
        return over_http(posting(to), std::move(form));
    }
    std::unique_ptr<tag_receiver> operator()(elasticsearch_output const& to) const {
        auto options = posting(to);
        options.to.path = bulk_path(options.to.path, to.index);
        options.max_answer = 1 << 20;
        http_form form;
        form.content_type = "application/x-ndjson";
        form.max_tags = 100;
        form.body = bulk_body;
        form.judge = judge_bulk;
        return over_http(std::move(options), std::move(form));
    }
    std::unique_ptr<tag_receiver> operator()(falcosidekick_output const& to) const {
        http_form form;
        form.body = [](std::span<tag const> tags) { return falco_event(tags.front()); };
        return over_http(posting(to), std::move(form));
    }
    std::unique_ptr<tag_receiver> operator()(alertmanager_output const& to) const {
        auto options = posting(to);
        options.to.path = alertmanager_path(options.to.path);
        http_form form;
        form.max_tags = 64;
        form.body = alertmanager_alerts;
        return over_http(std::move(options), std::move(form));
    }
    std::unique_ptr<tag_receiver> operator()(syslog_output const& to) const {
        syslog_options options;
        options.to = syslog_target::parse(to.address);
        options.format = to.text == syslog_output::format::cef ? syslog_format::cef : syslog_format::json;
        options.ca_file = to.ca_file;
        boost::system::error_code unknown; // leaves the name empty
        options.host = boost::asio::ip::host_name(unknown);
        return std::make_unique<syslog_receiver>(executor_, time_, std::move(options));
    }
    std::unique_ptr<tag_receiver> operator()(file_output const& to) const {
        return std::make_unique<file_receiver>(blocking_.files, tag_file(to.path, to.max_bytes, to.keep));
    }

private:
    static http_poster_options posting(http_endpoint const& to) {
        http_poster_options options;
        options.to = http_target::parse(to.url);
        options.authorization = to.authorization;
        options.ca_file = to.ca_file;
        return options;
    }
    std::unique_ptr<tag_receiver> over_http(http_poster_options options, http_form form) const {
        return std::make_unique<http_receiver>(executor_, time_, std::move(options), std::move(form));
    }

    boost::asio::any_io_executor executor_;
    blocking_executors const& blocking_;
    time_source& time_;
};

} // namespace

host_outputs::host_outputs(boost::asio::any_io_executor executor, blocking_executors const& blocking, time_source& time,
                           host_options const& options, std::shared_ptr<call_watch> calls)
    : time_(time) {
    if (options.outputs.empty())
        return;
    if (options.store.empty())
        throw std::invalid_argument("outputs send stored tags and need a store");
    stored_ = std::make_unique<stored_tags>(blocking.tags, options.store, database_access::existing, std::move(calls));
    auto const lookup = [stored = stored_.get()](std::vector<boost::uuids::uuid> uuids) {
        return stored->find(std::move(uuids));
    };
    receiver_maker const make(executor, blocking, time);
    for (auto const& each : options.outputs) {
        auto to = std::visit(make, each.to);
        output_filter which{each.techniques, each.rules, each.min_confidence};
        all_.push_back({each.name, std::make_unique<tag_output>(std::move(which), std::move(to), lookup)});
    }
}

std::vector<outbox_consumer> host_outputs::consumers() const {
    std::vector<outbox_consumer> consumers;
    for (auto const& each : all_)
        consumers.push_back({consumer_of(each.name), each.to.get(), each.to->max_messages()});
    return consumers;
}

std::vector<output_statistics> host_outputs::statistics(std::map<std::string, std::uint64_t> const& lost) const {
    std::vector<output_statistics> all;
    for (auto const& each : all_) {
        output_statistics counts;
        counts.name = each.name;
        counts.sent = each.to->sent();
        counts.retries = each.to->failures();
        if (auto const found = lost.find(consumer_of(each.name)); found != lost.end())
            counts.lost = found->second;
        if (auto const oldest = each.to->oldest())
            counts.lag = std::max(duration::zero(), time_.now() - *oldest);
        all.push_back(std::move(counts));
    }
    return all;
}

} // namespace rulehost
