#include "shell/syntax/parser.hpp"
#include "shell/text/letters.hpp"
#include "shell/text/limits.hpp"

#include <cstring>

namespace rulehost::shell {

/// Finds the name in front of the `=` of an assignment and reads the words of its array.
void parser::assignment(index of) {
    auto const all = tree_->words[of].typed;
    if (!starts_name(all.front()))
        return;
    std::size_t size = 1;
    while (size < all.size() && is(all[size], letter_name))
        ++size;
    if (size < all.size() && all[size] == '[') {
        auto const close = all.find(']', size);
        size = close == std::string_view::npos ? all.size() : close + 1;
    }
    auto const plus = size + 1 < all.size() && all[size] == '+' && all[size + 1] == '=';
    if (size >= 1024 || !(plus || (size < all.size() && all[size] == '=')))
        return;
    auto& it = tree_->words[of];
    it.name_size = static_cast<std::uint16_t>(size);
    it.appends = plus;
    if (ahead() == '(' && at_[-1] == '=' && all.size() == size + (plus ? 2U : 1U))
        array_words(of);
}

/// Whether `()` follows, as after the name of a function; reads it.
bool parser::take_parentheses() {
    auto const* const back = at_;
    skip_blanks();
    if (ahead() == '(') {
        ++at_;
        skip_blanks();
        if (ahead() == ')') {
            ++at_;
            return true;
        }
    }
    at_ = back;
    return false;
}

index parser::simple() {
    skip_blanks();
    auto const made = make(node::kind::simple);
    auto const* const start = at_;
    auto const* stop = at_;
    char const* after = nullptr;
    index first_word = none;
    index last_word = none;
    index first_redirect = none;
    index last_redirect = none;
    bool plain = true;
    while (true) {
        if (ahead() == ' ') // the usual case
            ++at_;
        skip_blanks();
        if (at_end())
            break;
        auto const c = *at_;
        if (is(c, letter_ends_simple) || (c == '&' && ahead(1) != '>'))
            break;
        if (c == '#') {
            comment();
            break;
        }
        if (is(c, letter_redirects) && is_redirect()) {
            plain = false;
            redirect(first_redirect, last_redirect);
            stop = at_;
            continue;
        }
        auto const* const before = at_;
        auto const next = word();
        if (at_ == before)
            break;
        auto const is_first = first_word == none;
        if (is_first)
            first_word = next;
        else
            tree_->words[last_word].next = next;
        last_word = next;
        if (after == nullptr) {
            if (tree_->words[next].equals)
                assignment(next);
            if (tree_->words[next].name_size == 0)
                after = at_;
        }
        auto const& it = tree_->words[next];
        plain = plain && it.plain && it.name_size == 0;
        stop = at_;
        if (is_first && after != nullptr && it.plain && take_parentheses())
            return function(tree_->words[next].typed, 0);
        if (tree_->words.size() - first_word_ >= limits::max_words / 2 ||
            tree_->parts.size() - first_part_ >= limits::max_parts) {
            stop_here();
            break;
        }
    }
    auto& it = tree_->nodes[made];
    it.words = first_word;
    it.redirects = first_redirect;
    it.text = text(start, stop);
    it.plain = plain && last_word != none;
    if (after != nullptr)
        it.after = text(after, stop);
    return made;
}

void parser::array_words(index of) {
    auto const* const start = at_++;
    part all;
    all.what = part::kind::array;
    index last = none;
    while (true) {
        skip_lines();
        if (at_end() || *at_ == ')')
            break;
        auto const* const before = at_;
        auto const next = word();
        if (at_ == before) {
            ++at_;
            continue;
        }
        if (last == none)
            all.inner = next;
        else
            tree_->words[last].next = next;
        last = next;
    }
    if (!at_end())
        ++at_;
    all.typed = text(start, at_);
    chain pieces;
    auto const* const name = tree_->words[of].typed.data();
    add_text(pieces, name, start, false);
    add(pieces, all);
    auto& it = tree_->words[of];
    it.parts = pieces.head;
    it.plain = false;
    it.typed = text(name, at_);
}

bool parser::is_redirect() const {
    auto const* place = at_;
    if (*place == '&')
        return true;     // called only before `&>`
    if (*place == '{') { // {name}>
        auto const* stop = place + 1;
        while (stop != end_ && is(*stop, letter_name))
            ++stop;
        return stop - place > 1 && end_ - stop > 1 && *stop == '}' && (stop[1] == '>' || stop[1] == '<');
    }
    while (place != end_ && is(*place, letter_digit))
        ++place;
    if (place == end_ || (*place != '<' && *place != '>'))
        return false;
    return place + 1 == end_ || place[1] != '(';
}

/// Reads one redirect and links it behind `last`. False: there was none.
bool parser::redirect(index& first, index& last) {
    raw_redirect made;
    if (*at_ == '{') {
        at_ = static_cast<char const*>(std::memchr(at_, '}', static_cast<std::size_t>(end_ - at_))) + 1;
        made.descriptor = 10; // the shell picks one of at least 10
    } else if (is(*at_, letter_digit)) {
        made.descriptor = 0;
        for (; is(*at_, letter_digit); ++at_)
            if (made.descriptor < 1000)
                made.descriptor = made.descriptor * 10 + (*at_ - '0');
    }
    auto const* const sign = at_;
    auto const starts = [this](std::string_view what) { return text(at_, end_).starts_with(what); };
    for (std::string_view const each : {"&>>", "<<<", "<<-", "&>", ">>", "<<", "<&", ">&", "<>", ">|", ">", "<"}) {
        if (starts(each)) {
            at_ += each.size();
            break;
        }
    }
    made.sign = text(sign, at_);
    skip_blanks();
    auto const place = static_cast<index>(tree_->redirects.size());
    tree_->redirects.push_back(made);
    if (first == none)
        first = place;
    else
        tree_->redirects[last].next = place;
    last = place;
    if (!at_end() && (!is(*at_, letter_ends_word) || ((*at_ == '<' || *at_ == '>') && ahead(1) == '('))) {
        auto const target = word();
        tree_->redirects[place].word = target;
    }
    if (made.sign == "<<" || made.sign == "<<-") {
        tree_->redirects[place].here = true;
        pending_.push_back(place);
    }
    return true;
}

namespace {

/// The delimiter of a here-document without its quotes.
std::string_view unquoted(std::string_view typed, text_arena& arena) {
    auto* const out = arena.take(typed.size());
    std::size_t size = 0;
    char quote = 0;
    for (std::size_t i = 0; i < typed.size(); ++i) {
        auto const c = typed[i];
        if (quote == 0 && (c == '\'' || c == '"'))
            quote = c;
        else if (c == quote)
            quote = 0;
        else if (c == '\\' && quote != '\'' && i + 1 < typed.size())
            out[size++] = typed[++i];
        else
            out[size++] = c;
    }
    return {out, size};
}

std::string_view without_tabs(std::string_view body, text_arena& arena) {
    auto* const out = arena.take(body.size());
    std::size_t size = 0;
    bool at_start = true;
    for (auto const c : body) {
        if (at_start && c == '\t')
            continue;
        out[size++] = c;
        at_start = c == '\n';
    }
    return {out, size};
}

} // namespace

void parser::read_here_documents() {
    for (auto i = first_pending_; i < pending_.size(); ++i) {
        auto const made = pending_[i];
        here_document(made, tree_->redirects[made].sign == "<<-");
    }
    pending_.shrink(first_pending_);
}

void parser::here_document(index made, bool strip) {
    std::string_view delimiter;
    bool literal = false;
    if (auto const name = tree_->redirects[made].word; name != none) {
        auto const& it = tree_->words[name];
        delimiter = it.typed;
        literal = it.quoted;
        if (it.quoted || !it.plain)
            delimiter = unquoted(it.typed, *arena_);
    }
    auto const* const start = at_;
    auto const* stop = end_;
    while (at_ != end_) {
        auto const* const found =
            static_cast<char const*>(std::memchr(at_, '\n', static_cast<std::size_t>(end_ - at_)));
        auto const* const ends = found != nullptr ? found : end_;
        auto line = text(at_, ends);
        while (strip && line.starts_with('\t'))
            line.remove_prefix(1);
        if (line == delimiter) {
            stop = at_;
            at_ = found != nullptr ? found + 1 : end_;
            break;
        }
        at_ = found != nullptr ? found + 1 : end_;
    }
    auto body = text(start, stop);
    if (strip && body.find('\t') != std::string_view::npos)
        body = without_tabs(body, *arena_);
    auto& it = tree_->redirects[made];
    it.body = body;
    it.literal = literal;
    if (!literal && body.find_first_of("$`\\") != std::string_view::npos) {
        auto const parts = one_word(body);
        tree_->redirects[made].parts = parts;
    }
}

} // namespace rulehost::shell
