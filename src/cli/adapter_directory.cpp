#include "cli/adapter_directory.hpp"

#include "file/read_file.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <stdexcept>

namespace rulehost::cli {

std::shared_ptr<adapter_table const> read_adapter_directory(std::string const& directory,
                                                            std::vector<diagnostic>& found) {
    std::vector<std::filesystem::path> files;
    std::error_code problem;
    for (std::filesystem::directory_iterator entry(directory, problem), end; !problem && entry != end;
         entry.increment(problem))
        if (auto const kind = entry->path().extension(); kind == ".yaml" || kind == ".yml")
            files.push_back(entry->path());
    if (problem)
        throw std::runtime_error(escape_for_terminal(directory) + ": " + problem.message());
    std::ranges::sort(files);
    auto table = std::make_shared<adapter_table>(*adapter_table::shipped());
    for (auto const& path : files)
        std::ranges::move(table->add(read_file(path), path.string()), std::back_inserter(found));
    return table;
}

} // namespace rulehost::cli
