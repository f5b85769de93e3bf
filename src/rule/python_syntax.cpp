#include "rule/python_syntax.hpp"

#include "rule/python_letters.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>

namespace rulehost {
namespace {

constexpr std::size_t max_repeat = 65'535; // PCRE2's limit
constexpr std::size_t atoms_between_callouts = 64;
constexpr std::size_t branches_without_callout = 3;
constexpr std::size_t run_without_callout = 16;
constexpr std::size_t max_name_length = 32; // PCRE2's limit

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_octal(char c) {
    return c >= '0' && c <= '7';
}
bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}
bool is_ascii(char c) {
    return static_cast<unsigned char>(c) < 0x80;
}

std::string code_point(std::uint32_t value) {
    char digits[8];
    auto const end = std::to_chars(digits, digits + sizeof digits, value, 16).ptr;
    return "\\x{" + std::string(digits, end) + "}";
}

// Python's \s also holds the four separators U+001C..U+001F.
constexpr std::string_view more_spaces = "\\x{1c}-\\x{1f}";

/// One pass over the author's text; writes what PCRE2 is to read.
class translator {
public:
    translator(std::string_view text, translation const& how)
        : text_(text), meter_(how.meter), where_(how.where), meant_(how.meant), ignore_case_(how.ignore_case) {}

    pcre_expression run() {
        while (at_ < text_.size()) {
            token_ = at_;
            token();
        }
        end_of_atom();
        end_of_alternative(last_alternative);
        if (!groups_.empty()) {
            fail("missing ), the group is never closed", groups_.back().origin);
        }
        // Every place that a match may begin at is tried.
        if (meter_ == metering::callouts && branches_ <= branches_without_callout) {
            insert(0, "(?C)");
        }
        announce_branches(0, branches_);
        return {std::move(out_), std::move(origin_)};
    }

private:
    enum class atom { none, single, group, assertion, repeated };

    struct alternative {
        std::size_t begin = 0;
        bool only_at_start = false; // of the text
    };

    struct group {
        std::size_t origin;
        std::size_t out_begin;
        std::size_t content_begin;
        bool verbose_outside;
        bool ignore_case_outside;
        bool assertion;
        bool looks_behind;
        std::size_t number; // 0: does not capture
        std::size_t branches_outside;
        alternative outside;
    };

    struct repeat {
        std::size_t least = 0;
        std::optional<std::size_t> most;
    };

    [[noreturn]] void fail(std::string message, std::size_t offset) const {
        throw regex::problem{std::move(message), offset};
    }
    [[noreturn]] void fail(std::string message) const { fail(std::move(message), token_); }

    char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
    bool at_end() const { return at_ >= text_.size(); }
    bool accept(std::string_view expected) {
        if (!text_.substr(at_).starts_with(expected)) {
            return false;
        }
        at_ += expected.size();
        return true;
    }

    void emit(std::string_view text) {
        out_ += text;
        origin_.insert(origin_.end(), text.size(), token_);
    }
    void insert(std::size_t where, std::string_view text) {
        auto const origin = where < origin_.size() ? origin_[where] : token_;
        out_.insert(where, text);
        origin_.insert(origin_.begin() + static_cast<std::ptrdiff_t>(where), text.size(), origin);
    }
    void callout(callout_number number) {
        if (meter_ == metering::callouts) {
            emit(number == step ? "(?C)" : "(?C1)");
            atoms_since_callout_ = 0;
        }
    }
    void announce_branches(std::size_t where, std::size_t branches) {
        if (meter_ == metering::callouts && branches > branches_without_callout) {
            auto const number = std::min<std::size_t>(255, first_branches + branches);
            insert(where, "(?C" + std::to_string(number) + ")");
        }
    }

    /// The expression so far can no longer be repeated.
    void end_of_atom() {
        if (atom_ == atom::group && chosen_) {
            callout(step);
        }
        chosen_ = false;
        atom_ = atom::none;
    }
    void begin_atom(atom kind) {
        end_of_atom();
        if (++atoms_since_callout_ > atoms_between_callouts) {
            callout(step);
        }
        atom_begin_ = out_.size();
        atom_ = kind;
        flags_allowed_ = false;
    }
    void single(std::string_view text) {
        begin_atom(atom::single);
        emit(text);
    }
    void position(std::string_view text) { // \b and its like: nothing to repeat
        end_of_atom();
        emit(text);
        flags_allowed_ = false;
    }

    void start_of_text(std::string_view text) {
        end_of_atom();
        bool const may_stand_further_back = std::ranges::any_of(groups_, &group::looks_behind);
        if (out_.size() == alternative_.begin && !lines_ && !may_stand_further_back) {
            alternative_.only_at_start = true;
        }
        position(text);
    }

