#pragma once

#include <rulehost/event.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace rulehost {

/// Maximum size, in bytes, of a member that each event of a list copies from its document: a long text would be copied for each.
inline constexpr std::size_t max_shared_text = 255;

/// The events of one line, in memory reused for the next line.
class event_list {
public:
    /// A further event with empty fields.
    event& add() {
        if (size_ == events_.size())
            events_.emplace_back();
        return events_[size_++];
    }

    /// Releases every payload; their memory resource may be released afterwards.
    void clear() {
        for (auto& each : std::span(events_).first(size_)) {
            each.source_kind.clear();
            each.source_id.clear();
            each.attacker_uuid.clear();
            each.identity_uuid.clear();
            each.session_id.clear();
            each.decky_id.clear();
            each.untimed = false;
            each.truncated = false;
            put_payload(each, {});
        }
        size_ = 0;
        problem_.clear();
        left_out_ = 0;
        untimed_ = false;
    }

    /// Assignment would copy: an object keeps the memory resource of its construction.
    static void put_payload(event& into, boost::json::object payload) {
        std::destroy_at(&into.payload);
        std::construct_at(&into.payload, std::move(payload));
    }

    /// Records that a part of the line is not an event; keeps the first reason.
    void refuse(std::string reason) {
        if (problem_.empty())
            problem_ = std::move(reason);
    }
    std::string const& problem() const { return problem_; }

    /// Records events skipped because there are too many.
    void leave_out(std::size_t count) { left_out_ += count; }
    std::size_t left_out() const { return left_out_; }

    /// Records that the line has no time of its own.
    void note_untimed() { untimed_ = true; }
    bool is_untimed() const { return untimed_; }

    /// Marks each event as truncated.
    void mark_truncated() {
        for (auto& each : std::span(events_).first(size_))
            each.truncated = true;
    }

    std::size_t size() const { return size_; }
    event const& operator[](std::size_t at) const { return events_[at]; }
    std::span<event const> events() const { return std::span(events_).first(size_); }

private:
    std::vector<event> events_;
    std::size_t size_ = 0;
    std::string problem_;
    std::size_t left_out_ = 0;
    bool untimed_ = false;
};

} // namespace rulehost
