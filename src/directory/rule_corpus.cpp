#include "directory/rule_corpus.hpp"

#include "async/thread_team.hpp"
#include "directory/deletion_guard.hpp"
#include "rule/one_rule.hpp"
#include "rule/rule_file_name.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <system_error>
#include <tuple>

namespace rulehost {
namespace {

// Waking other threads costs more than reading fewer files.
constexpr std::size_t many_files = 64;

/// Whether two findings are equal apart from their lines: an edit above moves a text without changing it.
bool same_finding(diagnostic const& a, diagnostic const& b) {
    auto const key = [](diagnostic const& each) {
        return std::tie(each.path, each.code, each.rule_id, each.message, each.source_line, each.column);
    };
    return key(a) == key(b);
}

bool same_meaning(rule_definition const& a, rule_definition const& b) {
    return a.content_hash == b.content_hash && a.lists_hash == b.lists_hash;
}

/// Findings of `now` that are not in `before`.
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
    join(made);
    if (!made.changed_lists_.empty())
        add_dependents(made);
    read_in_parallel(made);
    return made;
}

rule_corpus::outcome rule_corpus::update(rule_files const& files, std::optional<std::size_t> recently_deleted) {
    return take_in(read(files), recently_deleted);
}

rule_corpus::outcome rule_corpus::take_in(texts read, std::optional<std::size_t> recently_deleted) {
    outcome result;
    auto const live_before = count_live();
    append_new(result.findings, read.list_findings_, list_findings_);
    list_findings_ = std::move(read.list_findings_);
    kept_lists_ = std::move(read.kept_lists_);
    lists_ = std::move(read.lists_);
    result.changed_lists.assign(read.changed_lists_.begin(), read.changed_lists_.end());
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
    // A rule may have stayed because of one of these files, or because too many were deleted at once.
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
        if (old && which.live ? !same_meaning(*old, *which.live) : old != which.live) {
            auto const by_lists = which.live && std::ranges::any_of(which.live->lists, [&](auto const& name) {
                                      return read.changed_lists_.contains(name);
                                  });
            (by_lists ? result.by_lists : result.edits).push_back({rule_id, which.live});
        }

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
    for (auto const& [path, found] : files) {
        auto const before = files_.find(path);
        if (found == (before == files_.end() ? rule_file{} : before->second.found))
            continue;
        auto& now = changed[path];
        now.found = found;
        auto const quoted_path = (directory_ / path).string();
        if (found.found == rule_file::kind::text) {
            now.lists = read_lists(found.text, quoted_path);
        } else if (found.found == rule_file::kind::unreadable) {
            auto& unknown = now.lists.emplace_back();
            unknown.path = quoted_path;
            unknown.is_readable = false;
        }
    }
    return changed;
}

void rule_corpus::join(texts& these) const {
    these.lists_ = lists_;
    these.list_findings_ = list_findings_;
    these.kept_lists_ = kept_lists_;
    std::map<std::string_view, file const*> present;
    bool is_touched = false;
    for (auto const& [path, now] : these.changed_) {
        is_touched = is_touched || !now.lists.empty() || list_files_.contains(path);
        present.emplace(path, &now);
    }
    if (!is_touched)
        return;
    for (auto const& path : list_files_)
        present.emplace(path, &files_.at(path));
    std::vector<list_document> documents;
    for (auto const& [path, of] : present)
        documents.insert(documents.end(), of->lists.begin(), of->lists.end());
    auto joined = join_lists(documents, *lists_);
    these.changed_lists_ = changed_lists(*lists_, joined.lists);
    these.lists_ = std::make_shared<rule_lists>(std::move(joined.lists));
    these.list_findings_ = std::move(joined.diagnostics);
    these.kept_lists_ = std::move(joined.kept);
}

void rule_corpus::add_dependents(texts& to) const {
    auto const depends = [&](rule_document const& document) {
        return document.definition
            ? std::ranges::any_of(document.definition->lists,
                                  [&](auto const& name) { return to.changed_lists_.contains(name); })
            : document.text.find('$') != std::string::npos; // may be valid with the new lists
    };
    for (auto const& [path, of] : files_)
        if (!to.changed_.contains(path) && std::ranges::any_of(of.documents, depends)) {
            auto& again = to.changed_.emplace(path, of).first->second;
            for (auto& document : again.documents)
                if (depends(document))
                    document.diagnostics.clear(), document.definition = nullptr;
        }
}

void rule_corpus::read_in_parallel(texts& these) const {
    std::vector<std::map<std::string, file>::iterator> places;
    for (auto each = these.changed_.begin(); each != these.changed_.end(); ++each)
        if (each->second.found.found != rule_file::kind::absent)
            places.push_back(each);
    auto const read_one = [&](std::size_t number, std::size_t) {
        auto& [path, now] = *places[number];
        read_documents(now, path, *these.lists_);
    };
    std::optional<thread_team> team;
    try {
        team.emplace(places.size() < many_files ? 1 : thread_team::members_of_this_machine());
    } catch (std::system_error const&) { // without further threads it takes longer
        team.emplace(1);
    }
    team->run(places.size(), read_one);
}

void rule_corpus::read_documents(file& of, std::string const& path, rule_lists const& lists) const {
    auto const quoted_path = (directory_ / path).string();
    if (of.found.found == rule_file::kind::unreadable) {
        diagnostic problem;
        problem.code = "unreadable";
        problem.message = "cannot be read: " + of.found.text;
        problem.path = quoted_path;
        of.problems = {std::move(problem)};
        return;
    }
    if (of.documents.empty()) {
        of.documents = read_rules(of.found.text, quoted_path, lists);
        for (auto& document : of.documents)
            test(document, quoted_path);
        return;
    }
    for (auto& document : of.documents) {
        if (document.definition || !document.diagnostics.empty())
            continue;
        auto const text = std::move(document.text);
        document = read_rule({text, document.line}, quoted_path, lists);
        test(document, quoted_path);
    }
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
    list_files_.erase(path);
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
    if (!added.lists.empty())
        list_files_.insert(path);
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
        which.from = *which.claims.begin(); // the invalid text has moved
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

std::vector<diagnostic> rule_corpus::list_findings_in(std::string const& quoted_path) const {
    std::vector<diagnostic> found;
    std::ranges::copy_if(list_findings_, std::back_inserter(found),
                         [&](diagnostic const& each) { return each.path == quoted_path; });
    return found;
}

bool rule_corpus::keeps_a_list_of(std::string const& quoted_path) const {
    return std::ranges::any_of(kept_lists_, [&](auto const& name) {
        auto const list = lists_->find(name);
        return list != lists_->end() && list->second.path == quoted_path;
    });
}

rule_snapshot rule_corpus::snapshot(std::function<rule_state(std::string const&)> const& state_of) const {
    rule_snapshot result;
    for (auto const& definition : live())
        result.rules.push_back(
            std::make_shared<compiled_rule const>(definition, state_of ? state_of(definition->rule_id) : rule_state()));
    result.quarantine = quarantine();
    result.kept = kept();
    result.lists = lists();
    return result;
}

std::set<std::string> rule_corpus::kept() const {
    std::set<std::string> names;
    for (auto const& [rule_id, which] : rules_)
        if (which.last_known_good)
            names.insert(rule_id);
    for (auto const& name : kept_lists_)
        names.insert('$' + name);
    return names;
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
        if (auto bad = list_findings_in(quoted_path); has_errors(bad))
            result.push_back({{}, quoted_path, std::move(bad), keeps_a_list_of(quoted_path)});
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