    void next_alternative() {
        ++at_;
        end_of_atom();
        if (end_of_alternative(more_alternatives)) {
            ++branches_;
            position("|");
        }
        alternative_ = {out_.size(), false};
    }

    enum which_alternative { more_alternatives, last_alternative };

    /// False: the alternative is left out.
    bool end_of_alternative(which_alternative which) {
        bool const is_only_one = which == last_alternative && branches_ == 1;
        if (where_ == beginning::anywhere || !alternative_.only_at_start || is_only_one) {
            return true;
        }
        auto begin = alternative_.begin;
        if (which == last_alternative) {
            --begin; // the | before it
            --branches_;
        }
        out_.resize(begin);
        origin_.resize(begin);
        return false;
    }

    void token() {
        auto const c = text_[at_];
        if (verbose_ && is_space(c)) {
            ++at_;
            return;
        }
        if (verbose_ && c == '#') {
            at_ = std::min(text_.find('\n', at_), text_.size());
            return;
        }
        switch (c) {
        case '\\':
            return escape();
        case '[':
            return character_class();
        case '(':
            return open();
        case ')':
            return close();
        case '|':
            return next_alternative();
        case '*':
        case '+':
        case '?':
        case '{':
            return quantifier();
        case '^':
            ++at_;
            return start_of_text("^");
        case '$':
            ++at_;
            return position("$");
        default:
            return literal();
        }
    }

