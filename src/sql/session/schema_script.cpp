#include "sql/session/schema_script.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace rulehost {

std::vector<std::vector<std::string>> schema_script::parse(std::string_view script) {
    std::vector<std::vector<std::string>> versions;
    std::string statement;
    auto const end_statement = [&] {
        if (statement.empty())
            return;
        if (versions.empty() || !statement.ends_with(";\n"))
            throw std::invalid_argument("a statement of no version, or without its end: " + statement);
        statement.resize(statement.size() - 2);
        versions.back().push_back(std::exchange(statement, {}));
    };
    while (!script.empty()) {
        auto const line = script.substr(0, script.find('\n'));
        script.remove_prefix(std::min(line.size() + 1, script.size()));
        if (line.starts_with("-- version ")) {
            end_statement();
            versions.emplace_back();
        } else if (line.empty()) {
            end_statement();
        } else if (!line.starts_with("--")) {
            statement.append(line).append("\n");
        }
    }
    end_statement();
    return versions;
}

} // namespace rulehost
