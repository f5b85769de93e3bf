#pragma once

#include "shell/text/pool.hpp"
#include "shell/text/text_arena.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace rulehost::shell {

using index = std::uint32_t;
inline constexpr index none = ~index{0};

/// A run of elements of one of the pools of a reading.
struct range {
    index first = 0;
    index count = 0;
};

struct option {
    std::string_view name;  ///< with its dashes: `-r`, `--output`, `-name`
    std::string_view twin;  ///< the other spelling that programs.yaml pairs it with, or empty
    std::string_view value; ///< attached, behind `=` or the next word
    bool has_value = false;
};

struct redirect {
    std::string_view sign;        ///< `>`, `>>`, `<`, `<<`, `<<<`, `>|`, `<>`, `>&`, `<&`, `&>`, `&>>`
    std::string_view target;      ///< a path, a descriptor, or the text of a here-document or here-string
    std::int32_t descriptor = -1; ///< as typed; -1 for the sign's own
};

enum class effect_kind : std::uint8_t {
    reads,
    writes,
    appends,
    empties,
    deletes,
    makes_executable,
    runs,
    fetches,
    sends,
    connects,
};
std::string_view to_string(effect_kind);

struct effect {
    effect_kind kind;
    std::string_view target; ///< a path joined with the `cd`s of the line, a URL, or `host:port/path`
};

struct assignment {
    std::string_view name;
    std::string_view value;
};

/// The enclosure of a command. `outer` leads to the next one around it, up to `none`, which is the line itself.
struct place {
    enum class kind : std::uint8_t { loop, function, hook, decoded, substitution };
    kind what;
    std::string_view program; ///< of a substitution: the program in whose words it stands, empty for an assignment
    index outer = none;
};

/// A stage of a pipeline, and the pipeline around it.
struct stage {
    index pipeline = 0;
    index number = 0;
    index outer = none;
};

enum class source : std::uint8_t {
    typed,    ///< the words stand in the line as they are
    unfolded, ///< quotes, variables, substitutions or globs were resolved
    kept,     ///< as unfolded, but unset variables stay as `$name`
    decoded,  ///< from the output of a decoder
};
std::string_view to_string(source);

struct command {
    std::string_view program; ///< base name
    std::string_view family;  ///< its name in programs.yaml, else the base name
    std::string_view path;    ///< as typed, when it holds a slash
    range via;                ///< of `reading::names`, outermost first
    range options;
    range operands;  ///< of `reading::words`
    range arguments; ///< of `reading::words`; all but the program
    range redirects;
    range sets;
    range effects;
    index place = none;
    index stage = none;
    std::string_view text;      ///< assignments, words and redirects after folding
    std::string_view input;     ///< constant text on its standard input
    std::string_view output;    ///< constant text that it prints
    std::string_view directory; ///< after the preceding `cd`s of the line; empty: the shell's initial one
    std::uint32_t begin = 0; ///< the bytes of the line that it stands in, or that the text stands in that it comes from
    std::uint32_t end = 0;
    source from = source::typed;
    bool fed = false;     ///< its standard input is not the terminal
    bool wrapper = false; ///< it only runs another command, which is also listed
    bool script = false;  ///< a script run by an interpreter
};

/// The commands of a line, in order of occurrence. Views and ranges are valid until the next reading.
class reading {
public:
    pool<command> commands;
    pool<std::string_view> words;
    pool<std::string_view> names;
    pool<option> options;
    pool<redirect> redirects;
    pool<assignment> sets;
    pool<effect> effects;
    pool<place> places;
    pool<stage> stages;
    pool<std::string_view> comments;
    pool<std::string_view> decoded; ///< the texts that decoders made
    bool truncated = false;         ///< a limit of decoders, loops or functions was reached: some text was not read

    std::span<std::string_view const> via(command const& of) const {
        return {names.data() + of.via.first, of.via.count};
    }
    std::span<std::string_view const> operands(command const& of) const { return in(words, of.operands); }
    std::span<std::string_view const> arguments(command const& of) const { return in(words, of.arguments); }
    std::span<option const> options_of(command const& of) const { return in(options, of.options); }
    std::span<redirect const> redirects_of(command const& of) const { return in(redirects, of.redirects); }
    std::span<assignment const> sets_of(command const& of) const { return in(sets, of.sets); }
    std::span<effect const> effects_of(command const& of) const { return in(effects, of.effects); }

    /// Appends every path that the command names, for any purpose: arguments, values behind `=`, targets of redirects;
    /// joined with its directory. Computed on demand, since they are rarely needed.
    void add_named_paths(command const& of, std::vector<std::string_view>& out);

    /// Whether `from` precedes `to` in a pipeline, directly or not.
    bool is_piped(command const& from, command const& to) const;

    void clear();
    text_arena arena; ///< owns the texts that are not part of the line

private:
    template <typename T>
    static std::span<T const> in(pool<T> const& all, range which) {
        return {all.data() + which.first, which.count};
    }
};

} // namespace rulehost::shell
