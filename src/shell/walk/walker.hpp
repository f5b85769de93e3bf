#pragma once

#include "shell/programs/program_table.hpp"
#include "shell/syntax/parser.hpp"
#include "shell/text/braces.hpp"
#include "shell/walk/budget.hpp"
#include "shell/walk/variables.hpp"

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost::shell {

/// Walks the nodes of a line as a shell would run them, with every branch taken, and lists the commands. One object is
/// used for one line after the other; it keeps its memory.
class walker {
public:
    explicit walker(program_table const& programs);

    /// Clears `out` and fills it from `line`, starting at byte `from`. Returns where it stopped: at the end of the
    /// line, or at a limit.
    std::size_t read(std::string_view line, std::size_t from, reading& out);

    /// Budget steps of the last reading.
    std::size_t steps() const { return budget_.steps(); }

private:
    /// `$0` without an explicit value. Distinguished from a typed `sh` by its address; not a literal, whose address may
    /// differ per source file.
    static constexpr char letters_of_shell[] = "sh";
    static constexpr std::string_view name_of_shell{letters_of_shell, 2};

    /// The standard input of a command.
    struct stream {
        bool fed = false;
        bool known = false;
        std::string_view text;
    };
    /// Receiver of the output of commands.
    struct sink {
        std::string text;
        bool known = true;
    };
    /// Context of a node.
    struct context {
        stream* in = nullptr;
        sink* out = nullptr; ///< null: the terminal
        index place = none;
        index stage = none;
        range via;
        range redirects;            ///< of enclosing groups and loops
        range* given = nullptr;     ///< `$0` and the positional parameters, of `given_`
        bool conditional = false;   ///< in a branch that may not be taken
        bool unknown_given = false; ///< inside a function that is never called
        std::size_t depth = 0;      ///< of texts within texts
        std::size_t decodings = 0;
    };
    /// A simple command on its way to the list.
    struct call {
        range words; ///< of `reading::words`
        range redirects;
        range sets;
        std::string_view text;     ///< empty: made of the words
        char const* end = nullptr; ///< of the text in the line; null when words do not stand there as they are
        source from = source::typed;
        bool shallow = false; ///< the reading with unset variables kept: listed, not followed
        bool unknown = false; ///< some of its words are unknown
        bool by_name = false; ///< behind `command` or a wrapper: no function
    };
    struct function {
        std::string_view name;
        index body = none;
        bool conditional = false; ///< it may be undefined, and then its name is a program
        bool called = false;
        bool active = false;
        bool is_gone = false; ///< its subshell has ended
    };
    struct alias {
        std::string_view name;
        std::string_view value;
        char const* where;
    };
    struct file {
        std::string_view path;
        std::string_view text;
        bool known = true;
    };
    struct field {
        std::string_view text; ///< marked
        bool quoted = false;
        bool glob = false;
        bool marked = false;
        bool as_typed = false;
        std::string_view known = {}; ///< the only path that matches a pattern after the program
    };
    /// A word while it is expanded; its text is the end of `build_`.
    struct building {
        enum class mode { words, assignment, pattern, text };
        mode how = mode::words;
        std::size_t start = 0;
        bool open = false;
        bool quoted = false;
        bool glob = false;
        bool marked = false;
    };
    /// The effect of redirects on a command or a group.
    struct redirected {
        stream in;
        sink* out = nullptr;   ///< from `take_sink` if the output goes to a file
        std::string_view path; ///< of the file that receives the output
        bool appends = false;
        std::size_t first_target = 0;
    };
    struct deferred {
        std::string_view name;
        index node;
    };

    // walker.cpp
    void walk(index node, context const& around);
    void walk_children(index first, context const& around);
    void walk_pipeline(index node, context const& around);
    void walk_loop(index node, context const& around);
    void walk_each(index node, context const& around);
    void walk_counted(index node, context const& around);
    void walk_functions(context const& around);
    void define_function(index node, context const& around);
    void call_function(std::size_t which, call const& made, context const& around);
    index enter(place::kind what, std::string_view program, index outer);

    /// State that is restored after a subshell.
    struct subshell_scope {
        variables::scope values;
        std::string_view directory;
        std::size_t functions;
    };
    subshell_scope enter_subshell();
    void leave_subshell(subshell_scope const& made);

    // walker_text.cpp
    void walk_text(std::string_view text, context const& around);
    void walk_leftovers(context const& around);
    bool is_decoded(std::string_view text);
    std::string_view cleaned(std::string_view text, bool maps);
    std::uint32_t place_in_line(char const* at) const;

    // walker_simple.cpp
    void walk_simple(index node, context const& around);
    void assign(raw_word const& word, bool lasts, context const& around);
    bool expand_alias(node const& it, context const& around);
    void read_redirects(index first, context& inner, redirected& made);
    void finish_redirects(redirected& made);
    sink& take_sink();
    void run_deferred(std::size_t from, context const& around);
    void find_known_path(field& it, bool is_first);
    range render(std::size_t first_field, bool kept);
    range sets_from(std::size_t first, bool kept);
    range redirects_from(std::size_t first, range inherited, bool kept);

    // run.cpp
    void run(call const& made, context const& around);
    index list_command(call const& made, context const& around, program_entry const* entry, bool wrapper);
    void add_options(command& listed, program_entry const* entry);
    void add_effects(command& listed, program_entry const* entry);
    void add_redirect_effects(command& listed);
    void add_effect(effect_rule const& rule, command const& listed, program_entry const& entry);
    void add_code_effects(std::string_view code);
    void add_found(command const& listed, effect_kind kind);
    void push_effect(effect_kind kind, std::string_view target, bool is_path);
    void describe(command& listed, call const& made);
    void add_own_sets(command& listed);
    void run_inner(call const& made, std::size_t from, std::string_view via, context const& around);
    void run_text(std::string_view text, std::string_view via, context const& around);
    std::size_t skip_own_words(call const& made, program_entry const& entry, wrapping const& how,
                               std::string_view& text);
    bool run_wrapped(call const& made, program_entry const& entry, context const& around);
    void run_found(call const& made, program_entry const& entry, wrapping const& how, context const& around);
    void run_with_input(call const& made, std::size_t from, std::string_view via, context const& around);
    void run_shell(call const& made, context const& around);
    void run_interpreter(call const& made, program_entry const& entry, context const& around);
    void run_script(call const& made, std::size_t at, std::string_view via, context const& around);
    void walk_script(std::string_view text, call const& made, context const& around);
    void run_started_shells(call const& made, program_entry const* entry, std::string_view text_of_command,
                            context const& around);
    bool run_shell_escape(context const& around);
    bool run_started_shell(std::string_view word, std::string_view via, context const& around);
    void run_code(std::string_view code, std::string_view via, context const& around);
    bool run_builtin(call const& made, std::string_view name, context const& around);
    std::string_view joined_words(call const& made, std::size_t from);
    range with_via(range via, std::string_view name);
    context with_text(context const& around, std::string_view via);

    // builtins.cpp
    void act(call const& made, std::string_view name, context const& around);
    void change_directory(call const& made);
    void set_from_words(call const& made);
    void read_words(call const& made, context const& around);
    void set_given(call const& made, context const& around);
    void define_aliases(call const& made);
    void set_hook(call const& made, context const& around);

    // output.cpp
    void print(call const& made, program_entry const* entry, std::string_view name, context const& around,
               index listed);
    void emit_text(std::string_view text, context const& around);
    void unknown_output(context const& around);
    file* find_file(std::string_view path);
    void keep_file(std::string_view path, std::string_view text, bool known, bool appends);

    // expansion.cpp
    void expand(index word, building::mode how, context const& around);
    void expand_list(index first_word, context const& around);
    std::string_view expand_text(index word, building::mode how, context const& around);
    std::string_view parts_text(index parts, building::mode how, context const& around);
    void expand_parts(index parts, building& into, context const& around);
    void walk_substitution(index node, sink& out, context const& around);
    void substitute(part const& piece, building& into, context const& around);
    void compute(part const& piece, building& into, context const& around);
    void put(building& into, std::string_view text, bool quoted);
    void put_split(building& into, std::string_view text);
    void put_value(part const& piece, std::string_view text, building& into);
    void put_unknown(building& into, std::string_view typed);
    void close_field(building& into);
    /// Copy for the reading; a further round is charged for it, since the line paid for the first.
    std::string_view copied(std::string_view text);
    std::optional<std::int64_t> arithmetic(std::string_view text);

    // parameters.cpp
    void parameter(part const& piece, building& into, context const& around);
    struct resolved {
        bool is_set = false;
        bool two_readings = false; ///< as typed, and `value`
        bool unknown = false;
        std::string_view value;
    };
    resolved look_up(std::string_view name, context const& around) const;
    void put_given(part const& piece, building& into, context const& around);
    void put_elements(part const& piece, std::string_view elements, building& into);
    std::string_view edited(part const& piece, std::string_view value, context const& around);

    std::string_view word(call const& made, std::size_t i) const { return out_->words[made.words.first + i]; }

    program_table const* programs_;
    reading* out_ = nullptr;
    syntax_tree tree_;
    text_arena* arena_ = nullptr;
    parser parser_{tree_};
    brace_spreader braces_;
    pool<std::string_view> spread_;
    variables variables_;
    pool<function> functions_;
    pool<alias> aliases_;
    pool<file> files_;
    pool<std::string_view> given_;
    range line_given_; ///< words of `set --`
    std::string_view line_;
    std::string_view source_; ///< the text of the nodes
    std::string_view directory_;
    pool<field> fields_;
    pool<redirect> targets_;
    pool<assignment> assigned_;
    pool<option> own_options_;
    pool<std::string_view> filter_words_;
    pool<std::string_view> trimmed_; ///< the decoded texts without blanks around them
    pool<index> substitutions_;      ///< places with a program to be filled in
    pool<deferred> deferred_;
    std::string build_;
    std::deque<sink> sinks_;
    std::size_t sinks_used_ = 0;
    std::uint32_t begin_ = 0;
    std::uint32_t end_ = 0;
    budget budget_;
    std::size_t again_ = 0; ///< nested texts, further rounds and further calls around the place
    std::vector<std::pair<std::uint32_t, std::uint32_t>>
        dropped_; ///< pairs of a place in the current text and the number of bytes dropped before it
    std::size_t from_ = 0;
    friend class sink_holder;
};

} // namespace rulehost::shell
