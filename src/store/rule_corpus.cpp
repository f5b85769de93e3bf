#include "store/rule_corpus.hpp"

#include "async/thread_team.hpp"
#include "rule/rule_file_name.hpp"
#include "store/deletion_guard.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <system_error>
#include <tuple>

namespace rulehost {
namespace {

// Reading fewer is not worth waking up other threads for.
constexpr std::size_t many_files = 64;

/// Two findings that say the same about the same text. Not by line: an edit above moves a text without changing it.
bool same_finding(diagnostic const& a, diagnostic const& b) {
    auto const key = [](diagnostic const& each) {
        return std::tie(each.path, each.code, each.rule_id, each.message, each.source_line, each.column);
    };
    return key(a) == key(b);
}

/// Those of `now` that are not among `before`.
void append_new(std::vector<diagnostic>& to, std::vector<diagnostic> const& now,
                std::vector<diagnostic> const& before) {
    std::ranges::copy_if(now, std::back_inserter(to), [&](diagnostic const& each) {
        return std::ranges::none_of(before, [&](diagnostic const& old) { return same_finding(old, each); });
    });
}

} // namespace

bool rule_corpus::place::is_in_later_file_than(place const& other) const {
    auto const rank = [](std::string const& name) {
        return std::pair<bool, std::string_view>(yields_to_plain_names(name), name);
    };
    return rank(path) > rank(other.path);
}

bool rule_corpus::place::operator<(place const& other) const {
    return path == other.path ? document < other.document : other.is_in_later_file_than(*this);
}

rule_corpus::rule_corpus(std::filesystem::path directory, rule_gate admit)
    : directory_(std::move(directory)), admit_(std::move(admit)) {}

rule_corpus::texts rule_corpus::read(rule_files const& files) const {
    texts made;
    made.changed_ = read_changed(files);
    return made;
}

rule_corpus::outcome rule_corpus::update(rule_files const& files, std::optional<std::size_t> recently_deleted) {
    return take_in(read(files), recently_deleted);
}

rule_corpus::outcome rule_corpus::take_in(texts read, std::optional<std::size_t> recently_deleted) {
    outcome result;
    auto const live_before = count_live();
    std::set<std::string> affected;
    std::set<std::string> changed;
    for (auto& [path, now] : read.changed_) {
        auto const before = files_.find(path);
        changed.insert(path);
        std::vector<diagnostic> known;
        if (before != files_.end()) {
            known = findings_of(before->second);
            remove(path, affected);
        }
        if (now.found.found != rule_file::kind::absent) {
            append_new(result.findings, findings_of(now), known);
            add(path, std::move(now), affected);
        }
    }
    // A rule may have been kept because of what stood in one of these files, or because too many went at once.
    for (auto const& [rule_id, which] : rules_)
        if (which.withheld || (which.live && changed.contains(which.from.path)))
            affected.insert(rule_id);

    std::map<std::string, std::pair<std::shared_ptr<rule_definition const>, place>> before;
    std::vector<std::string> gone;
    for (auto const& rule_id : affected) {
        auto& which = rules_[rule_id];
        before.emplace(rule_id, std::pair(which.live, which.from));
        decide(which);
        which.withheld = false;
        if (before.at(rule_id).first && !which.live)
            gone.push_back(rule_id);
    }
    if (recently_deleted &&
        is_suspicious({live_before + *recently_deleted, gone.size() + *recently_deleted, count_live()})) {
        for (auto const& rule_id : gone) {
            auto& which = rules_[rule_id];
            std::tie(which.live, which.from) = before.at(rule_id);
            which.withheld = true;
        }
    }
    for (auto const& rule_id : affected) {
        auto& which = rules_[rule_id];
        auto const& old = before.at(rule_id).first;
        if (old && which.live ? old->content_hash != which.live->content_hash : old != which.live)
            result.edits.push_back({rule_id, which.live});

        auto rivals = rivals_of(which);
        append_new(result.findings, values(rivals), values(which.rivals));
        which.rivals = std::move(rivals);
        if (which.claims.empty() && !which.live)
            rules_.erase(rule_id);
    }
    return result;
}

std::vector<diagnostic> rule_corpus::findings_of(file const& of) {
    auto all = of.problems;
    for (auto const& document : of.documents)
        all.insert(all.end(), document.diagnostics.begin(), document.diagnostics.end());
    return all;
}

std::vector<diagnostic> rule_corpus::values(std::map<place, diagnostic> const& rivals) {
    std::vector<diagnostic> all;
    for (auto const& [where, each] : rivals)
        all.push_back(each);
    return all;
}

std::map<std::string, rule_corpus::file> rule_corpus::read_changed(rule_files const& files) const {
    std::map<std::string, file> changed;
    std::vector<std::map<std::string, file>::iterator> places;
    for (auto const& [path, found] : files) {
        auto const before = files_.find(path);
        if (found == (before == files_.end() ? rule_file{} : before->second.found))
            continue;
        auto const added = changed.emplace(path, file{found, {}, {}}).first;
        if (found.found != rule_file::kind::absent)
            places.push_back(added);
    }
    auto const read_one = [&](std::size_t number, std::size_t) {
        auto& [path, now] = *places[number];
        now = read(path, now.found);
    };
    std::optional<thread_team> team;
    try {
        team.emplace(places.size() < many_files ? 1 : thread_team::members_of_this_machine());
    } catch (std::system_error const&) { // no threads to be had: it takes longer
        team.emplace(1);
    }
    team->run(places.size(), read_one);
    return changed;
}

rule_corpus::file rule_corpus::read(std::string const& path, rule_file const& found) const {
    file result;
    result.found = found;
    auto const quoted_path = (directory_ / path).string();
    if (found.found == rule_file::kind::unreadable) {
        diagnostic problem;
        problem.code = "unreadable";
        problem.message = "cannot be read: " + found.text;
        problem.path = quoted_path;
        result.problems.push_back(std::move(problem));
        return result;
    }
    result.documents = read_rules(found.text, quoted_path);
    for (auto& document : result.documents)
        test(document, quoted_path);
    return result;
}

void rule_corpus::test(rule_document& document, std::string const& quoted_path) const {
    if (!admit_ || !document.definition)
        return;
    auto findings = admit_(document.definition);
    for (auto& each : findings) {
        if (each.path.empty())
            each.path = quoted_path;
        if (each.rule_id.empty())
            each.rule_id = document.rule_id;
    }
    if (has_errors(findings))
        document.definition = nullptr;
    document.diagnostics.insert(document.diagnostics.end(), std::make_move_iterator(findings.begin()),
                                std::make_move_iterator(findings.end()));
}

void rule_corpus::remove(std::string const& path, std::set<std::string>& affected) {
    auto const removed = files_.find(path);
    for (std::size_t index = 0; auto const& document : removed->second.documents) {
        if (!document.rule_id.empty()) {
            rules_[document.rule_id].claims.erase({path, index});
            affected.insert(document.rule_id);
        }
        ++index;
    }
    files_.erase(removed);
}

void rule_corpus::add(std::string const& path, file added, std::set<std::string>& affected) {
    for (std::size_t index = 0; auto const& document : added.documents) {
        if (!document.rule_id.empty()) {
            rules_[document.rule_id].claims.insert({path, index});
            affected.insert(document.rule_id);
        }
        ++index;
    }
    files_.emplace(path, std::move(added));
}

rule_document const& rule_corpus::document_at(place const& where) const {
    return files_.at(where.path).documents.at(where.document);
}

bool rule_corpus::may_hide_a_rule(std::string const& path) const {
    auto const found = files_.find(path);
    return found != files_.end() &&
        (found->second.found.found == rule_file::kind::unreadable ||
         std::ranges::any_of(found->second.documents, &std::string::empty, &rule_document::rule_id));
}

void rule_corpus::decide(rule& which) const {
    bool const hidden = which.live && may_hide_a_rule(which.from.path);
    bool stands_at_home = hidden;
    for (auto const& claim : which.claims) {
        if (hidden && claim.is_in_later_file_than(which.from))
            break;
        if (auto const& definition = document_at(claim).definition) {
            which.live = definition;
            which.from = claim;
            which.last_known_good = false;
            return;
        }
        if (which.live && which.from.path == claim.path) {
            stands_at_home = true;
            break;
        }
    }
    if (!stands_at_home && !which.claims.empty())
        which.from = *which.claims.begin(); // the bad text has moved
    else if (!stands_at_home)
        which.live = nullptr;
    which.last_known_good = which.live != nullptr;
}

std::map<rule_corpus::place, diagnostic> rule_corpus::rivals_of(rule const& which) const {
    std::map<place, diagnostic> rivals;
    for (auto const& claim : which.claims)
        if (claim != *which.claims.begin())
            rivals.emplace(claim, check_rules({document_at(*which.claims.begin()), document_at(claim)}).back());
    return rivals;
}

std::vector<std::shared_ptr<rule_definition const>> rule_corpus::live() const {
    std::vector<std::shared_ptr<rule_definition const>> result;
    for (auto const& [rule_id, which] : rules_)
        if (which.live)
            result.push_back(which.live);
    return result;
}

std::size_t rule_corpus::count_live() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(rules_, [](auto const& each) { return each.second.live != nullptr; }));
}

