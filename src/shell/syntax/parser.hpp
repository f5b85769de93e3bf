#pragma once

#include "shell/syntax/syntax.hpp"
#include "shell/text/letters.hpp"

#include <string_view>

namespace rulehost::shell {

/// Turns text into the nodes of a syntax_tree, a line at a time. Recovers from invalid syntax: skips an unmatched
/// closing token, and ends an unclosed construct at the end of the text. Linear in the text.
class parser {
public:
    explicit parser(syntax_tree& tree) : tree_(&tree) {}

    /// Starts at `text`, which outlives the tree; `arena` and `comments` outlive the reading of it.
    void start(std::string_view text, text_arena& arena, pool<std::string_view>& comments);
    bool is_done() const { return at_ == base_end_; }
    char const* place() const { return at_; }

    /// The list of the next line and its continuation lines; `none` for an empty line.
    index line();

    /// Skips the unread rest of the current line and returns it.
    std::string_view rest_of_line() const {
        std::string_view const rest(at_, static_cast<std::size_t>(base_end_ - at_));
        return rest.substr(0, rest.find('\n'));
    }
    void skip_line() { at_ += rest_of_line().size(); }

    /// All of `text` as one list, within the current reading. Keeps the position of `line`.
    index nested(std::string_view text);

    /// All of `text` as one word, blanks and operators included.
    index one_word(std::string_view text);

    /// `text` as one shell word, including quotes.
    index word_again(std::string_view text);

    /// Texts that a limit cut and that no later line continues.
    pool<std::string_view> leftovers;

private:
    enum closer : unsigned {
        close_parenthesis = 1,
        close_brace = 2,
        close_then = 4,
        close_else = 8, // elif, else
        close_fi = 16,
        close_do = 32,
        close_done = 64,
        close_esac = 128,
        close_semicolons = 256,
    };
    struct chain {
        index head = none;
        index tail = none;
    };
    /// A text and the position in it.
    struct span {
        char const* at;
        char const* end;
    };
    /// Reads a text of its own until `leave`.
    span enter(std::string_view text) {
        span const around{at_, end_};
        at_ = text.data();
        end_ = at_ + text.size();
        return around;
    }
    void leave(span around) {
        at_ = around.at;
        end_ = around.end;
    }

    bool at_end() const { return at_ == end_; }
    char ahead(std::size_t by = 0) const { return static_cast<std::size_t>(end_ - at_) > by ? at_[by] : '\0'; }
    static std::string_view text(char const* from, char const* to) {
        return {from, static_cast<std::size_t>(to - from)};
    }
    void skip_blanks() {
        if (at_ != end_ && is(*at_, letter_skipped))
            skip_more_blanks();
    }
    void skip_more_blanks();
    void skip_lines();
    void newline();
    void comment();
    void read_here_documents();
    void stop_here();
    bool is_over_limit() const;
    /// The current word if it may be a reserved one, of letters or a sign; else empty.
    std::string_view bare_word() const { return may_be_reserved() ? bare_word_at() : std::string_view(); }
    bool may_be_reserved() const;
    std::string_view bare_word_at() const;
    static unsigned closes(std::string_view word);

    index list(unsigned until, bool one_line = false);
    index pipeline(unsigned until);
    index command(unsigned until);
    index compound(unsigned until);
    index reserved(std::string_view word, unsigned until);
    index simple();
    void assignment(index of);
    bool take_parentheses();
    index condition(unsigned until);
    index loop(unsigned until);
    index each(unsigned until);
    index counted(index made, unsigned until);
    index choice(unsigned until);
    index group(unsigned until);
    index enclosed(node::kind what, unsigned until, char last);
    index subshell(unsigned until);
    index expression();
    index function(std::string_view name, unsigned until);
    void loop_body(index made, unsigned until);
    void redirects_of(index made);
    bool take(std::string_view word);
    index make(node::kind what);
    void add_child(index parent, index child);
    void add_child(index parent, index& last, index child);

    bool is_redirect() const;
    bool redirect(index& first, index& last);
    void here_document(index made, bool strip);
    void array_words(index of);

    index word();
    void slow_word(index made, char const* start);
    void add(chain& to, part const& piece);
    void add_text(chain& to, char const* from, char const* till, bool quoted);
    void double_quoted(chain& to);
    void quoted_text(chain& to, char stop);
    void ansi_quoted(chain& to);
    void dollar(chain& to, bool quoted);
    void backtick(chain& to, bool quoted);
    void parameter(chain& to, bool quoted);
    void braced_parameter(chain& to, bool quoted);
    index operand(char stop, bool quoted);
    void arithmetic(chain& to, bool quoted, char const* typed, bool brackets);
    index substituted(unsigned until);
    bool is_arithmetic(char const* from);
    std::size_t read_bytes() const {
        return at_ >= base_ && at_ <= base_end_ ? static_cast<std::size_t>(at_ - base_) : 0;
    }

    syntax_tree* tree_;
    text_arena* arena_ = nullptr;
    pool<std::string_view>* comments_ = nullptr;
    char const* at_ = nullptr;
    char const* end_ = nullptr;
    char const* base_end_ = nullptr;
    char const* no_arithmetic_before_ = nullptr;
    char const* base_ = nullptr;
    std::size_t looked_ = 0; ///< bytes examined by `is_arithmetic`
    std::size_t depth_ = 0;
    unsigned inside_ = 0; ///< nested texts around the place: later lines do not continue them
    std::size_t first_node_ = 0;
    std::size_t first_word_ = 0;
    std::size_t first_part_ = 0;
    pool<index> pending_; ///< here-documents whose bodies stand behind the end of the line
    std::size_t first_pending_ = 0;
};

} // namespace rulehost::shell
