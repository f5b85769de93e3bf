#include "shell/text/filters.hpp"
#include "shell/text/letters.hpp"
#include "shell/text/limits.hpp"
#include "shell/text/paths.hpp"
#include "shell/walk/walker.hpp"

#include <algorithm>

namespace rulehost::shell {

walker::file* walker::find_file(std::string_view path) {
    for (auto& each : files_)
        if (each.path == path)
            return &each;
    return nullptr;
}

void walker::keep_file(std::string_view path, std::string_view text, bool known, bool appends) {
    if (path.starts_with("/dev/") && !path.starts_with("/dev/shm/"))
        return;
    if (auto* const before = find_file(path); before != nullptr) {
        if (appends &&
            (before->text.size() + text.size() > limits::max_text || !budget_.spend_copy(before->text.size()))) {
            before->known = false;
            return;
        }
        before->known = known && (!appends || before->known);
        before->text = appends ? arena_->join(before->text, text) : text;
        return;
    }
    if (files_.size() < limits::max_files)
        files_.push_back({path, text, known});
}

void walker::emit_text(std::string_view text, context const& around) {
    if (around.out == nullptr || !around.out->known)
        return;
    if (around.out->text.size() + text.size() > limits::max_text || !budget_.spend_copy(text.size())) {
        around.out->known = false;
        out_->truncated = true;
        return;
    }
    around.out->text += text;
}

void walker::unknown_output(context const& around) {
    if (around.out != nullptr)
        around.out->known = false;
}

/// Output of a filter without any input.
constexpr std::size_t filter_steps = 64;

/// The constant output of the command, for its reader.
void walker::print(call const& made, program_entry const* entry, std::string_view name, context const& around,
                   index listed) {
    if (around.out == nullptr && !same(name, "echo") && !same(name, "printf") && !same(name, "tee") &&
        !same(name, "cp") && !same(name, "mv") && !same(name, "base64"))
        return;
    std::span<std::string_view const> const words{out_->words.data() + made.words.first, made.words.count};
    if (same(name, "echo") || same(name, "printf")) {
        auto const text = same(name, "echo") ? std::optional(echoed(words, *arena_)) : formatted(words, *arena_);
        if (!text || (same(name, "printf") && words.size() > 1 && words[1] == "-v")) {
            if (!text)
                unknown_output(around);
            return;
        }
        out_->commands[listed].output = *text;
        if (made.unknown)
            unknown_output(around);
        else
            emit_text(*text, around);
        return;
    }
    if (entry != nullptr && (entry->is_shell || entry->silent))
        return;
    if (same(name, "cp") || same(name, "mv")) {
        auto const operands = out_->operands(out_->commands[listed]);
        if (operands.size() == 2) {
            auto const* const from = find_file(joined_path(directory_, operands[0], *arena_));
            auto const source = from != nullptr ? *from : file{};
            if (from != nullptr)
                keep_file(joined_path(directory_, operands[1], *arena_), source.text, source.known, false);
        }
        return;
    }
    if (same(name, "which") || same(name, "type")) {
        if (words.size() > 1 && !words.back().starts_with('-')) {
            emit_text("/usr/bin/", around);
            emit_text(words.back(), around);
            emit_text("\n", around);
        }
        return;
    }
    if (same(name, "command") && words.size() > 2) {
        emit_text(words.back(), around);
        emit_text("\n", around);
        return;
    }
    if (same(name, "pwd") && !directory_.empty()) {
        emit_text(directory_, around);
        emit_text("\n", around);
        return;
    }
    // Operands of a filter are files, except those that are not paths.
    auto input = *around.in;
    std::span<std::string_view const> given = words;
    auto const* const family = entry != nullptr ? &entry->name : nullptr;
    auto& own = filter_words_;
    own.clear();
    own.push_back(family != nullptr ? std::string_view(*family) : name);
    bool const takes_text = same(own[0], "tr") || same(own[0], "sed") || same(own[0], "openssl") ||
        same(own[0], "cut") || same(own[0], "head") || same(own[0], "tail");
    if (takes_text) {
        for (auto const each : given.subspan(1))
            own.push_back(each);
        if (own[0] != "tr" && own.size() > 1)
            if (auto const* const known = find_file(joined_path(directory_, own.back(), *arena_)); known != nullptr) {
                input = {true, known->known, known->text};
                own.pop_back();
            }
    } else {
        bool first = true;
        for (auto const each : given.subspan(1)) {
            if (each.size() > 1 && each.front() == '-') {
                own.push_back(each);
            } else if (same(own[0], "tee")) {
                keep_file(joined_path(directory_, each, *arena_), input.text, input.known, false);
            } else if (each != "-" &&
                       (same(own[0], "cat") || same(own[0], "base64") || same(own[0], "rev") || same(own[0], "tac") ||
                        same(own[0], "xxd") || same(own[0], "zcat") || same(own[0], "gunzip") ||
                        same(own[0], "base32") || same(own[0], "gzip"))) {
                auto const* const known = find_file(joined_path(directory_, each, *arena_));
                if (known == nullptr || !known->known) {
                    unknown_output(around);
                    return;
                }
                if (!budget_.spend_copy(first ? 0 : input.text.size() + known->text.size())) {
                    unknown_output(around);
                    return;
                }
                input = {.fed = true,
                         .known = true,
                         .text = first || own[0] != "cat" ? known->text : arena_->join(input.text, known->text)};
                first = false;
            }
        }
    }
    if (!input.known || !budget_.spend(input.text.size() + filter_steps)) {
        unknown_output(around);
        return;
    }
    auto const decodes = is_decoder(own);
    auto const text = filtered(own, input.text, *arena_);
    if (around.in->known && around.in->text.data() == input.text.data())
        around.in->text = {};
    if (!text) {
        unknown_output(around);
        return;
    }
    if (decodes && !text->empty() && out_->decoded.size() < 64)
        out_->decoded.push_back(*text);
    emit_text(*text, around);
}

} // namespace rulehost::shell
