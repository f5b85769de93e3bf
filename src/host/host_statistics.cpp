#include <rulehost/host_statistics.hpp>

#include <rulehost/diagnostic.hpp>

namespace rulehost {

namespace {

std::string counted(std::uint64_t count, std::string const& what) {
    return count == 0 ? "" : ", " + std::to_string(count) + " " + what;
}

} // namespace

std::string to_text(host_statistics const& counts) {
    input_statistics all;
    std::uint64_t skipped = 0;
    for (auto const& each : counts.inputs) {
        all.events += each.events;
        all.tags += each.tags;
        all.suppressed += each.suppressed;
        all.failures += each.failures;
        all.rejected += each.rejected;
        for (auto const& adapter : each.adapters)
            skipped += adapter.skipped;
    }
    auto text = std::to_string(all.events) + " events, " + std::to_string(all.tags) + " tags"
        + counted(counts.known_tags, "known already") + counted(all.suppressed, "suppressed hits")
        + counted(all.failures, "matching limits hit") + counted(all.rejected, "bad lines")
        + counted(skipped, "lines of kinds without events") + "\n";
    for (auto const& [technique, count] : counts.tags_by_technique)
        text +=
            "  " + technique + std::string(technique.size() < 10 ? 10 - technique.size() : 1, ' ') + std::to_string(count) + "\n";
    for (auto const& bad : counts.first_rejected)
        text += escape_for_terminal(bad.input) + ":" + std::to_string(bad.line) + ": " + escape_for_terminal(bad.reason) + "\n";
    if (all.rejected > counts.first_rejected.size())
        text += "... and " + std::to_string(all.rejected - counts.first_rejected.size()) + " more bad lines\n";
    if (counts.waiting_tags > 0)
        text += std::to_string(counts.waiting_tags) + " tags were not stored; their lines are read again by the next run\n";
    return text;
}

} // namespace rulehost
