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

/// A directory that keeps tags and positions while there is no database: first in, first out, durable, bounded. What is
/// taken out may come again after a crash; nothing else is lost or doubled.
///
/// Segment files `NUMBER.spool`: a header with eight random bytes, then records that begin with those bytes, the length
/// and a checksum. The unfinished record that a crash leaves at the end is cut. Bytes in front of others that are good,
/// and files that are no segments, are set aside under `NAME.damaged-OFFSET` and reported, and the rest is used.
///
/// Locked against other processes. Blocking; used by one thread at a time. Throws std::system_error and std::bad_alloc:
/// then nothing was kept nor forgotten, and the call may be made again.
class spool {
public:
    /// Opens or creates `directory` and looks at every record. `report` is told in one line of what was cut or set
    /// aside. Segments are begun anew past `segment_size` bytes.
    spool(std::filesystem::path directory, std::uint64_t limit, std::function<void(std::string const&)> report,
          std::uint64_t segment_size = 64ull << 20);

    /// The newest position of each input.
    std::map<std::string, std::string> const& positions() const { return positions_; }

    std::uint64_t bytes() const { return bytes_; }
    bool empty() const { return bytes_ == 0; }

    enum class outcome { kept, no_room };
    /// Durable when it returns `kept`. `no_room`, when the limit is passed or the disk is full: nothing of it was kept.
    outcome append(std::span<tag const* const> tags, std::span<input_position const> positions);

    struct page {
        std::vector<tag> tags;
        std::vector<input_position> positions;
        std::uint64_t bytes = 0;
    };
    /// The oldest records, about `max_tags` tags of them; they stay until `pop`. A record that cannot be read is set
    /// aside and left out, so a page may be empty though the spool was not.
    page front(std::size_t max_tags);

    /// Forgets what `front` returned last.
    void pop();

private:
    using nonce = std::array<char, 8>;

    /// A whole record of a segment.
    struct record {
        std::uint64_t offset = 0;
        std::uint32_t length = 0; ///< of what follows its head
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
    file_descriptor tail_; ///< of the last segment; empty until one is begun by this process
    std::deque<segment> segments_;
    std::uint64_t next_number_ = 1;
    std::uint64_t bytes_ = 0; ///< of all records
    std::map<std::string, std::string> positions_;
    std::size_t taken_ = 0; ///< records of the last `front`
};

} // namespace rulehost
