// Helpers of the fuzz targets.
#pragma once

#include <rulehost/json_text.hpp>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include <stdlib.h>
#include <unistd.h>

namespace rulehost::fuzzing {

/// Ends the run when a contract does not hold.
inline void require(bool holds) {
    if (!holds)
        std::abort();
}

inline std::string_view text_of(std::uint8_t const* data, std::size_t size) {
    return {reinterpret_cast<char const*>(data), size};
}

/// Requires a text without characters that a terminal obeys.
inline void require_printable(std::string_view text) {
    for (char const c : text)
        require(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
}

/// Requires a payload that the host can write and read again: its text is valid UTF-8, a number too large for a double
/// is written as one, and it may be nested deeper than a line (an adapter's `transform: list` adds a level).
inline void require_readable_again(boost::json::object const& payload) {
    std::string written;
    append_json(written, payload);
    boost::json::parse_options options;
    options.max_depth = 256;
    boost::system::error_code problem;
    boost::json::parse(written, problem, {}, options);
    require(!problem);
}

/// A directory in memory, empty at the start of each input and removed with the process.
class scratch_directory {
public:
    scratch_directory() {
        auto name = std::string(::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp") + "/rulehost-fuzz-XXXXXX";
        if (!::mkdtemp(name.data()))
            throw std::runtime_error("no temporary directory");
        path_ = name;
    }
    scratch_directory(scratch_directory const&) = delete;
    scratch_directory& operator=(scratch_directory const&) = delete;
    ~scratch_directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    void clear() const {
        for (auto const& entry : std::filesystem::directory_iterator(path_))
            std::filesystem::remove_all(entry.path());
    }

    std::filesystem::path write(std::string_view name, std::string_view content) const {
        auto const file = path_ / name;
        std::ofstream(file, std::ios::binary).write(content.data(), static_cast<std::streamsize>(content.size()));
        return file;
    }

    std::filesystem::path const& path() const { return path_; }

private:
    std::filesystem::path path_;
};

} // namespace rulehost::fuzzing
