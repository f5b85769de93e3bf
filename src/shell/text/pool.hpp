#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

namespace rulehost::shell {

/// A vector of plain values with a 32-bit size, cleared and refilled for each reading, so that size, clear and append
/// take an instruction or two. References are valid until the next element is added.
template <typename T>
class pool {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

public:
    using value_type = T;
    using iterator = T*;
    using const_iterator = T const*;

    std::size_t size() const { return size_; }
    std::size_t capacity() const { return capacity_; }
    bool empty() const { return size_ == 0; }
    T* data() { return all_.get(); }
    T const* data() const { return all_.get(); }
    T* begin() { return data(); }
    T const* begin() const { return data(); }
    T* end() { return data() + size_; }
    T const* end() const { return data() + size_; }
    T& operator[](std::size_t at) { return all_[at]; }
    T const& operator[](std::size_t at) const { return all_[at]; }
    T& front() { return all_[0]; }
    T const& front() const { return all_[0]; }
    T& back() { return all_[size_ - 1]; }
    T const& back() const { return all_[size_ - 1]; }

    /// Appends a default element and returns it.
    T& emplace_back() {
        if (size_ == capacity_)
            grow();
        return all_[size_++] = T{};
    }
    void push_back(T value) {
        if (size_ == capacity_)
            grow();
        all_[size_++] = value;
    }
    void pop_back() { --size_; }
    /// Truncates to `size` elements.
    void shrink(std::size_t size) { size_ = static_cast<std::uint32_t>(size); }
    void clear() { size_ = 0; }

private:
    [[gnu::noinline, gnu::cold]] void grow() {
        auto const wanted = std::max<std::size_t>(16, std::size_t{2} * capacity_);
        auto more = std::make_unique_for_overwrite<T[]>(wanted);
        std::copy(begin(), end(), more.get());
        all_ = std::move(more);
        capacity_ = static_cast<std::uint32_t>(wanted);
    }

    std::unique_ptr<T[]> all_;
    std::uint32_t size_ = 0;
    std::uint32_t capacity_ = 0;
};

} // namespace rulehost::shell
