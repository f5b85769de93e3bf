#pragma once

#include <unistd.h>

#include <utility>

namespace rulehost {

/// Owns a file descriptor; -1: none.
class file_descriptor {
public:
    file_descriptor() = default;
    explicit file_descriptor(int value) : value_(value) {}
    file_descriptor(file_descriptor&& other) noexcept : value_(other.release()) {}
    file_descriptor& operator=(file_descriptor&& other) noexcept {
        std::swap(value_, other.value_);
        return *this;
    }
    ~file_descriptor() {
        if (value_ >= 0)
            ::close(value_);
    }

    explicit operator bool() const { return value_ >= 0; }
    int get() const { return value_; }
    int release() { return std::exchange(value_, -1); }

private:
    int value_ = -1;
};

} // namespace rulehost
