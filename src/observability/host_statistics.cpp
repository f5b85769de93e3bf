#include <rulehost/host_statistics.hpp>

#include "text/few_of.hpp"
#include "text/plural.hpp"

#include <rulehost/diagnostic.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace rulehost {

namespace {

/// Empty string for zero.
std::string counted(std::uint64_t count, std::string const& noun, std::string const& more = "") {
    return count == 0 ? "" : ", " + plural(count, noun) + more;
}

using counts_by_kind = std::map<std::string, std::uint64_t, std::less<>>;

/// The most frequent few skipped kinds, so that missing adapters show.
std::string line_of_kinds(counts_by_kind const& kinds) {
    if (kinds.empty())
        return "";
    std::vector<counts_by_kind::const_pointer> order;
    for (auto const& each : kinds)
        order.push_back(&each);
    auto const shown = std::min<std::size_t>(order.size(), 5);
    std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(shown),
                              [](auto const* a, auto const* b) {
                                  return a->second != b->second ? a->second > b->second : a->first < b->first;
                              });
    std::vector<std::string> texts;
    for (auto const* const each : order)
        texts.push_back(escape_for_terminal(each->first) + " " + std::to_string(each->second));
    return "kinds without events: " + few_of(texts, shown) + "\n";
}

} // namespace

bool is_empty(host_statistics const& counts) {
    return std::ranges::all_of(counts.inputs, [](input_statistics const& each) { return each.lines == 0; });
}

std::string to_text(host_statistics const& counts) {
    input_statistics all;
    std::uint64_t skipped = 0;
    std::uint64_t untimed = 0;
    std::uint64_t truncated = 0;
    std::uint64_t left_out = 0;
    counts_by_kind kinds;
    for (auto const& each : counts.inputs) {
        all.events += each.events;
        all.tags += each.tags;
        all.withheld += each.withheld;
        all.failures += each.failures;
        all.rejected += each.rejected;
        for (auto const& adapter : each.adapters) {
            skipped += adapter.skipped;
            untimed += adapter.untimed;
            truncated += adapter.truncated;
            left_out += adapter.left_out;
        }
        for (auto const& [kind, count] : each.skipped_kinds)
            if (!kind.empty()) // lines of some adapters have no kind
                kinds[kind] += count;
    }
    auto text = plural(all.events, "event") + ", " + plural(all.tags, "tag") +
        (counts.known_tags == 0 ? "" : ", " + std::to_string(counts.known_tags) + " known already") +
        counted(all.withheld, "withheld hit") + counted(all.failures, "matching limit", " hit") +
        counted(all.rejected, "bad line") + counted(skipped, "line", " of kinds without events") + "\n" +
        line_of_kinds(kinds);
    if (untimed > 0)
        text += plural(untimed, "event") + " without a time: that of the arrival was taken\n";
    if (truncated > 0)
        text +=
            plural(truncated, "line") + " too long to be read whole" + counted(left_out, "event", " left out") + "\n";
    for (auto const& [technique, count] : counts.tags_by_technique)
        text += "  " + technique + std::string(technique.size() < 10 ? 10 - technique.size() : 1, ' ') +
            std::to_string(count) + "\n";
    for (auto const& bad : counts.first_rejected)
        text += escape_for_terminal(bad.input) + ":" + std::to_string(bad.line) + ": " +
            escape_for_terminal(bad.reason) + "\n";
    if (all.rejected > counts.first_rejected.size())
        text += "... and " + plural(all.rejected - counts.first_rejected.size(), "more bad line") + '\n';
    if (counts.waiting_tags > 0)
        text += plural(counts.waiting_tags, "tag") +
            (counts.stores_tags ? " not stored; the next run reads their events again\n" : " not printed\n");
    if (counts.unprinted_tags > 0)
        text += plural(counts.unprinted_tags, "tag") + " stored, but not printed\n";
    return text;
}

} // namespace rulehost
