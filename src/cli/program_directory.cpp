#include "cli/program_directory.hpp"

#include "cli/input_options.hpp"
#include "file/read_file.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <utility>

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
    for (auto const& each : files)
        std::ranges::move(table->add(read_file(each), each.string()), std::back_inserter(found));
    return table;
}

void add_programs_option(CLI::App& command) {
    auto const use = [](std::string const& path) {
        std::vector<diagnostic> found;
        auto table = read_program_directory(path, found);
        std::ranges::for_each(found, report_finding);
        if (has_errors(found))
            throw CLI::ValidationError("--programs", "the table of programs has errors");
        shell::program_table::use(std::move(table));
    };
    command.add_option_function<std::string>("--programs", use,
                                             "Further programs, whose entries win: a file, or a directory of them");
}

} // namespace rulehost::cli
