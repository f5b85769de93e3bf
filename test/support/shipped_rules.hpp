#pragma once

#include <rulehost/list_reader.hpp>
#include <rulehost/rule_reader.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace rulehost::test {

/// Every document of the shipped rules, read with the shipped lists. Throws where a list has a finding.
inline std::vector<rule_document> shipped_rules() {
    std::map<std::string, std::string> files;
    std::vector<list_document> lists;
    for (auto const& each : std::filesystem::recursive_directory_iterator(RULEHOST_SOURCE_DIR "/rules")) {
        if (each.path().extension() != ".yaml")
            continue;
        std::ifstream file(each.path(), std::ios::binary);
        auto const& [path, text] =
            *files.emplace(each.path().filename().string(), std::string(std::istreambuf_iterator<char>(file), {}))
                 .first;
        std::ranges::move(read_lists(text, path), std::back_inserter(lists));
    }
    auto const joined = join_lists(lists);
    if (!joined.diagnostics.empty())
        throw std::runtime_error(to_text(joined.diagnostics.front()));
    std::vector<rule_document> documents;
    for (auto const& [path, text] : files)
        std::ranges::move(read_rules(text, path, joined.lists), std::back_inserter(documents));
    return documents;
}

} // namespace rulehost::test
