// First byte: flags. First line: expressions, separated by NULs. The rest: a text. Checks the pattern tables against
// plain search, and the bounds of the command texts, for any bytes.
#include "fuzz/fuzzing.hpp"

#include "engine/rule_index.hpp"
#include "match/command/command_texts.hpp"
#include "match/command/shell_text.hpp"
#include "match/pattern_table.hpp"
#include "match/value/letter_fold.hpp"
#include "match/value/required_literals.hpp"
#include "regex/regex.hpp"
#include "text/utf8.hpp"

#include "support/plain_search.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using rulehost::fuzzing::require;

namespace {

constexpr std::size_t max_expressions = 8;

/// Checks that a table reports every place where one of its words ends and no other, in order; and `somewhere` for a
/// word that only appears by folding. Returns whether it reported any.
bool check_table(std::vector<std::string> const& words, std::string_view text) {
    std::string in_bytes(text);
    std::ranges::transform(in_bytes, in_bytes.begin(), rulehost::fold_letter);
    std::string in_characters;
    rulehost::append_fold(text, in_characters);
    in_characters = rulehost::folded(in_characters);

    rulehost::pattern_table const table{words};
    rulehost::scan_memory memory;
    table.reserve(memory);
    std::set<std::pair<std::uint32_t, std::size_t>> hits;
    std::size_t last = 0;
    table.scan(text, memory, [&](std::uint32_t word, std::size_t end) {
        require(word < words.size() && end >= last);
        last = end;
        auto const& one = words[word];
        if (end == rulehost::pattern_table::somewhere)
            require(in_characters.find(one) != one.npos);
        else
            require(end >= one.size() && end <= text.size() &&
                    in_bytes.compare(end - one.size(), one.size(), one) == 0);
        hits.emplace(word, end);
    });
    for (std::uint32_t word = 0; word != words.size(); ++word) {
        auto const& one = words[word];
        for (auto at = in_bytes.find(one); at != one.npos; at = in_bytes.find(one, at + 1))
            require(hits.contains({word, at + one.size()}));
        if (in_characters.find(one) != one.npos)
            require(hits.contains({word, rulehost::pattern_table::somewhere}));
    }
    return !hits.empty();
}

void check_tables(rulehost::regex const& expression, std::string_view text) {
    bool const matches = expression.search(text) == rulehost::regex::outcome::match;
    for (auto const& words : rulehost::required_literals(expression.pcre_syntax()))
        require(check_table(words, text) || !matches);
}

/// Checks that searches over bytes and over characters match the same part of the text.
void check_searches(rulehost::regex const& expression, std::string_view text) {
    rulehost::test::plain_search const plain(expression);
    auto const characters = rulehost::to_valid_utf8(text);
    require(rulehost::test::compare(expression, plain, characters) != rulehost::test::agreement::none);
    auto const ascii = rulehost::test::only_ascii(characters);
    require(rulehost::test::compare(expression, plain, ascii) != rulehost::test::agreement::none);
}

std::shared_ptr<rulehost::rule_program const> program_of(std::shared_ptr<rulehost::regex const> expression,
                                                         bool ignore_case) {
    auto definition = std::make_shared<rulehost::rule_definition>();
    definition->applies_to = {"command", "payload"};
    definition->match.expression = std::move(expression);
    if (ignore_case)
        definition->match.matching = rulehost::condition::letter_case::ignored;
    return std::make_shared<rulehost::rule_program>(std::move(definition));
}

struct answer {
    rulehost::truth holds = rulehost::truth::no;
    rulehost::match_detail what;
};

answer ask(rulehost::rule_program::variant const& variant, rulehost::subject& on) {
    answer given;
    given.what.wanted = rulehost::match_detail::depth::text;
    given.holds = variant.match.test(on, given.what);
    return given;
}

/// Checks that each match of plain search is a candidate of the tables of all expressions, at the same part of the same
/// text.
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
        std::vector<answer> found(programs.size());
        for (auto const& one : index->candidates(on, memory)) {
            on.begin_rule(one.open);
            found[one.rule] = ask(*one.variant, on);
        }
        for (std::size_t i = 0; i != programs.size(); ++i) {
            on.begin_rule();
            auto const plain = ask(*programs[i]->variant_for(kind), on);
            require(found[i].holds != rulehost::truth::no || plain.holds != rulehost::truth::yes);
            if (found[i].holds == rulehost::truth::yes && plain.holds == rulehost::truth::yes)
                require(found[i].what.form == plain.what.form && found[i].what.text == plain.what.text);
        }
    }
}

void check_command_texts(std::string_view line) {
    std::string unquoted;
    rulehost::append_unquoted(line, unquoted);
    require(unquoted.size() <= line.size());
    rulehost::command_texts texts;
    texts.assign(line);
    require(texts.typed().size() <= line.size() + 1);
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
    for (auto rest = input.substr(1, line_end == 0 ? 0 : line_end - 1); programs.size() < max_expressions;) {
        auto const end = std::min(rest.find('\0'), rest.size());
        auto const expression = rulehost::to_valid_utf8(rest.substr(0, end)); // rule files are valid UTF-8
        if (auto const compiled = rulehost::regex::compile(expression, {.ignore_case = ignore_case})) {
            check_tables(**compiled, text);
            check_searches(**compiled, text);
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
