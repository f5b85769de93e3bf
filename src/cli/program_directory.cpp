#include "cli/program_directory.hpp"

#include "file/read_file.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <stdexcept>

namespace rulehost::cli {

std::shared_ptr<shell::program_table const> read_program_directory(std::string const& path,
                                                                   std::vector<diagnostic>& found) {
    std::vector<std::filesystem::path> files;
    std::error_code problem;
    if (std::filesystem::is_regular_file(path, problem))
        files.emplace_back(path);
    else
        for (std::filesystem::directory_iterator entry(path, problem), end; !problem && entry != end;
             entry.increment(problem))
            if (auto const kind = entry->path().extension(); kind == ".yaml" || kind == ".yml")
                files.push_back(entry->path());
    if (problem)
        throw std::runtime_error(escape_for_terminal(path) + ": " + problem.message());
    std::ranges::sort(files);
    auto table = std::make_shared<shell::program_table>(*shell::program_table::shipped());
    for (auto const& each : files) {
        std::ranges::move(table->add(read_file(each), each.string()), std::back_inserter(found));
    }
    return table;
}

} // namespace rulehost::cli
