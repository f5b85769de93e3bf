// First byte: flags. First line: an expression. The rest: a text. Holds the pattern tables to plain search, and
// the command texts to their bounds, for any bytes.
#include "match/command_texts.hpp"
#include "match/pattern_table.hpp"
#include "match/required_literals.hpp"
#include "match/shell_text.hpp"
#include "rule/regex.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

void require(bool holds) {
    if (!holds)
        std::abort();
}

void check_tables(rulehost::regex const& expression, std::string_view text) {
    auto const clauses = rulehost::required_literals(expression.pcre_syntax());
    if (clauses.empty() || expression.search(text) != rulehost::regex::outcome::match)
        return;
    for (auto const& words : clauses) {
        rulehost::pattern_table const table{words};
        rulehost::scan_memory memory;
        table.reserve(memory);
        bool hit = false;
        table.scan(text, memory, [&](std::uint32_t) { hit = true; });
        require(hit);
    }
}

void check_command_texts(std::string_view line) {
    std::string unquoted;
    rulehost::append_unquoted(line, unquoted);
    require(unquoted.size() <= line.size());
    rulehost::command_texts texts;
    texts.assign(line);
    require(texts.typed().size() <= 257);
    std::size_t total = 0;
    for (auto const& one : texts.all())
        total += one.value.size();
    require(total <= 4 * line.size() + 4 * 64 * 1024 * 3);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const input(reinterpret_cast<char const*>(data), size);
    if (input.empty())
        return 0;
    auto const line_end = std::min(input.find('\n'), input.size());
    auto const text = input.substr(std::min(line_end + 1, input.size()));
    if (auto const compiled = rulehost::regex::compile(input.substr(1, line_end == 0 ? 0 : line_end - 1),
                                                       {.ignore_case = (input.front() & 1) != 0}))
        check_tables(**compiled, text);
    check_command_texts(text);
    return 0;
}
