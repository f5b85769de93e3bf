#pragma once

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace rulehost {

/// Whether there is no such file. False where nobody may look, as in a directory that is not searchable.
inline bool is_absent(std::filesystem::path const& path) {
    std::error_code unknown;
    return std::filesystem::status(path, unknown).type() == std::filesystem::file_type::not_found;
}

/// The bytes of a file. Throws std::system_error that names it, also where it is a directory.
inline std::string read_file(std::filesystem::path const& path) {
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::string text;
    std::array<char, 16 * 1024> part;
    do {
        file.read(part.data(), part.size());
        text.append(part.data(), static_cast<std::size_t>(file.gcount()));
    } while (file);
    if (!file.eof())
        throw std::system_error(errno != 0 ? errno : EIO, std::generic_category(), path.string());
    return text;
}

} // namespace rulehost
