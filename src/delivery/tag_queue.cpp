#include "delivery/tag_queue.hpp"

#include "async/memory_wait.hpp"
#include "delivery/tag_weight.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <map>
#include <string>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

namespace {

std::size_t weight_of_batch(tag_batch const& batch) {
    std::size_t total = 1;
    for (auto const& tag : batch.tags)
        total += weight_of(tag);
    for (auto const& letter : batch.rejected)
        total += 1 + letter.text.size() / 1024;
    return total;
}

} // namespace

void tag_group::collect() {
    std::map<std::string, std::string> places;
    tags.clear();
    positions.clear();
    for (auto const& [batch, weight] : batches) {
        for (auto const& tag : batch.tags)
            tags.push_back(&tag);
        if (batch.position)
            places[batch.position->input] = batch.position->place;
    }
    for (auto const& [input, place] : places)
        positions.push_back({input, place});
}

asio::awaitable<void> tag_queue::enqueue(tag_batch batch) {
    while (weight_ >= max_weight_ && !closed_)
        co_await progress_.wait();
    if (closed_)
        throw boost::system::system_error(asio::error::operation_aborted);
    auto make_room = [this] { queue_.emplace_back(); };
    co_await until_there_is_memory(time_, make_room);
    auto const weight = weight_of_batch(batch);
    weight_ += weight;
    ++enqueued_;
    queue_.back() = {std::move(batch), weight};
    arrived_.notify();
}

void tag_queue::close() {
    closed_ = true;
    progress_.notify();
}

asio::awaitable<tag_group_ptr> tag_queue::take() {
    while (queue_.empty())
        co_await arrived_.wait();
    tag_group_ptr next;
    auto take = [&] {
        if (!next)
            next = std::make_shared<tag_group>();
        take_into(*next);
    };
    co_await until_there_is_memory(time_, take);
    current_ = next;
    co_return next;
}

/// Continues where an earlier call ran out of memory.
void tag_queue::take_into(tag_group& next) {
    std::size_t weight = 0;
    for (auto const& member : next.batches)
        weight += member.weight;
    while (!queue_.empty() && (next.batches.empty() || weight + queue_.front().weight <= max_group)) {
        weight += queue_.front().weight;
        next.batches.push_back(std::move(queue_.front()));
        queue_.pop_front();
    }
    next.collect();
}

void tag_queue::finish() {
    auto const done = std::exchange(current_, nullptr);
    for (auto& [batch, weight] : done->batches) {
        weight_ -= weight;
        ++durable_;
        if (batch.stored)
            batch.stored();
    }
    progress_.notify();
}

asio::awaitable<void> tag_queue::drain() {
    auto const last = enqueued_;
    while (durable_ < last)
        co_await progress_.wait();
}

std::uint64_t tag_queue::waiting() const {
    std::uint64_t count = current_ ? current_->tags.size() : 0;
    for (auto const& member : queue_)
        count += member.batch.tags.size();
    return count;
}

} // namespace rulehost
