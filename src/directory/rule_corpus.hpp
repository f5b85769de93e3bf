#pragma once

#include "directory/rule_directory.hpp"

#include <rulehost/list_reader.hpp>
#include <rulehost/rule_change.hpp>
#include <rulehost/rule_reader.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rulehost {

/// Rules of a directory: which definition of each rule is live, and which texts are quarantined. Pure: texts in, edits
/// out, independent of the order in which earlier texts arrived.
///
/// - The first claim to a rule_id in path order is live; every other is a finding that names both places. Files with a
///   dash or a second dot in their name come after all others.
/// - An invalid text removes nothing: the last valid definition of its rule stays.
/// - A rule is deleted when no text claims it any more, except while a text with an unreadable rule_id is in the rule's
///   place: it may be the rule, so the rule stays.
/// - The lists of all texts are joined (`join_lists`) before the rules are read with them. A changed list makes only
///   the rules that name it be read again. A rule that is invalid with the new lists stays as it was with the old ones.
/// - Deletions that look like an accident (`is_suspicious`) are withheld: the rules stay until their texts are back, or
///   fewer are missing.
class rule_corpus {
public:
    struct edit {
        std::string rule_id;
        std::shared_ptr<rule_definition const> definition; ///< null: deleted
    };
    struct outcome {
        std::vector<std::string> changed_lists; ///< their names, in order
        std::vector<edit> by_lists;             ///< of rules that name one of these: they go live together
        std::vector<edit> edits;                ///< of the others; one a rule, by rule_id
        std::vector<diagnostic> findings;       ///< that were not there before, errors and warnings
    };

    /// `directory` is the prefix of quoted paths.
    rule_corpus(std::filesystem::path directory, rule_gate admit);

    /// Parsed texts. Move-only.
    class texts;
    /// Reads and tests new texts, which is slow. From any thread, but not concurrently with `take_in`.
    texts read(rule_files const& files) const;

    /// `recently_deleted`: number of recent deletions, which count together with the new ones; empty: no deletion is
    /// withheld.
    outcome take_in(texts read, std::optional<std::size_t> recently_deleted = {});
    /// Calls both.
    outcome update(rule_files const& files, std::optional<std::size_t> recently_deleted = {});

    /// The live lists. Never null.
    rule_lists_ptr const& lists() const { return lists_; }
    /// Every live definition, by rule_id.
    std::vector<std::shared_ptr<rule_definition const>> live() const;
    std::vector<quarantined_rule> quarantine() const;
    /// Live rules and lists with an older text than their file, which is invalid: rule_ids, lists as `$name`.
    std::set<std::string> kept() const;
    /// All of these together, with `revision` 0 and no states. `state_of` gives each rule its state; empty: the
    /// default.
    rule_snapshot snapshot(std::function<rule_state(std::string const&)> const& state_of = {}) const;
    /// The rules that are live only because their deletion is withheld, by rule_id.
    std::vector<std::string> withheld() const;

private:
    /// A document of a file. Ordered as claims to a rule_id are.
    struct place {
        std::string path;
        std::size_t document = 0;

        bool is_in_later_file_than(place const& other) const;
        bool operator<(place const& other) const;
        bool operator==(place const&) const = default;
    };

    struct file {
        rule_file found;
        std::vector<rule_document> documents; ///< of an unreadable file: none
        std::vector<list_document> lists;
        std::vector<diagnostic> problems; ///< of an unreadable file: why
    };
    struct rule {
        std::set<place> claims;
        std::map<place, diagnostic> rivals; ///< every claim but the first, with its finding
        std::shared_ptr<rule_definition const> live;
        place from;                   ///< of `live`
        bool last_known_good = false; ///< the text at `from` has become invalid
        bool withheld = false;        ///< no text claims it; its deletion is withheld
    };

    static std::vector<diagnostic> findings_of(file const& of);
    static std::vector<diagnostic> values(std::map<place, diagnostic> const& rivals);

    /// The current versions of the changed files; absent ones have neither documents nor problems.
    std::map<std::string, file> read_changed(rule_files const& files) const;
    /// Joins the lists after a change of these files.
    void join(texts& these) const;
    /// Adds the other, unchanged files in which a rule must be read again.
    void add_dependents(texts& to) const;
    /// Reads the rules of a file that has changed, or those that depend on changed lists.
    void read_documents(file& of, std::string const& path, rule_lists const& lists) const;
    void read_in_parallel(texts& these) const;
    /// Checks a document with the gate; removes its definition if it fails.
    void test(rule_document& document, std::string const& quoted_path) const;
    void remove(std::string const& path, std::set<std::string>& affected);
    void add(std::string const& path, file added, std::set<std::string>& affected);
    rule_document const& document_at(place const& where) const;
    /// Whether the text at `path` may be a rule formerly read from there, although it does not claim it.
    bool may_hide_a_rule(std::string const& path) const;
    void decide(rule& which) const;
    std::size_t count_live() const;
    std::vector<diagnostic> list_findings_in(std::string const& quoted_path) const;
    bool keeps_a_list_of(std::string const& quoted_path) const;
    std::map<place, diagnostic> rivals_of(rule const& which) const;

    std::filesystem::path directory_;
    rule_gate admit_;
    std::map<std::string, file> files_;
    std::map<std::string, rule> rules_;
    std::set<std::string> list_files_; ///< paths of files that hold lists, or may
    rule_lists_ptr lists_ = std::make_shared<rule_lists>();
    std::vector<diagnostic> list_findings_; ///< about the current lists
    std::set<std::string> kept_lists_;      ///< live although their texts are invalid or differ
};

class rule_corpus::texts {
public:
    texts() = default;
    texts(texts&&) = default;
    texts& operator=(texts&&) = default;

private:
    friend class rule_corpus;

    std::map<std::string, file> changed_;
    rule_lists_ptr lists_;
    std::set<std::string> changed_lists_;
    std::vector<diagnostic> list_findings_;
    std::set<std::string> kept_lists_;
};

} // namespace rulehost
