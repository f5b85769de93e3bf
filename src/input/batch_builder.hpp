#pragma once

#include "event/line_framer.hpp"
#include "input/event_source.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace rulehost {

/// Collects lines into an `event_batch` and copies their memory.
class batch_builder {
public:
    static constexpr std::size_t max_bytes = 1024 * 1024; ///< of a full batch
    static constexpr std::size_t max_lines = 4096;        ///< of a full batch

    batch_builder();

    /// `lines_before`: lines of the input before those that the framer counts. Never throws while it is not full: a
    /// line without memory becomes a line with a problem.
    void add(line_framer::line const& line, std::uint64_t lines_before = 0);

    bool is_empty() const { return lines_.empty(); }
    bool is_full() const { return is_full(lines_.size(), text_.size()) || lines_.size() == lines_.capacity(); }
    static bool is_full(std::size_t lines, std::size_t bytes) { return bytes >= max_bytes || lines >= max_lines; }

    /// Returns the collected lines as batch `number` and clears the builder, which stays unchanged if memory runs out.
    event_batch take(std::uint64_t number);

private:
    static constexpr std::size_t first_room = 16; ///< lines

    struct place {
        std::uint64_t number = 0;
        std::uint64_t sequence = 0;
        std::size_t begin = 0;
        std::size_t size = 0;
        bool truncated = false;
        std::string_view problem;
    };

    std::vector<char> text_;
    std::vector<place> lines_;
};

} // namespace rulehost
