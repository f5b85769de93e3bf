#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace rulehost::shell {

/// Memory for the texts of one reading. Results of `copy` stay valid until `clear`, which keeps the blocks for the next
/// reading, so that nothing is allocated after the largest reading.
class text_arena {
public:
    char* take(std::size_t size) {
        if (at_ == blocks_.size() || blocks_[at_].size - used_ < size)
            make_room(size);
        auto* const place = blocks_[at_].bytes.get() + used_;
        used_ += size;
        total_ += size;
        return place;
    }

    /// As `take`, for objects of any type.
    void* take_aligned(std::size_t size) {
        constexpr auto alignment = alignof(std::max_align_t);
        auto* const place = take(size + alignment);
        auto const over = reinterpret_cast<std::uintptr_t>(place) % alignment;
        return place + (over == 0 ? 0 : alignment - over);
    }

    /// Releases the end of the last allocation.
    void give_back(char const* from, std::size_t size) {
        if (at_ < blocks_.size() && from + size == blocks_[at_].bytes.get() + used_) {
            used_ -= size;
            total_ -= size;
        }
    }

    std::string_view copy(std::string_view text) {
        if (text.empty())
            return {};
        auto* const place = take(text.size());
        std::memcpy(place, text.data(), text.size());
        return {place, text.size()};
    }

    std::string_view join(std::string_view left, std::string_view right) {
        auto* const place = take(left.size() + right.size());
        auto const size = left.copy(place, left.size());
        return {place, size + right.copy(place + size, right.size())};
    }

    /// Bytes allocated since `clear`.
    std::size_t total() const { return total_; }

    void clear() {
        at_ = 0;
        used_ = 0;
        total_ = 0;
    }

private:
    [[gnu::noinline, gnu::cold]] void make_room(std::size_t size) {
        while (at_ == blocks_.size() || blocks_[at_].size - used_ < size) {
            if (at_ < blocks_.size() && ++at_ < blocks_.size()) {
                used_ = 0;
                continue;
            }
            auto const wanted = std::max(size, block_size);
            blocks_.push_back({std::make_unique_for_overwrite<char[]>(wanted), wanted});
            at_ = blocks_.size() - 1;
            used_ = 0;
        }
    }

    static constexpr std::size_t block_size = 32 * 1024;

    struct block {
        std::unique_ptr<char[]> bytes;
        std::size_t size;
    };

    std::vector<block> blocks_;
    std::size_t at_ = 0;
    std::size_t used_ = 0;
    std::size_t total_ = 0;
};

} // namespace rulehost::shell
