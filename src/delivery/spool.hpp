#pragma once

#include "event/input_position.hpp"
#include "file/file_descriptor.hpp"

#include <rulehost/tag.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// A directory that queues tags and positions while the database is away: first in, first out, durable, bounded. After
/// a crash the last page taken may come again; nothing else is lost or duplicated.
///
/// Segment files `NUMBER.spool`: a header with eight random bytes, then records that begin with those bytes, the length
/// and a checksum. A partial record at the end, left by a crash, is truncated. Damaged bytes before valid records, and
/// files that are not segments, are set aside as `NAME.damaged-OFFSET` and reported; the rest is used.
///
/// Locked against other processes. Blocking; used by one thread at a time. Throws std::system_error and std::bad_alloc:
/// then nothing was added or removed, and the call may be repeated.
class spool {
public:
    /// Opens or creates `directory` and checks every record. Calls `report` with one line for each part truncated or
    /// set aside. Begins a new segment past `segment_size` bytes.
    spool(std::filesystem::path directory, std::uint64_t limit, std::function<void(std::string const&)> report,
          std::uint64_t segment_size = 64ull << 20);

    /// The newest position of each input.
    std::map<std::string, std::string> const& positions() const { return positions_; }

    std::uint64_t bytes() const { return bytes_; }
    bool empty() const { return bytes_ == 0; }

    enum class outcome { kept, no_room };
    /// Durable if it returns `kept`. `no_room` if the limit is exceeded or the disk is full: nothing was added.
    outcome append(std::span<tag const* const> tags, std::span<input_position const> positions);

    struct page {
        std::vector<tag> tags;
        std::vector<input_position> positions;
        std::uint64_t bytes = 0;
    };
    /// The oldest records, about `max_tags` tags; they stay until `pop`. An unreadable record is set aside and skipped,
    /// so a page may be empty although the spool was not.
    page front(std::size_t max_tags);

    /// Removes the records of the last `front`.
    void pop();

private:
    using nonce = std::array<char, 8>;

    /// A whole record of a segment.
    struct record {
        std::uint64_t offset = 0;
        std::uint32_t length = 0; ///< of its content
    };
    struct segment {
        std::uint64_t number = 0;
        nonce mark{};
        std::uint64_t size = 0; ///< of the file
        std::deque<record> records;
    };

    std::filesystem::path path_of(std::uint64_t number) const;
    void open_segments();
    void read_segment(std::uint64_t number, bool is_last);
    void begin_segment();
    void leave_tail();
    void set_aside(std::filesystem::path const& file, std::string_view bytes, std::uint64_t offset,
                   std::string const& why);

    std::filesystem::path directory_;
    std::uint64_t limit_;
    std::function<void(std::string const&)> report_;
    std::uint64_t segment_size_;
    file_descriptor lock_;
    file_descriptor tail_; ///< of the last segment; empty until this process begins one
    std::deque<segment> segments_;
    std::uint64_t next_number_ = 1;
    std::uint64_t bytes_ = 0; ///< of all records
    std::map<std::string, std::string> positions_;
    std::size_t taken_ = 0; ///< records of the last `front`
};

} // namespace rulehost
