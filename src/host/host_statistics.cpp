#include <rulehost/host_statistics.hpp>

#include "text/plural.hpp"

#include <rulehost/diagnostic.hpp>

namespace rulehost {

namespace {

/// Nothing of nothing.
std::string counted(std::uint64_t count, std::string const& noun, std::string const& more = "") {
    return count == 0 ? "" : ", " + plural(count, noun) + more;
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
    auto text = plural(all.events, "event") + ", " + plural(all.tags, "tag")
        + (counts.known_tags == 0 ? "" : ", " + std::to_string(counts.known_tags) + " known already")
        + counted(all.suppressed, "suppressed hit") + counted(all.failures, "matching limit", " hit")
        + counted(all.rejected, "bad line") + counted(skipped, "line", " of kinds without events") + "\n";
    for (auto const& [technique, count] : counts.tags_by_technique)
        text +=
            "  " + technique + std::string(technique.size() < 10 ? 10 - technique.size() : 1, ' ') + std::to_string(count) + "\n";
    for (auto const& bad : counts.first_rejected)
        text += escape_for_terminal(bad.input) + ":" + std::to_string(bad.line) + ": " + escape_for_terminal(bad.reason) + "\n";
    if (all.rejected > counts.first_rejected.size())
        text += "... and " + plural(all.rejected - counts.first_rejected.size(), "more bad line") + '\n';
    if (counts.waiting_tags > 0)
        text += plural(counts.waiting_tags, "tag") + " not stored; what they came of is read again by the next run\n";
    return text;
}

} // namespace rulehost
