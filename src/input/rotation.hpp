#pragma once

#include "input/file_place.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace rulehost {

// The decisions of following a log through rotation, without a file: from what was seen in its directories and what is
// remembered to what is read next. No I/O, no state.

enum class packing {
    none,
    gzip,
    zstd,
    unreadable, ///< compressed in a way that is not understood (bzip2, xz, compress, lz4)
};

/// Content of this length tells a file from others: events have times and ids in them. Shorter beginnings are alike.
constexpr std::uint64_t unmistakable_bytes = 256;

/// By the end of the name.
packing packing_of(std::string_view name);

/// Whether `name` is what rotation makes of `log`: `log.1`, `log-20261201`, `log.2026-12-01T10:00`, of `log.json` also
/// `log-20261201.json`; each of them also with the ending of a `packing`.
bool is_rotated_name(std::string_view name, std::string_view log);

/// Whether they differ in their digits alone, and have some: `cowrie.2026-11-28.json` and `cowrie.2026-11-29.json`.
bool is_same_series(std::string_view name, std::string_view other);

/// A file as it was seen in a directory, not opened. A value.
struct seen_file {
    enum class kind {
        live,    ///< the file that the input's name leads to
        rotated, ///< by its name it was rotated away from there
        other,
    };

    std::filesystem::path path;
    file_identity identity;
    std::uint64_t size = 0;    ///< bytes on the disk
    std::int64_t modified = 0; ///< nanoseconds since 1970
    kind what = kind::other;
    packing packed = packing::none;
};

/// The files in which reading may go on at `place`, the likeliest first: the first one goes in which what was read
/// stands.
std::vector<seen_file> where_it_may_be(file_place const& place, std::vector<seen_file> const& seen);

/// The files that may be copies of that of `place`, made before that was truncated, the likeliest first.
std::vector<seen_file> copies_of(file_place const& place, std::vector<seen_file> const& seen);

/// The files to be read after `done`, oldest first, the live one last. Those in `done.finished` that have not changed
/// are left out. Empty: there is nothing after it yet.
std::vector<seen_file> what_follows(file_place const& done, std::vector<seen_file> const& seen);

/// The same when the file of `gone` is nowhere, or when nothing was read of it, so that it cannot be told from a later
/// one.
std::vector<seen_file> what_is_left(file_place const& gone, std::vector<seen_file> const& seen);

/// The fate of the end of a file that has no line break, when another file follows.
enum class seam {
    two_lines,
    one_line,  ///< a line that rotation split: neither part is JSON, both together are
    undecided, ///< until the first line of the other file is complete
};

/// `head`: the end of the one file; `tail`: the first line of the next one, empty when it is not complete yet.
seam at_seam(std::string_view head, std::optional<std::string_view> tail);

} // namespace rulehost
