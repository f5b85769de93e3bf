#pragma once

#include "shell/text/limits.hpp"
#include "shell/text/pool.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace rulehost::shell {

/// Variables that a line sets, with the scopes of subshells. Names and values are views of the line or the arena.
class variables {
public:
    struct variable {
        std::string_view name;
        std::string_view value; ///< marked text; the elements of an array are divided by `separator`
        bool is_set = false;
        bool is_array = false;
        std::uint32_t older = 0; ///< of the same bucket, plus one
    };
    static constexpr char separator = '\x1f';

    variable const* find(std::string_view name) const {
        for (auto at = buckets_[bucket(name)]; at != 0; at = all_[at - 1].older)
            if (all_[at - 1].name == name)
                return &all_[at - 1];
        return nullptr;
    }

    void set(std::string_view name, std::string_view value, bool is_array = false, bool is_set = true) {
        auto& head = buckets_[bucket(name)];
        for (auto at = head; at > scope_; at = all_[at - 1].older) {
            if (all_[at - 1].name == name) {
                all_[at - 1].value = value;
                all_[at - 1].is_set = is_set;
                all_[at - 1].is_array = is_array;
                return;
            }
        }
        if (all_.size() >= limits::max_variables)
            return;
        all_.push_back({name, value, is_set, is_array, head});
        head = static_cast<std::uint32_t>(all_.size());
    }
    void unset(std::string_view name) { set(name, {}, false, false); }

    /// Begins a scope; `leave` with the value that `enter` returned undoes what is set in it.
    struct scope {
        std::uint32_t size;
        std::uint32_t outer;
    };
    scope enter() {
        scope const made{static_cast<std::uint32_t>(all_.size()), scope_};
        scope_ = made.size;
        return made;
    }
    void leave(scope made) {
        while (all_.size() > made.size) {
            buckets_[bucket(all_.back().name)] = all_.back().older;
            all_.pop_back();
        }
        scope_ = made.outer;
    }

    void clear() {
        if (all_.empty())
            return;
        all_.clear();
        buckets_.fill(0);
        scope_ = 0;
    }

private:
    static std::size_t bucket(std::string_view name) {
        std::uint32_t value = 2166136261U;
        for (auto const c : name.substr(0, 64))
            value = (value ^ static_cast<unsigned char>(c)) * 16777619U;
        return (value ^ (value >> 15)) & 255U;
    }

    pool<variable> all_;
    std::array<std::uint32_t, 256> buckets_{}; ///< index in `all_` plus one
    std::uint32_t scope_ = 0;
};

} // namespace rulehost::shell
