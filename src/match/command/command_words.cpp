#include "match/command/command_words.hpp"

#include "match/command/line_commands.hpp"
#include "shell/text/paths.hpp"

#include <algorithm>
#include <functional>

namespace rulehost {

namespace {

constexpr std::size_t long_text = 128;

bool is_within(std::string_view word, std::string_view text) {
    std::less_equal<> const before;
    return before(text.data(), word.data()) && before(word.data() + word.size(), text.data() + text.size());
}

} // namespace

void command_words::assign(line_commands& from) {
    text_.clear();
    parts_.clear();
    shared_.clear();
    number_ = 0;
    for (std::size_t i = 0; i != from.pieces(); ++i) {
        auto& piece = from.piece(i);
        for (auto const& of : piece.commands) {
            add(of, piece);
            if (auto const typed = typed_text(of, piece, from.line()); !typed.empty())
                add(typed);
            parts_.push_back({text_.size(), command_texts::only(number_++)});
        }
    }
}

void command_words::add(std::string_view text) {
    text_ += text;
    text_ += '\n';
}

void command_words::add_outside(std::string_view word, std::string_view text) {
    if (!word.empty() && !is_within(word, text))
        add(word);
}

/// A text that other commands may share: a group passes its input to all of its commands.
void command_words::add_shared(std::string_view text) {
    if (text.size() < long_text) {
        if (!text.empty())
            add(text);
        return;
    }
    auto const same = [&](std::string_view other) {
        return other.data() == text.data() && other.size() == text.size();
    };
    if (std::ranges::any_of(shared_, same))
        return;
    parts_.push_back({text_.size(), command_texts::only(number_)});
    add(text);
    parts_.push_back({text_.size(), command_texts::every_text});
    shared_.push_back(text);
}

void command_words::add(shell::command const& of, shell::reading& in) {
    add(of.text);
    add_outside(of.program, of.text);
    if (of.family != of.program)
        add(of.family);
    add_words(of, in);
    for (auto const& each : in.options_of(of)) {
        add_outside(each.name, of.text);
        if (!each.twin.empty())
            add(each.twin);
        if (each.has_value)
            add_outside(each.value, of.text);
    }
    for (auto const& each : in.sets_of(of)) {
        add_outside(each.name, of.text);
        add_outside(each.value, of.text);
    }
    for (auto const& each : in.redirects_of(of))
        if (each.sign.starts_with("<<"))
            add_shared(each.target);
        else
            add_outside(each.target, of.text);
    for (auto const& each : in.effects_of(of))
        add_outside(each.target, of.text);
    add_shared(of.input);
    add_shared(of.output);
    if (of.via.count != 0)
        add_wrappers(of, in);
}

/// Words that are not in the text of the command, and simplified paths.
void command_words::add_words(shell::command const& of, shell::reading& in) {
    bool detours = !of.directory.empty();
    for (auto const word : in.arguments(of)) {
        add_outside(word, of.text);
        detours = detours || word.find("//") != std::string_view::npos || word.find("/.") != std::string_view::npos ||
            word.starts_with("./");
    }
    for (auto const& each : in.redirects_of(of))
        detours = detours || each.target.find("//") != std::string_view::npos ||
            each.target.find("/.") != std::string_view::npos || each.target.starts_with("./");
    if (!detours)
        return;
    for (auto const word : in.arguments(of))
        if (auto const normal = shell::normal_path(word, in.arena); normal != word)
            add(normal);
    paths_.clear();
    in.add_named_paths(of, paths_);
    for (auto const path : paths_)
        add_outside(path, of.text);
}

/// The variables that wrappers in front of the command set.
void command_words::add_wrappers(shell::command const& of, shell::reading& in) {
    for (auto at = static_cast<std::size_t>(&of - in.commands.data());
         at != 0 && in.commands[at - 1].wrapper && in.commands[at - 1].begin == of.begin; --at) {
        for (auto const& each : in.sets_of(in.commands[at - 1])) {
            add(each.name);
            add(each.value);
        }
        for (auto const word : in.arguments(in.commands[at - 1]))
            if (word.find('=') != std::string_view::npos)
                add(word);
    }
}

} // namespace rulehost
