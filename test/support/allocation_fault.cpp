#include "support/allocation_fault.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

/// Number of allocations that succeed before one fails; negative: none fails.
std::atomic<long> left{-1};

bool fails_now() {
    return left.load(std::memory_order_relaxed) >= 0 && left.fetch_sub(1, std::memory_order_relaxed) == 0;
}

} // namespace

namespace rulehost::test {

allocation_fault::allocation_fault(long n) {
    left = n;
}

allocation_fault::~allocation_fault() {
    left = -1;
}

bool allocation_fault::happened() const {
    return left < 0;
}

} // namespace rulehost::test

void* operator new(std::size_t size) {
    if (fails_now())
        throw std::bad_alloc();
    if (auto* const memory = std::malloc(size == 0 ? 1 : size))
        return memory;
    throw std::bad_alloc();
}

void operator delete(void* memory) noexcept {
    std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
