#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// The scripts of config/sql/, embedded at build time.
struct schema_script {
    static std::string_view const sqlite;
    static std::string_view const postgresql;
    static std::string_view const mariadb;

    /// The statements from version n of the tables to n + 1, without comments. Throws std::invalid_argument for a
    /// statement before the first version, or an unterminated one.
    static std::vector<std::vector<std::string>> parse(std::string_view script);
};

} // namespace rulehost
