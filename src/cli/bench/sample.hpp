#pragma once

#include "input/event_source.hpp"

#include <rulehost/engine.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace rulehost::cli {

/// The first lines of the inputs with their memory.
class sample {
public:
    /// Reads at most `max_lines`. Throws std::runtime_error when a file cannot be read or there is no line.
    sample(std::vector<std::string> const& paths, std::size_t max_lines);

    std::vector<event_batch::line> const& lines() const { return lines_; }
    std::uint64_t bytes() const { return bytes_; }

private:
    void read(std::string const& path, std::size_t max_lines);

    std::deque<std::string> texts_;
    std::vector<event_batch::line> lines_;
    std::uint64_t bytes_ = 0;
};

/// The live rules of a directory, as the service has them. Rules with errors are left out and counted on standard
/// error.
rule_snapshot read_snapshot(std::string const& path);

} // namespace rulehost::cli
