#include "store/database/rollout.hpp"

#include <algorithm>
#include <map>

namespace rulehost {

namespace {

bool is_gone(worker_row const& row, worker_list const& among) {
    return among.now - row.seen_at > worker_is_gone_after;
}

} // namespace

worker_standing standing_of(worker_row const& row, worker_list const& among, revision wanted) {
    if (is_gone(row, among))
        return worker_standing::gone;
    if (row.revision > among.newest)
        return worker_standing::ahead;
    return row.revision < wanted ? worker_standing::behind : worker_standing::current;
}

std::string_view to_string(worker_standing standing) {
    switch (standing) {
    case worker_standing::current:
        return "current";
    case worker_standing::behind:
        return "behind";
    case worker_standing::ahead:
        return "ahead";
    case worker_standing::gone:
        return "gone";
    }
    return "";
}

worker_row const* namesake_of(worker_row const& row, worker_list const& among) {
    auto const lives_beside = [&](worker_row const& other) {
        if (other.worker != row.worker || other.process == row.process || is_gone(other, among) || is_gone(row, among))
            return false;
        auto const [first, last] = std::minmax(row.started_at, other.started_at);
        auto const& older = row.started_at == first ? row : other;
        return older.seen_at > last;
    };
    auto const found = std::ranges::find_if(among.rows, lives_beside);
    return found == among.rows.end() ? nullptr : &*found;
}

rollout rollout_of(worker_list const& workers, revision wanted) {
    rollout found;
    for (auto const& row : workers.rows) {
        switch (standing_of(row, workers, wanted)) {
        case worker_standing::current:
            found.current.push_back(&row);
            break;
        case worker_standing::behind:
        case worker_standing::ahead:
            found.behind.push_back(&row);
            break;
        case worker_standing::gone:
            found.gone.push_back(&row);
            break;
        }
    }
    return found;
}

std::vector<std::string> disagreements_in(worker_list const& workers) {
    std::vector<std::string> lines;
    std::map<revision, worker_row const*> first;
    for (auto const& row : workers.rows) {
        if (is_gone(row, workers))
            continue;
        auto const [found, is_new] = first.emplace(row.revision, &row);
        if (!is_new && found->second->digest != row.digest) {
            lines.push_back("at revision " + std::to_string(row.revision) + " the worker " + row.worker +
                            " has other rules or states than " + found->second->worker);
        }
    }
    return lines;
}

} // namespace rulehost
