#pragma once

#include "input/file_place.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace rulehost {

// Decisions for following a log through rotation: which file to read next, from the files in its directories and the
// stored place. No I/O, no state.

enum class packing {
    none,
    gzip,
    zstd,
    unreadable, ///< compressed in an unsupported format (bzip2, xz, compress, lz4)
};

/// Content of this length identifies a file, since events hold times and ids. Shorter beginnings are ambiguous.
constexpr std::uint64_t unmistakable_bytes = 256;

/// Determined by the file name's ending.
packing packing_of(std::string_view name);

/// Whether `name` is a rotated name of `log`: `log.1`, `log-20261201`, `log.2026-12-01T10:00`, of `log.json` also
/// `log-20261201.json`; each of them also with the ending of a `packing`.
bool is_rotated_name(std::string_view name, std::string_view log);

/// Whether both have digits and differ only in them: `cowrie.2026-11-28.json` and `cowrie.2026-11-29.json`.
bool is_same_series(std::string_view name, std::string_view other);

/// A directory entry, not opened. A value.
struct seen_file {
    enum class kind {
        live,    ///< the file at the input's path
        rotated, ///< rotated away, by its name
        other,
    };

    std::filesystem::path path;
    file_identity identity;
    std::uint64_t size = 0;    ///< bytes on the disk
    std::int64_t modified = 0; ///< nanoseconds since 1970
    kind what = kind::other;
    packing packed = packing::none;
};

/// Candidate files for continuing at `place`, the likeliest first: the first whose content matches is used.
std::vector<seen_file> where_it_may_be(file_place const& place, std::vector<seen_file> const& seen);

/// Possible copies of the file of `place` from before its truncation, the likeliest first.
std::vector<seen_file> copies_of(file_place const& place, std::vector<seen_file> const& seen);

/// Files to read after `done`, oldest first, the live one last, without unchanged ones in `done.finished`. Empty: there
/// is none yet.
std::vector<seen_file> files_after(file_place const& done, std::vector<seen_file> const& seen);

/// The same if the file of `gone` is missing, or nothing was read of it, so that it cannot be distinguished from a
/// later one.
std::vector<seen_file> files_left(file_place const& gone, std::vector<seen_file> const& seen);

/// Treatment of an unterminated last line when another file follows.
enum class seam {
    two_lines,
    one_line,  ///< a line that rotation split: only both parts together are JSON
    undecided, ///< until the first line of the other file is complete
};

/// `head`: the end of the one file; `tail`: the first line of the next one, empty when it is not complete yet.
seam at_seam(std::string_view head, std::optional<std::string_view> tail);

} // namespace rulehost
