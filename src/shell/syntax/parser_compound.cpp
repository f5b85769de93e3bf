#include "shell/syntax/parser.hpp"
#include "shell/text/letters.hpp"

namespace rulehost::shell {

void parser::redirects_of(index made) {
    index last = none;
    while (true) {
        skip_blanks();
        if (at_end() || (*at_ == '&' && ahead(1) != '>') || *at_ == ';' || !is_redirect())
            return;
        auto first = tree_->nodes[made].redirects;
        redirect(first, last);
        tree_->nodes[made].redirects = first;
    }
}

index parser::condition(unsigned until) {
    auto const made = make(node::kind::condition);
    index last = none;
    add_child(made, last, list(until | close_then | close_else | close_fi));
    while (true) {
        if (take("then")) {
            add_child(made, last, list(until | close_else | close_fi));
        } else if (take("elif")) {
            add_child(made, last, list(until | close_then | close_else | close_fi));
        } else if (take("else")) {
            add_child(made, last, list(until | close_fi));
        } else {
            take("fi");
            break;
        }
    }
    redirects_of(made);
    return made;
}

void parser::loop_body(index made, unsigned until) {
    skip_lines();
    if (ahead() == ';') {
        ++at_;
        skip_lines();
    }
    if (take("do")) {
        auto const body = list(until | close_done);
        add_child(made, body);
        take("done");
    } else if (ahead() == '{') {
        add_child(made, group(until));
    }
    redirects_of(made);
}

index parser::loop(unsigned until) {
    auto const made = make(node::kind::loop);
    auto const test = list(until | close_do | close_done);
    // The first child is the condition, even if empty.
    auto const holder = make(node::kind::list);
    tree_->nodes[holder].child = test;
    add_child(made, holder);
    loop_body(made, until);
    return made;
}

index parser::each(unsigned until) {
    skip_blanks();
    if (ahead() == '(' && ahead(1) == '(')
        return counted(make(node::kind::counted), until);
    auto const made = make(node::kind::each);
    auto const* const start = at_;
    while (at_ != end_ && !is(*at_, letter_ends_word))
        ++at_;
    tree_->nodes[made].text = text(start, at_);
    skip_lines();
    if (take("in")) {
        tree_->nodes[made].given_words = true;
        index last = none;
        while (true) {
            skip_blanks();
            if (at_end() || *at_ == '\n' || *at_ == ';' || *at_ == '#')
                break;
            if (is(*at_, letter_ends_word) && !((*at_ == '<' || *at_ == '>') && ahead(1) == '('))
                break;
            auto const* const before = at_;
            auto const next = word();
            if (at_ == before)
                break;
            if (last == none)
                tree_->nodes[made].words = next;
            else
                tree_->words[last].next = next;
            last = next;
        }
    }
    loop_body(made, until);
    return made;
}

/// for ((a; b; c)): `words` are the three expressions.
index parser::counted(index made, unsigned until) {
    at_ += 2;
    index last = none;
    auto const* start = at_;
    std::size_t open = 0;
    for (; !at_end() && *at_ != '\n'; ++at_) {
        auto const ends = *at_ == ')' && open == 0;
        if (*at_ == ';' || ends) {
            auto const parts = one_word(text(start, at_));
            raw_word it;
            it.typed = text(start, at_);
            it.parts = parts;
            it.plain = parts == none;
            tree_->words.push_back(it);
            auto const next = static_cast<index>(tree_->words.size() - 1);
            if (last == none)
                tree_->nodes[made].words = next;
            else
                tree_->words[last].next = next;
            last = next;
            start = at_ + 1;
            if (ends)
                break;
        } else if (*at_ == '(') {
            ++open;
        } else if (*at_ == ')') {
            --open;
        }
    }
    if (ahead() == ')')
        at_ += ahead(1) == ')' ? 2 : 1;
    loop_body(made, until);
    return made;
}

index parser::choice(unsigned until) {
    auto const made = make(node::kind::choice);
    index last = none;
    skip_lines();
    if (!at_end() && !is(*at_, letter_ends_word)) {
        auto const subject = word();
        tree_->nodes[made].words = subject;
    }
    skip_lines();
    take("in");
    while (true) {
        skip_lines();
        if (at_end() || take("esac"))
            break;
        if (*at_ == '(')
            ++at_;
        while (!at_end() && *at_ != ')') { // the patterns
            if (*at_ == '\n') {
                newline();
                continue;
            }
            auto const* const before = at_;
            if (!is(*at_, letter_ends_word))
                word();
            if (at_ == before)
                ++at_;
        }
        if (at_end())
            break;
        ++at_;
        add_child(made, last, list(close_esac | close_semicolons | (until & close_parenthesis)));
        skip_blanks();
        if (ahead() == ';' && ahead(1) == ';') {
            at_ += ahead(2) == '&' ? 3 : 2;
        } else {
            take("esac");
            break;
        }
    }
    redirects_of(made);
    return made;
}

index parser::group(unsigned until) {
    return enclosed(node::kind::group, until | close_brace, '}');
}

/// The list between the current byte and the byte `last`, and the redirects after it.
index parser::enclosed(node::kind what, unsigned until, char last) {
    auto const made = make(what);
    ++at_;
    add_child(made, list(until));
    if (ahead() == last)
        ++at_;
    redirects_of(made);
    return made;
}

index parser::subshell(unsigned until) {
    auto const made = enclosed(node::kind::subshell, until | close_parenthesis, ')');
    auto const& it = tree_->nodes[made];
    return it.child == none && it.redirects == none ? none : made; // an empty one runs nothing
}

/// (( )) or [[ ]]: holds no commands but those of substitutions.
index parser::expression() {
    auto const made = make(node::kind::expression);
    if (*at_ == '(') {
        chain pieces;
        auto const* const typed = at_;
        at_ += 2;
        arithmetic(pieces, true, typed, false);
        tree_->nodes[made].parts = pieces.head;
        redirects_of(made);
        return made;
    }
    at_ += 2;
    index last = none;
    while (true) {
        skip_blanks();
        if (at_end() || *at_ == '\n' || *at_ == ';')
            break;
        if (is(*at_, letter_ends_word)) {
            ++at_;
            continue;
        }
        auto const* const before = at_;
        auto const next = word();
        if (at_ == before)
            break;
        if (tree_->words[next].typed == "]]")
            break;
        if (last == none)
            tree_->nodes[made].words = next;
        else
            tree_->words[last].next = next;
        last = next;
    }
    redirects_of(made);
    return made;
}

index parser::function(std::string_view name, unsigned until) {
    auto const made = make(node::kind::function);
    tree_->nodes[made].text = name;
    skip_lines();
    if (!at_end()) {
        auto const body = command(until);
        add_child(made, body);
    }
    return made;
}

} // namespace rulehost::shell
