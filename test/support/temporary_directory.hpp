#pragma once

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdlib.h>
#include <string>
#include <string_view>
#include <system_error>

namespace rulehost::test {

/// An empty directory, removed with its contents at the end.
class temporary_directory {
public:
    temporary_directory() : path_((std::filesystem::temp_directory_path() / "rulehost-XXXXXX").string()) {
        if (!::mkdtemp(path_.data()))
            throw std::system_error(errno, std::system_category(), "mkdtemp");
    }
    temporary_directory(temporary_directory const&) = delete;
    temporary_directory& operator=(temporary_directory const&) = delete;
    ~temporary_directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    std::filesystem::path path() const { return path_; }
    std::filesystem::path operator/(std::filesystem::path const& name) const { return path() / name; }

    /// Writes a file in place and creates missing directories.
    void write(std::filesystem::path const& name, std::string_view text) const {
        std::filesystem::create_directories((path() / name).parent_path());
        std::ofstream stream(path() / name, std::ios::binary | std::ios::trunc);
        stream << text;
        stream.close();
        BOOST_REQUIRE(stream.good());
    }

    std::string read(std::filesystem::path const& name) const {
        std::ifstream stream(path() / name, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(stream), {});
    }

    void remove(std::filesystem::path const& name) const { std::filesystem::remove_all(path() / name); }

    void rename(std::filesystem::path const& from, std::filesystem::path const& to) const {
        std::filesystem::rename(path() / from, path() / to);
    }

    void link(std::filesystem::path const& target, std::filesystem::path const& name) const {
        std::filesystem::create_symlink(target, path() / name);
    }

private:
    std::string path_;
};

} // namespace rulehost::test
