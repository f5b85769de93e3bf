#pragma once

#include "match/command/command_words.hpp"
#include "shell/reading.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <string_view>

namespace rulehost::shell {
class program_table;
class walker;
} // namespace rulehost::shell

namespace rulehost {

/// The bytes of `line` in which a command stands, with what stands in front of it there: wrappers, and the `!` of an escape to
/// the shell. Empty when they are its folded text, when a decoder made its text, and for all but the first of the commands
/// that stand in the same bytes, as those of `sh -c`.
std::string_view typed_text(shell::command const& of, shell::reading const& in, std::string_view line);

/// The commands of a line, read at most once; of a line with very many of them some thousands at a time. Reused from line
/// to line, and so is its memory. One thread.
class line_commands {
public:
    line_commands();
    ~line_commands();

    /// `line` stays as it is until the next call. Reads nothing yet. `is_cut`: a part of it is gone already.
    void assign(std::string_view line, bool is_cut = false);

    std::string_view line() const { return line_; }
    /// How many pieces it is read in: a long line is read afresh from where a limit was met.
    std::size_t pieces();
    /// Whether the line has commands behind those of `pieces`, which was called.
    bool has_more() const;
    /// Turns to them; those before are gone. False: there are none.
    bool advance();
    /// Good until `assign`. `number` is below `pieces()`.
    shell::reading& piece(std::size_t number) { return pieces_[number]; }
    /// The words of all commands, put together at most once.
    command_words& words();

    /// Whether a limit kept something from being read. `pieces` was called.
    bool is_truncated() const { return truncated_; }

private:
    std::shared_ptr<shell::program_table const> programs_;
    std::unique_ptr<shell::walker> walker_;
    std::deque<shell::reading> pieces_;
    command_words words_;
    bool has_words_ = false;
    std::string_view line_;
    std::size_t at_ = 0; ///< the place behind the pieces
    std::size_t count_ = 0;
    bool read_ = false;
    bool truncated_ = false;
};

} // namespace rulehost
