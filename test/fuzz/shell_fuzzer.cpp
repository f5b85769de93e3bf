// Any bytes as a line of shell input: read to its end, in bounded steps and memory, with readable texts of commands.
#include "shell/text/limits.hpp"
#include "shell/walk/walker.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace rulehost::shell;

std::size_t seen = 0;

void look_at(std::string_view text) {
    for (auto const c : text)
        seen += static_cast<unsigned char>(c);
}

void require(bool holds) {
    if (!holds)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static auto const programs = program_table::shipped();
    static walker reads(*programs);
    static reading result;
    std::string_view const line(reinterpret_cast<char const*>(data), size);
    for (std::size_t at = 0; at < line.size();) {
        auto const next = reads.read(line, at, result);
        require(next > at && next <= line.size());
        at = next;
        require(result.commands.size() <= 4 * limits::max_commands);
        require(result.arena.total() <= 16 * (line.size() + limits::max_texts));
        for (auto const& each : result.commands) {
            require(each.begin <= each.end && each.end <= line.size());
            for (auto const text : {each.program, each.family, each.path, each.text, each.input, each.output})
                look_at(text);
            for (auto const words : {result.via(each), result.operands(each), result.arguments(each)})
                for (auto const text : words)
                    look_at(text);
            for (auto const& option : result.options_of(each)) {
                look_at(option.name);
                look_at(option.twin);
                look_at(option.value);
            }
            for (auto const& redirect : result.redirects_of(each))
                look_at(redirect.target);
            for (auto const& set : result.sets_of(each)) {
                look_at(set.name);
                look_at(set.value);
            }
            for (auto const& effect : result.effects_of(each))
                look_at(effect.target);
            std::size_t depth = 0;
            for (auto place = each.place; place != none; place = result.places[place].outer)
                require(++depth < 1000);
        }
    }
    return 0;
}
