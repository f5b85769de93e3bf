#pragma once

#include "directory/rule_directory.hpp"

#include <rulehost/list_reader.hpp>
#include <rulehost/rule_change.hpp>
#include <rulehost/rule_reader.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rulehost {

/// Rules of a directory: which definition of each rule is live, and which texts are quarantined.
/// Pure: texts in, edits out, the same ones whatever the order in which the texts arrived before.
///
/// - The first claim to a rule_id in path order is live; every other is a finding that names both places. Files with a
///   dash or a further dot in their name come after all others.
/// - A bad text takes nothing down: the last good definition of its rule stays.
/// - A rule is deleted when no text claims it any more; but while a text that cannot be read, or whose rule_id
///   cannot be, stands where the rule came from, that text may be the rule, which stays.
/// - The lists of all texts are joined (`join_lists`) before the rules are read with them. A list that changes has the rules
///   that name it read again, and no others. A rule that is bad with the new lists stays as it was with the old ones.
/// - So many deletions that they look like an accident (`is_suspicious`) are withheld: the rules stay until their texts
///   are back, or until fewer are missing.
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

    /// `directory` is what paths are quoted under.
    rule_corpus(std::filesystem::path directory, rule_gate admit);

    /// Parsed texts. Move-only.
    class texts;
    /// Reads and tests those that are not known yet, which takes long. From any thread, while nobody calls `take_in`.
    texts read(rule_files const& files) const;

    /// `recently_deleted`: rules that went shortly before and count with those that would go now; empty: every deletion
    /// is done.
    outcome take_in(texts read, std::optional<std::size_t> recently_deleted = {});
    /// Both at once.
    outcome update(rule_files const& files, std::optional<std::size_t> recently_deleted = {});

    /// The live lists. Never null.
    rule_lists_ptr const& lists() const { return lists_; }
    /// Every live definition, by rule_id.
    std::vector<std::shared_ptr<rule_definition const>> live() const;
    std::vector<quarantined_rule> quarantine() const;
    /// Live rules and lists with an older text than their file has, because that one is bad: rule_ids, lists as
    /// `$name`.
    std::set<std::string> kept() const;
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
        std::map<place, diagnostic> rivals; ///< every claim but the first, and what is said about it
        std::shared_ptr<rule_definition const> live;
        place from;                   ///< of `live`
        bool last_known_good = false; ///< the text at `from` is another, bad one by now
        bool withheld = false;        ///< no text claims it, and its deletion is withheld
    };

    static std::vector<diagnostic> findings_of(file const& of);
    static std::vector<diagnostic> values(std::map<place, diagnostic> const& rivals);

    /// The changed files as they are now; absent ones have neither documents nor problems.
    std::map<std::string, file> read_changed(rule_files const& files) const;
    /// Joins the lists as they are when these files have changed.
    void join(texts& these) const;
    /// Adds the other files in which a rule has to be read anew, as they were.
    void add_dependents(texts& to) const;
    /// Reads the rules of a file that has changed, or those that depend on changed lists.
    void read_documents(file& of, std::string const& path, rule_lists const& lists) const;
    void read_in_parallel(texts& these) const;
    /// Puts a document to the gate; without a definition afterwards if it does not pass.
    void test(rule_document& document, std::string const& quoted_path) const;
    void remove(std::string const& path, std::set<std::string>& affected);
    void add(std::string const& path, file added, std::set<std::string>& affected);
    rule_document const& document_at(place const& where) const;
    /// Whether a rule that came from `path` and is not claimed there may still be meant by what stands there.
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
    std::set<std::string> list_files_; ///< the paths of files that hold lists, or may do
    rule_lists_ptr lists_ = std::make_shared<rule_lists>();
    std::vector<diagnostic> list_findings_; ///< about the lists as they are
    std::set<std::string> kept_lists_;      ///< live although their texts are bad or say something else
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
