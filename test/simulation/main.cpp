// Runs the simulation for many seeds.
#include "simulation/simulation.hpp"

#include "sql/rule_database.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <sstream>
#include <thread>
#include <vector>

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace rulehost;
using namespace rulehost::simulation;

namespace {

/// A directory in memory if possible: nothing here must be durable.
std::filesystem::path make_scratch() {
    auto const* const memory = "/dev/shm";
    auto const parent =
        ::access(memory, W_OK) == 0 ? std::filesystem::path(memory) : std::filesystem::temp_directory_path();
    auto name = (parent / "rulehost-simulation-XXXXXX").string();
    if (!::mkdtemp(name.data()))
        throw std::runtime_error("no temporary directory");
    return name;
}

struct scratch_directory {
    scratch_directory() : path(make_scratch()) {
        rule_database(parse_database_url("sqlite:" + (path / "empty.db").string())).position();
    }
    ~scratch_directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    std::filesystem::path path;
};

struct many {
    std::uint64_t first = 1;
    std::uint64_t seeds = 2000;
    std::uint64_t stride = 1; ///< distance of the seeds of one of several processes
    unsigned jobs = std::max(1U, std::thread::hardware_concurrency());
    bool verbose = false;
    bool twice = false;
    bool must_fail = false;
};

/// Outcome of one of several processes.
enum class found { nothing = 0, problem = 1, fault_of_ours = 2 };

/// Problems of the run of this seed.
std::vector<std::string> problems(std::uint64_t seed, scratch_directory const& scratch, many const& how,
                                  std::uint64_t& changes) {
    auto const result = simulate(seed, scratch.path, how.verbose ? &std::cout : nullptr);
    changes += result.changes;
    auto found = result.violations;
    if (how.twice && simulate(seed, scratch.path, nullptr).trace != result.trace)
        found.push_back("it does not run twice in the same way");
    return found;
}

found run_share(many const& how, std::uint64_t first, std::string const& program) {
    try {
        scratch_directory const scratch;
        std::uint64_t changes = 0;
        for (auto seed = first; seed < how.first + how.seeds; seed += how.stride) {
            auto const wrong = problems(seed, scratch, how, changes);
            if (wrong.empty())
                continue;
            std::ostringstream report; // written at once: other processes write too
            report << "seed " << seed << ":\n";
            for (auto const& each : wrong)
                report << "  " << each << '\n';
            report << "replay with: " << program << " --seed " << seed << " --verbose\n";
            std::cout << report.str() << std::flush;
            return found::problem;
        }
        std::ostringstream report;
        report << changes << " changes\n";
        std::cout << report.str() << std::flush;
        return found::nothing;
    } catch (std::exception const& problem) {
        std::cout << "error: " << problem.what() << std::endl;
        return found::fault_of_ours;
    }
}

int run_many(many how, std::string const& program) {
    auto const begin = std::chrono::steady_clock::now();
    how.stride = std::min<std::uint64_t>(how.jobs, how.seeds);
    std::vector<pid_t> children;
    for (std::uint64_t share = 1; share < how.stride; ++share) {
        auto const child = ::fork();
        if (child == 0) {
            auto const result = run_share(how, how.first + share, program);
            std::cout.flush();
            ::_exit(static_cast<int>(result));
        }
        children.push_back(child);
    }
    auto worst = static_cast<int>(run_share(how, how.first, program));
    for (auto const child : children) {
        int status = -1;
        ::waitpid(child, &status, 0);
        worst = std::max(worst, WIFEXITED(status) ? WEXITSTATUS(status) : static_cast<int>(found::fault_of_ours));
    }
    std::chrono::duration<double> const took = std::chrono::steady_clock::now() - begin;
    std::cout << how.seeds << " seeds in " << took.count() << " s" << std::endl;
    if (!how.must_fail)
        return worst;
    auto const detected = worst == static_cast<int>(found::problem);
    std::cout << (detected ? "the mistake was found" : "there is a mistake, and it was not found") << std::endl;
    return detected ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
    CLI::App program{"Masters, workers and operators of a swarm on virtual time, a bad network and a seed."};
    many how;
    std::optional<std::uint64_t> one;
    program.add_option("--seeds", how.seeds, "How many")->envname("RULEHOST_SIMULATION_SEEDS");
    program.add_option("--first", how.first, "The first one");
    program.add_option("--seed", one, "This one only");
    program.add_option("--jobs", how.jobs, "How many processes share the seeds")->check(CLI::PositiveNumber);
    program.add_flag("--verbose", how.verbose, "Tell what happens");
    program.add_flag("--twice", how.twice, "Run each seed twice: both must be the same run");
    program.add_flag("--must-fail", how.must_fail,
                     "Succeed when a violation is found: the program has a mistake in it");
    CLI11_PARSE(program, argc, argv);
    if (one) {
        how.first = *one;
        how.seeds = 1;
    }
    return run_many(how, argv[0]);
}
