#include "cli/adapter_directory.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace rulehost::cli {

std::shared_ptr<adapter_table const> read_adapter_directory(std::string const& directory, std::vector<diagnostic>& found) {
    std::vector<std::filesystem::path> files;
    std::error_code problem;
    for (std::filesystem::directory_iterator entry(directory, problem), end; !problem && entry != end; entry.increment(problem))
        if (auto const kind = entry->path().extension(); kind == ".yaml" || kind == ".yml")
            files.push_back(entry->path());
    if (problem)
        throw std::runtime_error(escape_for_terminal(directory) + ": " + problem.message());
    std::ranges::sort(files);
    auto table = std::make_shared<adapter_table>(*adapter_table::shipped());
    for (auto const& path : files) {
        std::ifstream file(path, std::ios::binary);
        std::string const text(std::istreambuf_iterator<char>(file), {});
        if (!file)
            throw std::runtime_error(escape_for_terminal(path.string()) + ": cannot be read");
        std::ranges::move(table->add(text, path.string()), std::back_inserter(found));
    }
    return table;
}

} // namespace rulehost::cli
