#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

struct hs_database;
struct hs_scratch;

namespace rulehost {

/// The working memory of scans. One thread at a time; call `reserve` once for each table.
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

/// A set of words, searched together in one Vectorscan database, ignoring letter case: one pass over a text
/// finds those that occur, at a cost that hardly depends on their number. Immutable; scans are safe from any
/// thread, each with its own memory.
class pattern_table {
public:
    /// `words` are distinct, lower-case ASCII and not empty; word i is reported as i. Throws std::bad_alloc.
    explicit pattern_table(std::vector<std::string> const& words);
    pattern_table(pattern_table&&) noexcept;
    ~pattern_table();

    bool empty() const { return !database_; } ///< there are no words
    void reserve(scan_memory& memory) const;

    /// The end of a word whose place is unknown.
    static constexpr std::size_t somewhere = static_cast<std::size_t>(-1);

    /// Calls `hit(word, end)` wherever a word ends in `text`, in that order; any number of times for one place, and last
    /// of all with `somewhere`. The text may hold any bytes.
    template <typename Hit>
    void scan(std::string_view text, scan_memory& memory, Hit&& hit) const {
        auto const call = [](void* to, std::uint32_t word, std::size_t end) {
            (*static_cast<std::remove_reference_t<Hit>*>(to))(word, end);
        };
        scan(text, memory, call, &hit);
    }

private:
    using sink = void (*)(void* to, std::uint32_t word, std::size_t end);
    enum class places { known, lost };
    void scan(std::string_view text, scan_memory& memory, sink call, void* to) const;
    void scan_bytes(std::string_view text, scan_memory& memory, places are, sink call, void* to) const;

    struct releaser {
        void operator()(hs_database*) const;
    };
    void scan_for_few(std::string_view text, places are, sink call, void* to) const;

    std::vector<std::string>
        few_; ///< the words, if there are few: searching a short text directly is faster than starting Vectorscan
    std::array<std::uint8_t, 256> last_letters_{};    ///< byte -> a bit for each of `few_` that ends in it, either case
    std::unique_ptr<hs_database, releaser> database_; ///< null when there are no words
};

} // namespace rulehost
