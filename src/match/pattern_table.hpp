#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct hs_database;
struct hs_scratch;

namespace rulehost {

/// The working memory of scans. One thread at a time; made ready for each table once with `reserve`.
class scan_memory {
public:
    scan_memory() = default;
    scan_memory(scan_memory const&) = delete;
    scan_memory& operator=(scan_memory const&) = delete;
    ~scan_memory();

private:
    friend class pattern_table;

    hs_scratch* scratch_ = nullptr;
    std::string folded_;
};

/// Words that are looked for all at once, in one Vectorscan database, letter case aside: one pass over a text
/// says which of them occur, at a cost that hardly depends on their number. Immutable; scans are safe from any
/// thread, each with its own memory.
class pattern_table {
public:
    /// `words` are distinct, lower-case ASCII and not empty; word i is reported as i. Throws std::bad_alloc.
    explicit pattern_table(std::vector<std::string> const& words);
    pattern_table(pattern_table&&) noexcept;
    ~pattern_table();

    void reserve(scan_memory& memory) const;

    /// Calls `hit(word)` for each word in `text`, any number of times each. Any bytes will do.
    template <typename Hit>
    void scan(std::string_view text, scan_memory& memory, Hit&& hit) const {
        scan(text, memory, [](void* to, std::uint32_t word) { (*static_cast<Hit*>(to))(word); }, &hit);
    }

private:
    using sink = void (*)(void* to, std::uint32_t word);
    void scan(std::string_view text, scan_memory& memory, sink call, void* to) const;
    void scan_bytes(std::string_view text, scan_memory& memory, sink call, void* to) const;

    struct releaser {
        void operator()(hs_database*) const;
    };
    std::unique_ptr<hs_database, releaser> database_; ///< null when there are no words
};

} // namespace rulehost
