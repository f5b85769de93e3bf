#pragma once

#include <rulehost/diagnostic.hpp>

#include "shell/reading.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace rulehost::shell {

/// Hash of the size and five letters, in which names of programs and options differ.
inline std::size_t quick_hash(std::string_view name) {
    auto const letter = [&](std::size_t at) { return std::size_t{static_cast<unsigned char>(name[at])}; };
    auto const size = name.size();
    if (size == 0)
        return 0;
    auto const all = letter(0) | letter(size / 2) << 8U | letter(size - 1) << 16U | letter(size / 4) << 24U |
        letter(size - 1 - size / 4) << 32U | size << 40U;
    return (all * 0x9e3779b97f4a7c15ULL) >> 40U;
}

/// Selects words of a command.
enum class selector {
    operands,
    first,
    second,
    last,
    but_first,
    but_last,
    into_last,   ///< where `cp a b D/` puts each of its operands but the last
    urls,        ///< operands that are URLs; all of them for a program that only takes URLs
    links,       ///< operands with a scheme, of a program that also takes other words
    url_names,   ///< the last parts of their paths, in the directory of the entry's `directory` option
    compiled,    ///< a.out
    remote_last, ///< `host:path`
    remote_but_last,
    local_last,
    local_but_last,
    found,  ///< the files that `find` deletes
    option, ///< the value of an option
    key,    ///< `NAME=` or `NAME:` in front of an operand
};

struct effect_rule {
    effect_kind kind = effect_kind::reads;
    selector what = selector::operands;
    std::string name;                ///< of the option or key
    std::vector<std::string> needs;  ///< applies only with one of these options; empty: always
    std::vector<std::string> unless; ///< applies without these
    std::vector<std::string>
        behind;       ///< the file stands behind one of these signs, as of `@f`; `*` in front: also of `n=@f`
    std::string port; ///< of connects: a number, `second`, or an option
};

struct option_rule {
    std::string name;
    std::string twin;
    bool takes = false; ///< a value
};

/// The way a program runs another one named in its words.
struct wrapping {
    enum class kind { nothing, command, text, rest, after, input };
    kind what = kind::nothing;
    std::size_t skip = 0;                 ///< its own operands in front of the command
    bool assigns = false;                 ///< NAME=value may stand in front of the command
    bool shown = false;                   ///< it is listed as a command too
    bool needs_dashes = false;            ///< the command stands behind `--`
    std::vector<std::string> subcommands; ///< only behind one of these
    std::vector<std::string> unless;      ///< options with which it runs nothing
    std::vector<std::string>
        options; ///< of command: whose value is split into its words; of text: whose value is shell text; of after: behind which the command stands
};

struct program_entry {
    std::string name;
    std::vector<option_rule> options;
    std::vector<wrapping> wraps; ///< the first that fits
    std::vector<effect_rule> effects;
    std::vector<std::string> code;      ///< options whose value is a program in its own language
    std::vector<std::string> directory; ///< options with the target directory of a fetched file
    bool single_dash = false;           ///< `-name` is one option
    bool options_first = false;         ///< the first operand ends the options
    bool bundled = false;               ///< the first word may be options without a dash: `tar xf`
    bool is_shell = false;
    bool interprets = false; ///< the first operand is a script
    bool versions = false;   ///< `python3.11` is this program too
    bool silent = false;     ///< prints nothing
    bool inert = false;      ///< its words are names and texts: it starts no shell whose path is among them
    bool asks = false; ///< it is interactive: it reads commands of its own, such as `!id`, from the following lines
    std::array<std::uint16_t, 128> letters{}; ///< place of `-x` in `options` plus one
    std::vector<std::uint16_t> slots; ///< such places for all names, searched from the hash of a name; a power of two

    option_rule const* find(std::string_view option) const;
    /// Of `-letter`.
    option_rule const* find(char letter) const {
        auto const at = letters[static_cast<unsigned char>(letter) & 127U];
        return at != 0 && static_cast<unsigned char>(letter) < 128 ? &options[at - 1U] : nullptr;
    }
    /// Builds the index for `find`; call it once all options are set.
    void index_options();
};

/// The facts of programs.yaml. Later entries override earlier ones of the same name. Must not change while it is in
/// use.
class program_table {
public:
    /// The shipped table.
    static std::shared_ptr<program_table const> shipped();

    /// The table in use: that of `use`, or else the shipped one. From any thread.
    static std::shared_ptr<program_table const> in_use();
    /// Uses `table` from now on. Call it before rules are read, which resolve their programs with it.
    static void use(std::shared_ptr<program_table const> table);

    program_table();
    program_table(program_table const&);
    ~program_table();

    /// Adds the valid entries of a text; `path` is only quoted. Returns the errors.
    std::vector<diagnostic> add(std::string_view text, std::string_view path);

    /// Finds a program by base name, by another of its names, or without a version suffix; null if unknown.
    program_entry const* find(std::string_view base_name) const;
    std::size_t size() const { return names_.size(); }

private:
    struct hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    /// A slot of `slots_`, an open-addressing table of hashed names.
    struct slot {
        std::string_view name;
        program_entry const* entry = nullptr;
    };
    void fill_slots();
    program_entry const* exactly(std::string_view name) const;

    std::unordered_map<std::string, std::shared_ptr<program_entry const>, hash, std::equal_to<>> names_;
    std::vector<slot> slots_; ///< of `names_`, for a search that takes a few nanoseconds; a power of two
};

} // namespace rulehost::shell
