#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>

namespace rulehost {

/// A file of lines that is rotated when it is full: `PATH` becomes `PATH.1`, that `PATH.2`, and so on. Readable by its
/// owner alone. Appended lines survive a power loss; a partial line that a crash left is terminated. Blocking; used by
/// one thread at a time, and by one process.
class tag_file {
public:
    /// `max_bytes` of one file, which only a single longer line may exceed; `keep`: number of full files kept.
    tag_file(std::filesystem::path path, std::uint64_t max_bytes, std::size_t keep)
        : path_(std::move(path)), max_bytes_(max_bytes), keep_(keep) {}

    /// Each of `lines` ends in a line break. Throws std::system_error; then a part of them may be in the file.
    void append(std::string_view lines) const;

private:
    /// The first of `lines` that still fit a file of `size` bytes.
    std::string_view fitting(std::string_view lines, std::uint64_t size) const;
    void rotate() const;

    std::filesystem::path path_;
    std::uint64_t max_bytes_;
    std::size_t keep_;
};

} // namespace rulehost