    void literal() {
        auto end = at_ + 1;
        while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xc0) == 0x80) {
            ++end;
        }
        character(text_.substr(at_, end - at_));
        at_ = end;
    }

    bool spells_out_cases() const { return ignore_case_ && meant_ == characters::unicode; }

    void character(std::string_view spelt) {
        if (spells_out_cases()) {
            auto const code = first_character(spelt);
            for (auto const& each : same_to_python) {
                if (holds_one_of(code, code, each)) {
                    return single("[" + std::string(each.spelling) + "]");
                }
            }
        }
        single(spelt);
    }

    std::uint32_t hex_digits(std::size_t count) {
        std::uint32_t value = 0;
        auto const digits = text_.substr(at_, count);
        if (digits.size() < count || !std::ranges::all_of(digits, is_hex)) {
            fail("incomplete escape: exactly " + std::to_string(count) + " hexadecimal digits must follow");
        }
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
        at_ += count;
        if (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
            fail("there is no such character");
        }
        return value;
    }

    std::uint32_t octal_digits(std::size_t most) {
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < most && is_octal(peek()); ++i, ++at_) {
            value = value * 8 + static_cast<std::uint32_t>(peek() - '0');
        }
        if (value > 0377) {
            fail("an octal escape goes up to \\377");
        }
        return value;
    }

    /// Escapes that mean one character inside and outside of a class; empty for any other.
    std::string character_escape(char c) {
        switch (c) {
        case 'a':
            return code_point(7);
        case 'f':
            return code_point('\f');
        case 'n':
            return code_point('\n');
        case 'r':
            return code_point('\r');
        case 't':
            return code_point('\t');
        case 'v':
            return code_point('\v');
        case 'x':
            return code_point(hex_digits(2));
        case 'u':
            return code_point(hex_digits(4));
        case 'U':
            return code_point(hex_digits(8));
        case '0':
            return code_point(octal_digits(2));
        default:
            break;
        }
        if (is_letter(c) || is_digit(c)) {
            return {};
        }
        if (!is_ascii(c)) {
            --at_; // the character itself, all of its bytes, comes next
            auto end = at_ + 1;
            while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xc0) == 0x80) {
                ++end;
            }
            std::string itself(text_.substr(at_, end - at_));
            at_ = end;
            return itself;
        }
        return code_point(static_cast<unsigned char>(c));
    }

    [[noreturn]] void bad_escape(char c) const {
        fail(std::string("bad escape \\") + c + ": there is no such escape in Python's re");
    }

    char escaped_character() {
        ++at_;
        if (at_end()) {
            fail("a backslash at the end escapes nothing");
        }
        return text_[at_++];
    }

    void escape() {
        auto const c = escaped_character();
        switch (c) {
        case 'A':
            return start_of_text("\\A");
        case 'b':
        case 'B':
            return position(std::string{'\\', c});
        case 'Z':
            return position("\\z");
        case 'd':
        case 'D':
        case 'w':
        case 'W':
            return single(std::string{'\\', c});
        case 's':
            return single("[\\s" + std::string(more_spaces) + "]");
        case 'S':
            return single("[^\\s" + std::string(more_spaces) + "]");
        default:
            break;
        }
        if (c >= '1' && c <= '9') {
            if (is_octal(c) && is_octal(peek()) && is_octal(peek(1))) {
                --at_;
                return character(code_point(octal_digits(3)));
            }
            auto number = static_cast<std::size_t>(c - '0');
            if (is_digit(peek())) {
                number = number * 10 + static_cast<std::size_t>(text_[at_++] - '0');
            }
            return reference(number);
        }
        auto const text = character_escape(c);
        if (text.empty()) {
            bad_escape(c);
        }
        character(text);
    }

    std::size_t number_of(std::string const& name) const {
        auto const found = names_.find(name);
        if (found == names_.end()) {
            fail("unknown group name '" + name + "'");
        }
        return found->second;
    }

    void refuse_numbers() const {
        if (where_ == beginning::later) {
            fail("what is left out may hold groups, and numbers would name others");
        }
    }

    void reference(std::size_t number) {
        refuse_numbers();
        if (number > captures_) {
            fail("invalid group reference " + std::to_string(number));
        }
        if (std::ranges::find(groups_, number, &group::number) != groups_.end()) {
            fail("cannot refer to an open group");
        }
        begin_atom(atom::group);
        callout(backreference);
        emit("\\g{" + std::to_string(number) + "}");
    }

    void character_class() {
        begin_atom(atom::single);
        auto const opened = at_;
        emit("[");
        ++at_;
        if (accept("^")) {
            emit("^");
        }
        auto const content = out_.size();
        class_members members;
        for (bool first = true;; first = false) {
            token_ = at_;
            if (at_end()) {
                fail("unterminated character class", opened);
            }
            auto const c = text_[at_];
            if (c == ']' && !first) {
                ++at_;
                emit("]");
                if (spells_out_cases()) {
                    insert(content, members.others());
                }
                return;
            }
            if (c == '\\') {
                class_escape(members);
                continue;
            }
            if (c == '[') {
                refuse_posix_class();
            }
            if (c == '-') {
                members.add_dash();
            } else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) {
                members.add(first_character(text_.substr(at_)));
            }
            ++at_;
            emit(c == '[' || c == ']' || (c == '-' && first) ? std::string{'\\', c} : std::string(1, c));
        }
    }

    void refuse_posix_class() const {
        auto end = at_ + 2;
        if (peek(1) != ':') {
            return;
        }
        while (end < text_.size() && (is_letter(text_[end]) || text_[end] == '^')) {
            ++end;
        }
        if (text_.substr(end).starts_with(":]")) {
            fail("Python's re has no " + std::string(text_.substr(at_, end + 2 - at_)) +
                 "; write the range, such as a-z");
        }
    }

    void class_escape(class_members& members) {
        auto const c = escaped_character();
        switch (c) {
        case 'd':
        case 'D':
        case 'w':
        case 'W':
            members.add_several();
            return emit(std::string{'\\', c});
        case 's':
            members.add_several();
            return emit("\\s" + std::string(more_spaces));
        case 'S':
            members.add_several();
            return no_spaces();
        default:
            break;
        }
        auto const text = c == 'b' ? code_point(8) : is_octal(c) ? octal_escape() : character_escape(c);
        if (text.empty()) {
            bad_escape(c);
        }
        members.add(first_character(text));
        emit(text);
    }

    std::string octal_escape() {
        --at_;
        return code_point(octal_digits(3));
    }

    void no_spaces() {
        if (meant_ == characters::as_pcre) {
            return emit("\\S");
        }
        emit(ascii_no_spaces);
        if (meant_ == characters::unicode) {
            emit(other_no_spaces);
        }
    }

    std::string group_name(char terminator) {
        auto const begin = at_;
        while (!at_end() && (is_letter(peek()) || is_digit(peek()) || peek() == '_')) {
            ++at_;
        }
        std::string name(text_.substr(begin, at_ - begin));
        if (name.empty() || is_digit(name.front()) || name.size() > max_name_length || !accept({&terminator, 1})) {
            fail("bad group name: a letter or _, then letters, digits and _, at most 32", begin);
        }
        return name;
    }

    void enter(std::string_view opening, bool assertion = false, std::size_t number = 0) {
        auto const begin = out_.size();
        emit(opening);
        bool const looks_behind = assertion && opening.starts_with("(?<");
        groups_.push_back({token_, begin, out_.size(), verbose_, ignore_case_, assertion, looks_behind, number,
                           branches_, alternative_});
        branches_ = 1;
        alternative_ = {out_.size(), false};
        atom_ = atom::none;
        flags_allowed_ = false;
    }

    void open() {
        ++at_;
        if (peek() == '*') {
            fail("nothing to repeat", at_);
        }
        if (flags_allowed_ && global_flags()) {
            return;
        }
        end_of_atom();
        if (!accept("?")) {
            return enter("(", false, ++captures_);
        }
        if (accept("#")) {
            auto const end = text_.find(')', at_);
            if (end == std::string_view::npos) {
                fail("missing ), the comment is never closed");
            }
            at_ = end + 1;
            return;
        }
        if (accept("P<")) {
            auto const name = group_name('>');
            names_.try_emplace(name, ++captures_); // PCRE2 reports a second group of one name
            return enter("(?P<" + name + ">", false, captures_);
        }
        if (accept("P=")) {
            return reference(number_of(group_name(')')));
        }
        for (std::string_view const assertion : {"=", "!", "<=", "<!"}) {
            if (accept(assertion)) {
                return enter("(?" + std::string(assertion), true);
            }
        }
        if (accept(":")) {
            return enter("(?:");
        }
        if (accept(">")) {
            return enter("(?>");
        }
        if (accept("(")) {
            return conditional();
        }
        if (accept("<")) {
            fail("a named group is written (?P<name>...)");
        }
        scoped_flags();
    }

    void conditional() {
        refuse_numbers();
        std::size_t number = 0;
        if (is_digit(peek())) {
            while (is_digit(peek()) && number <= captures_) {
                number = number * 10 + static_cast<std::size_t>(text_[at_++] - '0');
            }
            if (number == 0 || number > captures_ || !accept(")")) {
                fail("invalid group reference in a condition");
            }
        } else {
            number = number_of(group_name(')'));
        }
        enter("(?(" + std::to_string(number) + ")");
    }

    /// Reads flag letters into what PCRE2 must be told; `verbose` is dealt with here.
    std::string flag_letters(bool& verbose, bool& ignore_case, bool value) {
        std::string letters;
        for (; !at_end(); ++at_) {
            switch (peek()) {
            case 'm':
                lines_ = true;
                [[fallthrough]];
            case 's':
                letters += peek();
                break;
            case 'i':
                letters += peek();
                ignore_case = value;
                break;
            case 'x':
                verbose = value;
                break;
            case 'u':
                break; // text patterns are Unicode already
            case 'a':
            case 'L':
                fail(std::string("the flag ") + peek() +
                         " is not supported: text is Unicode; write the class, such as [A-Za-z0-9_]",
                     at_);
            default:
                return letters;
            }
        }
        return letters;
    }

    /// `(?i)` at the very start, behind which `open` was reached. Other groups are left alone.
    bool global_flags() {
        auto const begin = at_;
        auto verbose = verbose_;
        auto ignore_case = ignore_case_;
        if (accept("?") && is_letter(peek()) && peek() != 'P') {
            if (auto const letters = flag_letters(verbose, ignore_case, true); accept(")")) {
                verbose_ = verbose;
                ignore_case_ = ignore_case;
                if (!letters.empty()) {
                    emit("(?" + letters + ")");
                    alternative_.begin = out_.size();
                }
                return true;
            }
        }
        at_ = begin;
        return false;
    }

    void scoped_flags() {
        auto const begin = at_;
        auto verbose = verbose_;
        auto ignore_case = ignore_case_;
        auto letters = flag_letters(verbose, ignore_case, true);
        if (accept("-")) {
            if (auto const off = flag_letters(verbose, ignore_case, false); !off.empty()) {
                letters += "-" + off;
            }
        }
        if (at_ != begin && accept(":")) {
            enter("(?" + letters + ":");
            verbose_ = verbose;
            ignore_case_ = ignore_case;
            return;
        }
        if (at_ != begin && peek() == ')') {
            fail("global flags must stand at the start of the expression");
        }
        if (at_end()) {
            fail("unexpected end of the expression");
        }
        fail(std::string("unknown extension ?") +
             (is_ascii(peek()) && !is_space(peek()) ? std::string(1, peek()) : std::string()));
    }

    void close() {
        if (groups_.empty()) {
            fail("unbalanced parenthesis");
        }
        end_of_atom();
        end_of_alternative(last_alternative);
        ++at_;
        auto const closed = groups_.back();
        groups_.pop_back();
        emit(")");
        if (!is_conditional(closed)) {
            announce_branches(closed.content_begin, branches_);
        }
        atom_ = closed.assertion ? atom::assertion : atom::group;
        chosen_ = !closed.assertion && branches_ > 1;
        atom_begin_ = closed.out_begin;
        verbose_ = closed.verbose_outside;
        ignore_case_ = closed.ignore_case_outside;
        branches_ = closed.branches_outside;
        alternative_ = closed.outside;
    }

    bool is_conditional(group const& closed) const {
        return std::string_view(out_).substr(closed.out_begin).starts_with("(?(");
    }

    std::optional<repeat> counted() {
        auto const begin = at_;
        auto const number = [&]() -> std::optional<std::size_t> {
            if (!is_digit(peek())) {
                return std::nullopt;
            }
            std::size_t value = 0;
            for (; is_digit(peek()); ++at_) {
                value = std::min(value * 10 + static_cast<std::size_t>(peek() - '0'), max_repeat + 1);
            }
            return value;
        };
        ++at_;
        auto const low = number();
        auto const comma = accept(",");
        auto const high = comma ? number() : low;
        if (!accept("}") || (!low && !comma)) {
            at_ = begin;
            return std::nullopt;
        }
        repeat found{low.value_or(0), high};
        if (std::max(found.least, high.value_or(0)) > max_repeat) {
            fail("a repeat count goes up to 65535");
        }
        if (high && *high < found.least) {
            fail("min repeat greater than max repeat");
        }
        return found;
    }

    void quantifier() {
        repeat found{0, std::nullopt};
        switch (text_[at_]) {
        case '{':
            if (auto const counts = counted()) {
                found = *counts;
                break;
            }
            ++at_;
            return single("\\{");
        case '+':
            found.least = 1;
            ++at_;
            break;
        case '?':
            found.most = 1;
            ++at_;
            break;
        default:
            ++at_;
            break;
        }
        if (atom_ == atom::none) {
            fail("nothing to repeat");
        }
        if (atom_ == atom::repeated) {
            fail("multiple repeat");
        }
        std::string_view const manner = accept("?") ? "?" : accept("+") ? "+" : "";
        apply(found, manner);
        atom_ = atom::repeated;
        chosen_ = false;
    }

    static std::string spelling(repeat const& count) {
        if (!count.most && count.least <= 1) {
            return count.least == 0 ? "*" : "+";
        }
        if (count.least == 0 && count.most == 1) {
            return "?";
        }
        auto text = "{" + std::to_string(count.least);
        if (!count.most) {
            text += ",";
        } else if (*count.most != count.least) {
            text += "," + std::to_string(*count.most);
        }
        return text + "}";
    }

    void apply(repeat count, std::string_view manner) {
        if (meter_ == metering::none || atom_ == atom::assertion) {
            emit(spelling(count));
            emit(manner);
            return;
        }
        auto const repeats = !count.most || *count.most > 1;
        if (atom_ == atom::group && repeats) {
            insert(atom_begin_, "(?:");
            callout(step);
            emit(")");
        }
        if (atom_ == atom::single && count.least > atoms_between_callouts) {
            // A long run that must be there whole is work too, even where it fails at last.
            auto const one = out_.substr(atom_begin_);
            auto const rounds = count.least / atoms_between_callouts;
            insert(atom_begin_, "(?:");
            emit("{" + std::to_string(atoms_between_callouts) + "}");
            callout(step);
            emit("){" + std::to_string(rounds) + "}" + one);
            count.least -= rounds * atoms_between_callouts;
            if (count.most) {
                *count.most -= rounds * atoms_between_callouts;
            }
        }
        // How far a run went is known from where it began.
        if (atom_ == atom::single && count.most.value_or(max_repeat) > run_without_callout &&
            !std::string_view(out_).substr(0, atom_begin_).ends_with("(?C)")) {
            insert(atom_begin_, "(?C)");
        }
        emit(spelling(count));
        emit(manner);
        callout(step);
    }

    std::string_view text_;
    metering meter_;
    beginning where_;
    characters meant_;
    std::size_t at_ = 0;
    std::size_t token_ = 0;
    std::string out_;
    std::vector<std::size_t> origin_;

    std::vector<group> groups_;
    std::size_t captures_ = 0;
    std::map<std::string, std::size_t> names_;
    std::size_t branches_ = 1;
    std::size_t atoms_since_callout_ = 0;
    atom atom_ = atom::none;
    std::size_t atom_begin_ = 0;
    bool chosen_ = false; // the atom is a group of several branches
    bool verbose_ = false;
    bool ignore_case_;
    bool lines_ = false; // ^ may stand at the start of any
    alternative alternative_;
    bool flags_allowed_ = true;
};

} // namespace

boost::system::result<pcre_expression, regex::problem> from_python_syntax(std::string_view expression,
                                                                          translation const& how) {
    try {
        return translator(expression, how).run();
    } catch (regex::problem const& found) {
        return found;
    }
}

} // namespace rulehost