std::vector<std::string> rule_corpus::withheld() const {
    std::vector<std::string> rule_ids;
    for (auto const& [rule_id, which] : rules_)
        if (which.withheld)
            rule_ids.push_back(rule_id);
    return rule_ids;
}

std::vector<quarantined_rule> rule_corpus::quarantine() const {
    std::set<std::string> keeping;
    for (auto const& [rule_id, which] : rules_)
        if (which.last_known_good)
            keeping.insert(which.from.path);

    std::vector<quarantined_rule> result;
    for (auto const& [path, each] : files_) {
        auto const quoted_path = (directory_ / path).string();
        if (!each.problems.empty())
            result.push_back({{}, quoted_path, each.problems, keeping.contains(path)});
        for (std::size_t index = 0; auto const& document : each.documents) {
            place const here{path, index++};
            if (document.rule_id.empty()) {
                result.push_back({{}, quoted_path, document.diagnostics, keeping.contains(path)});
                continue;
            }
            auto const& which = rules_.at(document.rule_id);
            if (document.definition && document.definition == which.live)
                continue;
            auto diagnostics = document.diagnostics;
            if (auto const rival = which.rivals.find(here); rival != which.rivals.end())
                diagnostics.push_back(rival->second);
            result.push_back({document.rule_id, quoted_path, std::move(diagnostics), which.last_known_good});
        }
    }
    return result;
}

} // namespace rulehost
