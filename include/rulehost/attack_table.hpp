#pragma once

#include <iosfwd>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// MITRE ATT&CK: which techniques and tactics exist, and the successors of revoked ones.
/// Immutable after construction and safe from any thread.
class attack_table {
public:
    enum class standing { active, deprecated, revoked };

    struct technique {
        std::string id; ///< T1548 or T1548.001
        std::string name;
        std::vector<std::string> tactics; ///< in matrix order
        standing status = standing::active;
        std::string revoked_by; ///< the successor of a revoked technique
    };

    struct tactic {
        std::string id;         ///< TA0004
        std::string name;       ///< Privilege Escalation
        std::string short_name; ///< privilege-escalation
    };

    /// A name that a tactic had in earlier releases.
    struct former_name {
        std::string_view id;
        std::string_view name;
        std::string_view short_name;
        std::string_view until; ///< the last release with it
    };

    /// The Enterprise matrix compiled into the library (config/attack/).
    static attack_table const& enterprise();

    /// Reads the two tables of config/attack/. Throws std::runtime_error with the line of a malformed row.
    attack_table(std::istream& techniques, std::istream& tactics, std::string release);

    technique const* find_technique(std::string_view id) const; ///< null if it never existed
    tactic const* find_tactic(std::string_view id) const;
    std::vector<tactic> const& tactics() const { return tactics_; } ///< in matrix order
    std::string const& release() const { return release_; }         ///< `19.2`

    /// The current successor of a revoked technique, across a chain of revocations; null if there is none.
    technique const* successor_of(technique const& revoked) const;
    /// The tactic that was renamed from this name or short name; null if there is none. Compares as `named` does.
    static former_name const* formerly_named(std::string_view name);

    /// Ids of the tactic and the active techniques of this name (or a tactic's short name), in order. Letter case is
    /// ignored; blank, `-` and `_` are equal.
    std::vector<std::string> named(std::string_view name) const;

    /// Ids that look like `id`, nearest first, at most three: for "did you mean".
    std::vector<std::string> similar(std::string_view id) const;

private:
    std::map<std::string, technique, std::less<>> techniques_;
    std::vector<tactic> tactics_;
    std::string release_;
};

} // namespace rulehost
