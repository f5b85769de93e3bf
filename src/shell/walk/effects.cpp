#include "shell/programs/options.hpp"
#include "shell/text/letters.hpp"
#include "shell/text/paths.hpp"
#include "shell/walk/walker.hpp"

#include <algorithm>
#include <span>

namespace rulehost::shell {

namespace {

/// Whether it is the option `name`, in one of its spellings.
bool is_called(option const& it, std::string_view name) {
    auto const is = [name](std::string_view spelling) {
        return spelling.size() == name.size() && !name.empty() && spelling.back() == name.back() && spelling == name;
    };
    return is(it.name) || is(it.twin);
}

/// Whether the options satisfy the rule.
bool applies(effect_rule const& rule, std::span<option const> options) {
    if (options.empty()) // the usual case
        return rule.needs.empty() && rule.what != selector::option;
    auto const is_given = [options](std::string_view name) {
        return std::ranges::any_of(options, [name](option const& each) { return is_called(each, name); });
    };
    return (rule.needs.empty() || std::ranges::any_of(rule.needs, is_given)) &&
        std::ranges::none_of(rule.unless, is_given);
}

/// The file of `@f`, `n=@f` or `n=@f;type=text/plain`; empty without one of the signs.
std::string_view behind(std::vector<std::string> const& signs, std::string_view text) {
    for (std::string_view sign : signs) {
        auto const named = sign.starts_with('*');
        if (named)
            sign.remove_prefix(1);
        std::size_t at = 0;
        while (named && at < text.size() &&
               (is(text[at], letter_name) || text[at] == '-' || text[at] == '.' || text[at] == '[' || text[at] == ']'))
            ++at;
        if (!text.substr(at).starts_with(sign))
            continue;
        auto const file = text.substr(at + sign.size());
        return file.substr(0, file.find(';'));
    }
    return {};
}

} // namespace

void walker::push_effect(effect_kind kind, std::string_view target, bool is_path) {
    if (target.empty())
        return;
    if (is_path && (directory_.empty() || budget_.spend(directory_.size())))
        target = joined_path(directory_, target, *arena_);
    out_->effects.push_back({kind, target});
}

void walker::add_redirect_effects(command& listed) {
    for (index i = 0; i < listed.redirects.count; ++i) {
        auto const it = out_->redirects[listed.redirects.first + i];
        auto const sign = it.sign;
        if (sign.starts_with("<<") || it.target.empty())
            continue;
        bool const is_descriptor = (same(sign, ">&") || same(sign, "<&")) &&
            it.target.find_first_not_of("0123456789-") == std::string_view::npos;
        if (is_descriptor)
            continue;
        if (it.target.starts_with("/dev/tcp/") || it.target.starts_with("/dev/udp/")) {
            auto const end = it.target.substr(9);
            auto const slash = end.find('/');
            if (slash != std::string_view::npos)
                push_effect(effect_kind::connects,
                            arena_->join(arena_->join(end.substr(0, slash), ":"), end.substr(slash + 1)), false);
        }
        if (same(sign, "<") || same(sign, "<>") || same(sign, "<&")) {
            push_effect(effect_kind::reads, it.target, true);
            if (same(sign, "<>"))
                push_effect(effect_kind::writes, it.target, true);
        } else if (same(sign, ">>") || same(sign, "&>>")) {
            push_effect(effect_kind::writes, it.target, true);
            push_effect(effect_kind::appends, it.target, true);
        } else {
            push_effect(effect_kind::writes, it.target, true);
            push_effect(effect_kind::empties, it.target, true);
        }
    }
}

void walker::add_effects(command& listed, program_entry const* entry) {
    if (!listed.path.empty())
        push_effect(effect_kind::runs, listed.path, true);
    if (entry != nullptr) {
        for (auto const& rule : entry->effects)
            if (applies(rule, out_->options_of(listed)))
                add_effect(rule, listed, *entry);
        if (entry->interprets) {
            for (auto const& each : out_->options_of(listed))
                if (each.has_value && std::ranges::find(entry->code, each.name) != entry->code.end())
                    add_code_effects(each.value);
            if (!entry->code.empty() && entry->code.front() == "first" && listed.operands.count != 0)
                add_code_effects(out_->words[listed.operands.first]);
        }
        if ((entry->is_shell || entry->interprets) && listed.operands.count != 0) {
            auto const options = out_->options_of(listed);
            bool const has_code = std::ranges::any_of(options, [&](option const& each) {
                return (entry->is_shell && (same(each.name, "-c") || same(each.name, "-s"))) ||
                    std::ranges::find(entry->code, each.name) != entry->code.end() || same(each.name, "-m");
            });
            auto const script = out_->words[listed.operands.first];
            if (!has_code && script != "-" && (entry->code.empty() || entry->code.front() != "first"))
                push_effect(effect_kind::runs, script, true);
        }
        if (same(entry->name, "chmod") && listed.operands.count > 1) {
            auto const mode = out_->words[listed.operands.first];
            auto const digits = mode.find_first_not_of("01234567") == std::string_view::npos;
            bool makes = false;
            for (auto const c : mode)
                makes = makes || (digits && ((c - '0') & 1) != 0);
            if (!digits) {
                bool adds = false;
                for (auto const c : mode) {
                    adds = c == '+' || c == '=' ? true : c == '-' ? false : adds;
                    makes = makes || (adds && (c == 'x' || c == 'X' || c == 's'));
                }
            }
            for (index i = 1; makes && i < listed.operands.count; ++i)
                push_effect(effect_kind::makes_executable, out_->words[listed.operands.first + i], true);
        }
    }
}

void walker::add_found(command const& listed, effect_kind kind) {
    std::string_view name = "*";
    bool deletes = false;
    index starts = 0;
    for (index i = 0; i < listed.arguments.count; ++i) {
        auto const text = out_->words[listed.arguments.first + i];
        if (text == "-delete")
            deletes = true;
        if ((text == "-exec" || text == "-execdir") && i + 1 < listed.arguments.count) {
            auto const program = base_name(out_->words[listed.arguments.first + i + 1]);
            deletes = deletes || program == "rm" || program == "unlink" || program == "shred";
        }
        if ((text == "-name" || text == "-iname") && i + 1 < listed.arguments.count)
            name = out_->words[listed.arguments.first + i + 1];
        if (starts == i && !text.starts_with('-') && text != "(" && text != "!")
            ++starts;
    }
    if (!deletes)
        return;
    for (index i = 0; i < std::max<index>(starts, 1); ++i) {
        auto const from = starts == 0 ? std::string_view(".") : out_->words[listed.arguments.first + i];
        push_effect(kind, arena_->join(from.ends_with('/') ? from : arena_->join(from, "/"), name), true);
    }
}

void walker::add_effect(effect_rule const& rule, command const& listed, program_entry const& entry) {
    auto const options = out_->options_of(listed);
    auto const given = [options](std::string_view name) -> option const* {
        for (auto const& each : options)
            if (is_called(each, name))
                return &each;
        return nullptr;
    };
    auto const first = listed.operands.first;
    auto const count = listed.operands.count;
    auto const operand = [&](index i) { return out_->words[first + i]; };
    bool const is_path =
        rule.kind != effect_kind::fetches && rule.kind != effect_kind::sends && rule.kind != effect_kind::connects;
    auto const push = [&](std::string_view target) {
        if (!rule.behind.empty())
            target = behind(rule.behind, target);
        if (target == "-" && is_path)
            return;
        if (rule.kind == effect_kind::connects) {
            std::string_view port = rule.port;
            if (port == "second") {
                port = count > 1 ? operand(1) : std::string_view();
            } else if (port.starts_with('-')) {
                auto const* const found = given(rule.port);
                port = found != nullptr ? found->value : std::string_view();
            }
            target = remote_end(target, port, *arena_);
        }
        push_effect(rule.kind, target, is_path);
    };
    auto const is_remote = [](std::string_view text) {
        auto const colon = text.find(':');
        return colon != std::string_view::npos && colon > 1 && text.find('/') > colon;
    };
    switch (rule.what) {
    case selector::operands:
        for (index i = 0; i < count; ++i)
            push(operand(i));
        break;
    case selector::first:
        if (count > 0)
            push(operand(0));
        break;
    case selector::second:
        if (count > 1)
            push(operand(1));
        break;
    case selector::last:
        if (count > 0)
            push(operand(count - 1));
        break;
    case selector::but_first:
        for (index i = 1; i < count; ++i)
            push(operand(i));
        break;
    case selector::but_last:
        for (index i = 0; i + 1 < count; ++i)
            push(operand(i));
        break;
    case selector::into_last: {
        option const* target = nullptr;
        for (auto const& each : entry.directory)
            target = target != nullptr ? target : given(each);
        if (count < 2 && target == nullptr)
            break;
        auto const into = target != nullptr ? target->value : operand(count - 1);
        auto const sources = target != nullptr ? count : count - 1;
        bool const is_directory = target != nullptr || sources > 1 || into.ends_with('/') || into == "." ||
            into == ".." || into == "/tmp" || into == "/var/tmp" || into == "/dev/shm" || into == "/etc" || into == "~";
        if (!is_directory) {
            push(into);
            break;
        }
        for (index i = 0; i < sources; ++i)
            push(arena_->join(into.ends_with('/') ? into : arena_->join(into, "/"), base_name(operand(i))));
        break;
    }
    case selector::urls:
        for (index i = 0; i < count; ++i)
            push(operand(i));
        for (auto const& each : entry.code) // options that hold a URL
            if (auto const* const found = given(each); found != nullptr)
                push(found->value);
        break;
    case selector::links:
        for (index i = 0; i < count; ++i)
            if (operand(i).find("://") != std::string_view::npos || operand(i).starts_with("git@"))
                push(operand(i));
        break;
    case selector::url_names: {
        option const* target = nullptr;
        for (auto const& each : entry.directory)
            target = target != nullptr ? target : given(each);
        for (index i = 0; i < count; ++i) {
            auto url = operand(i);
            url = url.substr(0, url.find_first_of("?#"));
            auto const scheme = url.find("://");
            auto const path = scheme == std::string_view::npos ? url : url.substr(scheme + 3);
            auto const slash = path.rfind('/');
            auto name = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
            if (name.empty())
                name = "index.html";
            if (target != nullptr)
                name =
                    arena_->join(target->value.ends_with('/') ? target->value : arena_->join(target->value, "/"), name);
            push(name);
        }
        break;
    }
    case selector::compiled:
        push("a.out");
        break;
    case selector::remote_last:
        if (count > 1 && is_remote(operand(count - 1)))
            push(operand(count - 1));
        break;
    case selector::remote_but_last:
        for (index i = 0; i + 1 < count; ++i)
            if (is_remote(operand(i)))
                push(operand(i));
        break;
    case selector::local_last:
        if (count > 1 && !is_remote(operand(count - 1)))
            push(operand(count - 1));
        break;
    case selector::local_but_last:
        for (index i = 0; i + 1 < count; ++i)
            if (!is_remote(operand(i)))
                push(operand(i));
        break;
    case selector::found:
        add_found(listed, rule.kind);
        break;
    case selector::option:
        for (auto const& each : options)
            if (each.has_value && is_called(each, rule.name))
                push(each.value);
        break;
    case selector::key:
        for (index i = 0; i < count; ++i)
            if (operand(i).starts_with(rule.name)) {
                auto const rest = operand(i).substr(rule.name.size());
                push(rule.name.ends_with(':') ? rest.substr(0, rest.find(',')) : rest); // `TCP:h:80,fork`
            }
        break;
    }
}

} // namespace rulehost::shell
