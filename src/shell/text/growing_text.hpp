#pragma once

#include "shell/text/limits.hpp"
#include "shell/text/text_arena.hpp"

#include <algorithm>
#include <string_view>

namespace rulehost::shell {

/// Text that grows in the arena, up to the limit of a decoder.
class growing_text {
public:
    growing_text(text_arena& arena, std::size_t room)
        : room_(std::min(room, limits::max_text)), bytes_(arena.take(room_)) {}
    void add(char c) {
        if (size_ < room_ && c != '\0')
            bytes_[size_++] = c;
    }
    void add(std::string_view text) {
        for (auto const c : text)
            add(c);
    }
    bool is_full() const { return size_ == room_; }
    std::string_view view() const { return {bytes_, size_}; }

private:
    std::size_t room_;
    char* bytes_;
    std::size_t size_ = 0;
};

} // namespace rulehost::shell
