#include "output/tag_output.hpp"

#include <boost/uuid/string_generator.hpp>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

namespace {

constexpr std::string_view prefix = "fired-"; // of the ids of messages about one tag

std::optional<boost::uuids::uuid> tag_in(outgoing_message const& message) {
    if (!message.id.starts_with(prefix))
        return std::nullopt;
    try {
        return boost::uuids::string_generator()(message.id.substr(prefix.size()));
    } catch (std::runtime_error const&) {
        return std::nullopt;
    }
}

} // namespace

asio::awaitable<std::vector<tag_output::about>> tag_output::tags_of(std::span<outgoing_message const> messages) {
    std::vector<std::pair<boost::uuids::uuid, std::size_t>> wanted; // in the order of the messages
    std::vector<boost::uuids::uuid> uuids;
    for (std::size_t i = 0; i < messages.size(); ++i)
        if (auto const uuid = tag_in(messages[i]); uuid && !sent_.contains(*uuid)) {
            wanted.emplace_back(*uuid, i);
            uuids.push_back(*uuid);
        }
    std::vector<about> all;
    if (uuids.empty())
        co_return all;
    auto found = co_await stored_(std::move(uuids));
    std::map<boost::uuids::uuid, tag*> by_uuid;
    for (auto& each : found)
        by_uuid.emplace(each.uuid, &each);
    for (auto const& [uuid, index] : wanted)
        if (auto const at = by_uuid.find(uuid); at != by_uuid.end() && which_.takes(*at->second))
            all.push_back({index, *at->second});
    co_return all;
}

/// Resends a rejected batch tag by tag, since a single tag may be the reason.
asio::awaitable<void> tag_output::send(std::vector<about> const& batch, std::vector<refused_message>& refused) {
    std::vector<tag> tags;
    for (auto const& each : batch)
        tags.push_back(each.what);
    oldest_ = std::ranges::min(tags, {}, &tag::created_at).created_at;
    std::string reason;
    try {
        reason = co_await to_->send(tags);
    } catch (std::runtime_error const&) {
        ++failures_;
        throw;
    }
    if (reason.empty()) {
        for (auto const& each : batch)
            sent_.insert(each.what.uuid);
        sent_count_ += batch.size();
        fruitless_ = 0;
    } else if (batch.size() == 1) {
        refused.push_back({batch.front().index, std::move(reason)});
    } else {
        for (auto const& each : batch) {
            std::vector<about> const one{each};
            co_await send(one, refused);
        }
    }
}

bool tag_output::is_doubtful() {
    auto const before = fruitless_++;
    return before >= max_believed && (before - max_believed) % (max_doubted + max_believed) < max_doubted;
}

asio::awaitable<std::vector<refused_message>> tag_output::publish(std::span<outgoing_message const> messages) {
    std::vector<refused_message> refused;
    auto const sent_before = sent_count_;
    auto const all = co_await tags_of(messages);
    auto const size = std::max<std::size_t>(1, to_->max_tags());
    for (std::size_t at = 0; at < all.size(); at += size) {
        auto const from = all.begin() + static_cast<std::ptrdiff_t>(at);
        auto const count = static_cast<std::ptrdiff_t>(std::min(size, all.size() - at));
        std::vector<about> const batch(from, from + count);
        co_await send(batch, refused);
    }
    if (!refused.empty() && sent_count_ == sent_before && is_doubtful()) {
        ++failures_;
        throw std::runtime_error("it refuses every tag: " + refused.front().reason);
    }
    sent_.clear();
    oldest_.reset();
    co_return refused;
}

} // namespace rulehost
