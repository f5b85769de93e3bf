#pragma once

#include "engine/rule_program.hpp"
#include "match/pattern_table.hpp"
#include "match/subject.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace rulehost {

/// Which of many rules are worth asking about an event: one scan of each field that rules look at, whatever
/// their number. Immutable; safe from any thread, each with its own memory.
class rule_index {
public:
    class kind_index;
    struct candidate {
        std::uint32_t rule; ///< its place in the list the index was made of
        rule_program::variant const* variant;
        kind_index const* from;
        std::uint32_t first_test; ///< the number of its test 0 in `from`
    };

    /// The working memory of one thread with one index, reused from event to event.
    class memory {
    public:
        void make_ready_for(std::shared_ptr<rule_index const> const& index);

    private:
        friend class rule_index;

        std::weak_ptr<rule_index const> ready_for_; ///< weak: an idle thread keeps no old rules alive
        scan_memory scan_;
        std::vector<std::uint32_t> hit_;             ///< for each trigger the epoch in which it was hit last
        std::vector<command_texts::text_set> where_; ///< and in which texts of the command line
        std::vector<std::uint32_t> list_hit_;        ///< and the same for each list of triggers
        std::vector<command_texts::text_set> list_where_;
        std::vector<std::uint32_t> hits_;
        std::vector<std::uint32_t> seen_; ///< for each rule the epoch in which it became a candidate last
        std::vector<std::uint32_t> chosen_;
        std::vector<candidate> candidates_;
        std::uint32_t epoch_ = 0;
    };

    /// Result of the scan for the tests of a candidate. Good as long as the candidate.
    class open_tests_of final : public open_tests {
    public:
        open_tests_of(candidate const& of, memory const& scratch) : of_(of), memory_(scratch) {}
        command_texts::text_set texts(std::uint32_t test) const override;

    private:
        candidate const& of_;
        memory const& memory_;
    };

    enum class prefilter {
        tables, ///< for many rules and many events
        none,   ///< nothing to build: every rule of the kind is a candidate
    };

    explicit rule_index(std::vector<std::shared_ptr<rule_program const>> rules, prefilter how = prefilter::tables);
    ~rule_index();

    /// In the order of the rules; good until the next call with this memory.
    std::span<candidate const> candidates(subject& on, memory& scratch) const;

    std::vector<std::shared_ptr<rule_program const>> const& rules() const { return rules_; }

private:
    struct text_hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };

    std::vector<std::shared_ptr<rule_program const>> rules_;
    std::unordered_map<std::string, std::unique_ptr<kind_index>, text_hash, std::equal_to<>> kinds_;
};

} // namespace rulehost
