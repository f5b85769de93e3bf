#include "shell/programs/options.hpp"
#include "shell/text/letters.hpp"
#include "shell/text/limits.hpp"
#include "shell/text/paths.hpp"
#include "shell/walk/walker.hpp"

#include <algorithm>
#include <charconv>

namespace rulehost::shell {

namespace {

/// The shell text of an option: its value, or for `-o ProxyCommand=` the rest of one that starts so. Null when it is
/// another.
std::string_view value_of(option const& given, std::string_view wanted) {
    auto const blank = wanted.find(' ');
    if (given.name != wanted.substr(0, blank))
        return {};
    if (blank == std::string_view::npos)
        return given.value;
    auto const key = wanted.substr(blank + 1);
    return given.value.starts_with(key) ? given.value.substr(key.size()) : std::string_view();
}

} // namespace

/// Number of words of a wrapper before the command that it runs; 0 if it runs none.
std::size_t walker::skip_own_words(call const& made, program_entry const& entry, wrapping const& how,
                                   std::string_view& text) {
    std::size_t i = 1;
    std::span<std::string_view const> const words{out_->words.data() + made.words.first, made.words.count};
    auto const own_options = [&] {
        while (i < words.size()) {
            if (words[i] == "--") {
                ++i;
                return;
            }
            own_options_.clear();
            auto const taken = read_option(entry, words, i, &own_options_);
            for (auto const& found : own_options_) {
                if (std::ranges::find(how.unless, found.name) != how.unless.end()) {
                    i = words.size();
                    return;
                }
                if (how.what == wrapping::kind::command && found.has_value &&
                    std::ranges::find(how.options, found.name) != how.options.end())
                    text = found.value;
            }
            i += taken;
            if (taken != 0)
                continue;
            if (how.assigns &&
                (words[i] == "-" ||
                 (!words[i].empty() && starts_name(words[i].front()) && words[i].find('=') != std::string_view::npos &&
                  words[i].find('=') < words[i].find('/')))) {
                ++i;
                continue;
            }
            return;
        }
    };
    own_options();
    if (!how.subcommands.empty()) {
        if (i >= words.size() || std::ranges::find(how.subcommands, words[i]) == how.subcommands.end())
            return 0;
        ++i;
        own_options();
    }
    i += how.skip;
    if (how.needs_dashes) {
        auto const dashes = std::ranges::find(words, "--");
        if (dashes != words.end())
            i = static_cast<std::size_t>(dashes - words.begin()) + 1;
    } else if (how.skip != 0 && i < words.size() && words[i] == "--") {
        ++i;
    }
    return i < words.size() || !text.empty() ? i : 0;
}

bool walker::run_wrapped(call const& made, program_entry const& entry, context const& around) {
    auto const name = std::string_view(entry.name);
    for (auto const& how : entry.wraps) {
        switch (how.what) {
        case wrapping::kind::nothing:
            break;
        case wrapping::kind::command:
        case wrapping::kind::input: {
            std::string_view text;
            auto const from = skip_own_words(made, entry, how, text);
            if (from == 0 && how.what == wrapping::kind::command)
                break;
            list_command(made, around, &entry, !how.shown);
            if (!text.empty()) {
                if (!made.shallow)
                    run_text(from < made.words.count ? arena_->join(arena_->join(text, " "), joined_words(made, from))
                                                     : text,
                             name, around);
            } else if (how.what == wrapping::kind::input) {
                auto inner = around;
                inner.place = enter(place::kind::loop, {}, around.place);
                if (from != 0)
                    run_with_input(made, from, name, inner);
            } else {
                run_inner(made, from, name, around);
            }
            return true;
        }
        case wrapping::kind::text: {
            std::span<std::string_view const> const words{out_->words.data() + made.words.first, made.words.count};
            std::string_view text;
            std::size_t operands = 0; // at most one word precedes a text, as in `flock FILE -c TEXT`
            for (std::size_t i = 1;
                 i < words.size() && text.data() == nullptr && !(entry.options_first && operands > 1);) {
                option found;
                auto const taken = first_option(entry, words, i, found);
                for (auto const& each : how.options)
                    if (found.has_value)
                        text = text.data() != nullptr ? text : value_of(found, each);
                for (auto const& each : how.options)
                    if (each.ends_with('=') && !each.starts_with('-') && words[i].starts_with(each))
                        text = words[i].substr(each.size());
                // As `su -pc TEXT`: the letter that takes the text ends the cluster.
                i += std::max<std::size_t>(taken, 1);
                operands += taken == 0 ? 1 : 0;
            }
            if (text.data() == nullptr)
                break;
            auto const listed = list_command(made, around, &entry, false);
            if (!made.shallow)
                run_text(text, name, around);
            (void)listed;
            return true;
        }
        case wrapping::kind::rest: {
            std::string_view none_of;
            auto const from = skip_own_words(made, entry, how, none_of);
            if (from == 0) {
                if (!around.in->fed || !around.in->known || !how.shown || made.shallow || &how != &entry.wraps.back())
                    break;
                list_command(made, around, &entry, false);
                run_text(around.in->text, name, around);
                return true;
            }
            list_command(made, around, &entry, !how.shown);
            if (!made.shallow)
                run_text(joined_words(made, from), name, around);
            return true;
        }
        case wrapping::kind::after: {
            auto const is_there = [&] {
                for (index i = 1; i < made.words.count; ++i)
                    if (std::ranges::find(how.options, word(made, i)) != how.options.end())
                        return true;
                return false;
            };
            if (!is_there())
                break;
            list_command(made, around, &entry, false);
            run_found(made, entry, how, around);
            unknown_output(around);
            return true;
        }
        }
    }
    return false;
}

/// `find -exec`: each command up to `;` or `+`.
void walker::run_found(call const& made, program_entry const& entry, wrapping const& how, context const& around) {
    auto inner = around;
    inner.place = enter(place::kind::loop, {}, around.place);
    inner.via = with_via(around.via, entry.name);
    inner.out = nullptr;
    for (index i = 1; i < made.words.count; ++i) {
        if (std::ranges::find(how.options, word(made, i)) == how.options.end())
            continue;
        auto const first = i + 1;
        for (++i; i < made.words.count; ++i)
            if (word(made, i) == ";" || (word(made, i) == "+" && word(made, i - 1) == "{}"))
                break;
        call each = made;
        each.words = {made.words.first + first, i - first};
        each.text = {};
        each.end = nullptr;
        each.by_name = true;
        if (each.words.count != 0)
            run(each, inner);
    }
}

/// Cost of a word in one more command of xargs.
constexpr std::size_t words_steps = 8;

/// xargs: its input becomes operands.
void walker::run_with_input(call const& made, std::size_t from, std::string_view via, context const& around) {
    auto const input = *around.in;
    if (!input.known || made.shallow) {
        run_inner(made, from, via, around);
        return;
    }
    std::span<std::string_view const> const words{out_->words.data() + made.words.first, made.words.count};
    auto const* const entry = programs_->find(via);
    std::string_view replaces;
    std::string_view stops = " \t\n";
    std::size_t batch = std::string_view::npos;
    for (std::size_t i = 1; entry != nullptr && i < from;) {
        option found;
        auto const taken = first_option(*entry, words, i, found);
        if (found.name == "-I" || found.name == "-J" || found.name == "--replace" || found.name == "-i") {
            replaces = found.has_value && !found.value.empty() ? found.value : "{}";
            stops = "\n";
        } else if (found.name == "-n" || found.name == "--max-args") {
            std::from_chars(found.value.data(), found.value.data() + found.value.size(), batch);
        } else if (found.name == "-L" || found.name == "-l") {
            stops = "\n";
            batch = 1;
        } else if ((found.name == "-d" || found.name == "--delimiter") && !found.value.empty()) {
            stops = found.value == "\\n" ? "\n" : found.value.substr(0, 1);
        }
        i += std::max<std::size_t>(taken, 1);
    }
    if (via == "parallel") {
        stops = "\n";
        replaces = "{}";
    }
    auto inner_context = around;
    inner_context.via = with_via(around.via, via);
    auto rest = input.text;
    auto const next_item = [&](std::string_view& item) {
        while (!rest.empty() && stops.find(rest.front()) != std::string_view::npos)
            rest.remove_prefix(1);
        auto const end = std::min(rest.find_first_of(stops), rest.size());
        item = rest.substr(0, end);
        rest.remove_prefix(end);
        if (item.size() > 1 && (item.front() == '\'' || item.front() == '"') && item.back() == item.front())
            item = item.substr(1, item.size() - 2);
        while (!replaces.empty() && item.starts_with(' '))
            item.remove_prefix(1);
        return !item.empty();
    };
    std::size_t rounds = 0;
    std::string_view item;
    auto const own_words = made.words.count - from;
    while (rounds < limits::max_rounds && next_item(item)) {
        if (rounds != 0 && !(budget_.spend(own_words * words_steps) && budget_.spend_command()))
            break;
        ++rounds;
        call each = made;
        each.text = {};
        each.end = nullptr;
        each.by_name = true;
        each.from = std::max(made.from, source::unfolded);
        bool placed = false;
        auto const first = static_cast<index>(out_->words.size());
        for (auto i = from; i < made.words.count; ++i) {
            auto text = word(made, i);
            if (auto const at = replaces.empty() ? std::string_view::npos : text.find(replaces);
                at != std::string_view::npos) {
                text = arena_->join(arena_->join(text.substr(0, at), item), text.substr(at + replaces.size()));
                placed = true;
            }
            out_->words.push_back(text);
        }
        if (replaces.empty() || (via == "parallel" && !placed)) {
            out_->words.push_back(item);
            for (std::size_t i = 1; replaces.empty() && i < batch && i < 1024 && next_item(item); ++i)
                out_->words.push_back(item);
        }
        each.words = {first, static_cast<index>(out_->words.size()) - first};
        run(each, inner_context);
    }
    if (rounds == 0)
        run_inner(made, from, via, around);
    else if (!rest.empty() && rounds >= limits::max_rounds)
        out_->truncated = true;
}

} // namespace rulehost::shell
