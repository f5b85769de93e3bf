#include "cli/bench/sample.hpp"

#include "cli/rules/rule_sources.hpp"
#include "event/line_framer.hpp"
#include "text/plural.hpp"

#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>

namespace rulehost::cli {

namespace {

constexpr std::size_t bytes_per_read = 64 * 1024;

} // namespace

sample::sample(std::vector<std::string> const& paths, std::size_t max_lines) {
    for (auto const& path : paths)
        read(path, max_lines);
    for (auto const& text : texts_)
        lines_.push_back({.number = lines_.size() + 1, .text = text});
    if (lines_.empty())
        throw std::runtime_error("no line to measure with");
}

void sample::read(std::string const& path, std::size_t max_lines) {
    std::ifstream file(path, std::ios::binary);
    if (!file)
        throw std::runtime_error(path + ": cannot be read");
    line_framer framer;
    auto const take = [&](std::optional<line_framer::line> const& line) {
        if (!line || texts_.size() >= max_lines)
            return false;
        texts_.emplace_back(line->text);
        bytes_ += line->text.size() + 1;
        return true;
    };
    while (file && texts_.size() < max_lines) {
        auto const room = framer.prepare(bytes_per_read);
        file.read(room.data(), static_cast<std::streamsize>(room.size()));
        framer.commit(static_cast<std::size_t>(file.gcount()));
        while (take(framer.next())) {}
    }
    if (file.bad())
        throw std::runtime_error(path + ": cannot be read");
    take(framer.last());
}

rule_snapshot read_snapshot(std::string const& path) {
    rule_snapshot snapshot;
    snapshot.revision = 1;
    std::map<std::string, std::shared_ptr<rule_definition const>> by_id;
    std::size_t left_out = 0;
    auto const sources = read_rule_sources({path});
    for (auto const& document : sources.documents) {
        // As in the service, the first text that claims an id has it.
        if (!document.definition || !by_id.emplace(document.rule_id, document.definition).second)
            ++left_out;
    }
    for (auto const& [id, definition] : by_id)
        snapshot.rules.push_back(std::make_shared<compiled_rule>(definition, rule_state{}));
    if (left_out != 0)
        std::cerr << plural(left_out, "rule") << " with errors left out; `rulehost check` says why\n";
    return snapshot;
}

} // namespace rulehost::cli
