#pragma once

#include <rulehost/event.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace rulehost {

/// The events of one line, in memory that serves the next line too.
class event_list {
public:
    /// A further event with empty fields.
    event& add() {
        if (size_ == events_.size())
            events_.emplace_back();
        return events_[size_++];
    }

    /// Lets go of every payload: what they live in may be released now.
    void clear() {
        for (auto& each : std::span(events_).first(size_)) {
            each.source_kind.clear();
            each.source_id.clear();
            each.attacker_uuid.clear();
            each.identity_uuid.clear();
            each.session_id.clear();
            each.decky_id.clear();
            put_payload(each, {});
        }
        size_ = 0;
    }

    /// Assignment would copy: an object never leaves the memory resource that it was made with.
    static void put_payload(event& into, boost::json::object payload) {
        std::destroy_at(&into.payload);
        std::construct_at(&into.payload, std::move(payload));
    }

    std::size_t size() const { return size_; }
    event const& operator[](std::size_t at) const { return events_[at]; }
    std::span<event const> events() const { return std::span(events_).first(size_); }

private:
    std::vector<event> events_;
    std::size_t size_ = 0;
};

} // namespace rulehost
