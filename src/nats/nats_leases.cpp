#include "nats/nats_leases.hpp"

#include "nats/jetstream.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

/// The subjects of a stream that has messages, as `STREAM.INFO` gives them.
std::vector<std::string> subjects_in(json::object const& info) {
    std::vector<std::string> names;
    auto const* const state = info.if_contains("state");
    auto const* const subjects = state && state->is_object() ? state->as_object().if_contains("subjects") : nullptr;
    if (subjects && subjects->is_object())
        for (auto const& each : subjects->as_object())
            names.emplace_back(each.key());
    return names;
}

} // namespace

nats_leases::nats_leases(nats_connection& connection, time_source& time, nats_lease_options options)
    : connection_(connection), time_(time), options_(std::move(options)) {}

std::string nats_leases::subject_of(std::string const& key) const {
    return "$KV." + options_.bucket + "." + options_.group + "." + key;
}

std::string nats_leases::subject_of(std::size_t partition) const {
    return subject_of("partition." + std::to_string(partition));
}

std::vector<std::size_t> nats_leases::held() const {
    // Leaves a third of the time for delays in noticing.
    auto const oldest = time_.now() - options_.duration * 2 / 3;
    std::vector<std::size_t> partitions;
    for (auto const& [partition, each] : leases_)
        if (each.renewed > oldest)
            partitions.push_back(partition);
    return partitions;
}

asio::awaitable<std::uint64_t> nats_leases::put(std::string subject, std::uint64_t const* expected) {
    nats_message message;
    message.subject = std::move(subject);
    message.payload = options_.worker;
    if (expected)
        message.headers.emplace_back("Nats-Expected-Last-Subject-Sequence", std::to_string(*expected));
    auto const stored = co_await ask_stream(connection_, std::move(message), options_.duration / 3);
    auto const sequence = number_in(stored, "seq");
    if (!sequence || *sequence < 0)
        throw nats_error("JetStream: the lease was not stored");
    co_return static_cast<std::uint64_t>(*sequence);
}

asio::awaitable<void> nats_leases::remove(std::uint64_t sequence) {
    json::object wanted{{"seq", sequence}, {"no_erase", true}};
    co_await ask_jetstream(connection_, "STREAM.MSG.DELETE.KV_" + options_.bucket, std::move(wanted));
}

asio::awaitable<void> nats_leases::refresh(taking more) {
    if (auto const link = connection_.link(); ready_link_ != link || link == 0) {
        jetstream_stream stream;
        stream.name = "KV_" + options_.bucket;
        stream.subjects = {"$KV." + options_.bucket + ".>"};
        stream.layout = jetstream_stream::kind::bucket;
        stream.max_age = options_.duration;
        stream.duplicate_window = options_.duration;
        stream.max_per_subject = 1;
        co_await ensure_stream(connection_, stream);
        ready_link_ = link;
    }
    co_await require_no_former_workers();
    presence_ = co_await put(subject_of("worker." + options_.worker), nullptr);

    auto const usable = held();
    std::erase_if(leases_, [&usable](auto const& each) { return !std::ranges::binary_search(usable, each.first); });
    for (auto const partition : usable) {
        auto& each = leases_.at(partition);
        auto const asked = time_.now();
        bool taken = false;
        try {
            each.sequence = co_await put(subject_of(partition), &each.sequence);
            each.renewed = asked;
        } catch (nats_error const& error) {
            if (error.code() != wrong_last_sequence)
                throw;
            taken = true;
        }
        if (taken)
            leases_.erase(partition);
    }

    if (more == taking::nothing)
        co_return;
    json::object all{{"subjects_filter", subject_of(">")}};
    auto const info = co_await ask_jetstream(connection_, "STREAM.INFO.KV_" + options_.bucket, std::move(all));
    std::size_t workers = 0;
    std::set<std::string> taken;
    for (auto& each : subjects_in(info))
        if (each.starts_with(subject_of("worker.")))
            ++workers;
        else
            taken.insert(std::move(each));
    workers = std::max<std::size_t>(workers, 1);
    share_ = (options_.partitions + workers - 1) / workers;

    // Each worker begins at another partition, so that they do not compete for the same ones.
    auto const first = std::hash<std::string>()(options_.worker) % options_.partitions;
    for (std::size_t step = 0; step < options_.partitions && leases_.size() < share_; ++step) {
        auto const partition = (first + step) % options_.partitions;
        if (leases_.contains(partition) || taken.contains(subject_of(partition)))
            continue;
        auto const asked = time_.now();
        std::uint64_t const none = 0;
        std::optional<std::uint64_t> sequence;
        try {
            sequence = co_await put(subject_of(partition), &none);
        } catch (nats_error const& error) {
            if (error.code() != wrong_last_sequence)
                throw;
        }
        if (sequence)
            leases_.emplace(partition, lease{*sequence, asked});
    }
}

asio::awaitable<void> nats_leases::require_no_former_workers() {
    json::object wanted{{"subjects_filter", options_.former_subject + ".>"}};
    std::vector<std::string> leases;
    try {
        auto const info =
            co_await ask_jetstream(connection_, "STREAM.INFO." + options_.former_stream, std::move(wanted));
        leases = subjects_in(info);
    } catch (nats_error const& error) {
        if (error.code() != stream_not_found)
            throw;
    }
    if (!leases.empty())
        throw nats_error("workers of an earlier version hold leases in stream " + options_.former_stream);
}

asio::awaitable<void> nats_leases::release(std::size_t partition) {
    auto const found = leases_.find(partition);
    if (found == leases_.end())
        co_return;
    auto const sequence = found->second.sequence;
    leases_.erase(found);
    co_await remove(sequence);
}

asio::awaitable<void> nats_leases::leave() {
    if (auto const sequence = std::exchange(presence_, 0); sequence != 0)
        co_await remove(sequence);
}

} // namespace rulehost
