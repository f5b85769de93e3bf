// First byte: flags. First line: expressions, with NULs between them. The rest: a text. Holds the pattern tables to
// plain search, and the command texts to their bounds, for any bytes.
#include "engine/rule_index.hpp"
#include "match/command_texts.hpp"
#include "match/pattern_table.hpp"
#include "match/required_literals.hpp"
#include "match/shell_text.hpp"
#include "rule/regex.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

constexpr std::size_t most_expressions = 8;

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
        table.scan(text, memory, [&](std::uint32_t, std::size_t) { hit = true; });
        require(hit);
    }
}

std::shared_ptr<rulehost::rule_program const> program_of(std::shared_ptr<rulehost::regex const> expression, bool ignore_case) {
    auto definition = std::make_shared<rulehost::rule_definition>();
    definition->applies_to = {"command", "payload"};
    definition->match.expression = std::move(expression);
    if (ignore_case)
        definition->match.matching = rulehost::condition::letter_case::ignored;
    return std::make_shared<rulehost::rule_program>(std::move(definition));
}

/// Whatever plain search finds, the tables of all expressions together find worth asking about, where it is.
void check_index(std::vector<std::shared_ptr<rulehost::rule_program const>> const& programs, std::string_view text) {
    auto const index = std::make_shared<rulehost::rule_index const>(programs);
    rulehost::rule_index::memory memory;
    memory.make_ready_for(index);
    for (std::string_view const kind : {"command", "payload"}) {
        rulehost::event e;
        e.source_kind = kind;
        e.payload[rulehost::default_field(kind)] = text;
        rulehost::subject on;
        on.look_at(e, 64 * 1024);
        std::vector<bool> found(programs.size());
        for (auto const& one : index->candidates(on, memory)) {
            rulehost::match_detail ignored;
            rulehost::rule_index::open_tests_of const open(one, memory);
            on.begin_rule(&open);
            found[one.rule] = one.variant->match.test(on, ignored) != rulehost::truth::no;
        }
        for (std::size_t i = 0; i != programs.size(); ++i) {
            rulehost::match_detail ignored;
            on.begin_rule();
            require(found[i] || programs[i]->variant_for(kind)->match.test(on, ignored) != rulehost::truth::yes);
        }
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
    bool const ignore_case = (input.front() & 1) != 0;
    std::vector<std::shared_ptr<rulehost::rule_program const>> programs;
    for (auto rest = input.substr(1, line_end == 0 ? 0 : line_end - 1); programs.size() < most_expressions;) {
        auto const end = std::min(rest.find('\0'), rest.size());
        if (auto const compiled = rulehost::regex::compile(rest.substr(0, end), {.ignore_case = ignore_case})) {
            check_tables(**compiled, text);
            programs.push_back(program_of(*compiled, ignore_case));
        }
        if (end == rest.size())
            break;
        rest.remove_prefix(end + 1);
    }
    if (!programs.empty())
        check_index(programs, text);
    check_command_texts(text);
    return 0;
}
