#include "shell/walk/interpreter_code.hpp"

#include "shell/text/filters.hpp"
#include "shell/text/letters.hpp"

namespace rulehost::shell {

namespace {

constexpr std::string_view callers[]{
    "system",       "popen",           "exec",       "shell_exec",  "passthru",  "proc_open", "spawn",
    "check_output", "check_call",      "call",       "run",         "Popen",     "getoutput", "execvp",
    "execv",        "execl",           "execlp",     "execve",      "spawnSync", "execSync",  "popen2",
    "popen3",       "getstatusoutput", "pcntl_exec", "posix_spawn", "spawnvp",   "execFile",  "b64decode"};

bool is_caller(std::string_view name) {
    for (auto const each : callers)
        if (each == name)
            return true;
    return false;
}

/// The string literal at the quote at `at`; moves `at` past it.
std::string_view literal(std::string_view code, std::size_t& at, text_arena& arena) {
    auto const quote = code[at];
    auto const triple =
        code.substr(at, 3) == std::string_view("\"\"\"") || code.substr(at, 3) == std::string_view("'''");
    auto const start = at + (triple ? 3 : 1);
    auto const first = start;
    bool escaped = false;
    auto end = first;
    for (; end < code.size(); ++end) {
        if (code[end] == '\\') {
            escaped = true;
            ++end;
        } else if (code[end] == quote && (!triple || code.substr(end, 3) == code.substr(at, 3))) {
            break;
        }
    }
    end = std::min(end, code.size());
    auto const inside = code.substr(first, end - first);
    at = std::min(end + (triple ? 3 : 1), code.size());
    if (!escaped)
        return inside;
    auto* const out = arena.take(inside.size());
    std::size_t size = 0;
    for (std::size_t i = 0; i < inside.size(); ++i) {
        auto c = inside[i];
        if (c == '\\' && i + 1 < inside.size()) {
            c = inside[++i];
            if (c == 'n')
                c = '\n';
            else if (c == 't')
                c = '\t';
            else if (c != '\\' && c != '\'' && c != '"' && c != '$' && c != '`')
                out[size++] = '\\';
        }
        out[size++] = c;
    }
    return {out, size};
}

bool is_quote(char c) {
    return c == '"' || c == '\'' || c == '`';
}

std::string_view next_text(std::string_view& code, text_arena& arena, std::size_t depth) {
    std::size_t at = 0;
    while (at < code.size()) {
        auto const c = code[at];
        if (c == '`') {
            auto const text = literal(code, at, arena);
            code.remove_prefix(at);
            return text;
        }
        if (!starts_name(c)) {
            ++at;
            continue;
        }
        auto const start = at;
        while (at < code.size() && is(code[at], letter_name))
            ++at;
        auto const name = code.substr(start, at - start);
        if (!is_caller(name))
            continue;
        auto place = at;
        bool list = false;
        while (place < code.size() &&
               (code[place] == ' ' || code[place] == '(' || code[place] == '[' || code[place] == '{')) {
            list = list || code[place] == '[' || code[place] == '{';
            ++place;
        }
        if (place < code.size() &&
            (code[place] == 'b' || code[place] == 'r' || code[place] == 'f' || code[place] == 'u') &&
            place + 1 < code.size() && is_quote(code[place + 1]))
            ++place;
        if (place == at || place >= code.size() || !is_quote(code[place]))
            continue;
        auto text = literal(code, place, arena);
        // Further strings after commas are words of the same command.
        bool const words = list || name.starts_with("execl") || name.starts_with("execv") || name == "spawn" ||
            name == "spawnSync" || name == "execFile" || name == "exec" || name == "system";
        std::string_view joined = text;
        bool first = true;
        while (words) {
            auto next = place;
            while (next < code.size() &&
                   (code[next] == ' ' || code[next] == ',' || code[next] == '[' || code[next] == '{'))
                ++next;
            if (next == place || next >= code.size() || !is_quote(code[next]) || joined.size() > 4096)
                break;
            place = next;
            auto const word = literal(code, place, arena);
            if (first && (name.starts_with("execl") || name.starts_with("execv"))) { // the program's argv[0]
                first = false;
                continue;
            }
            first = false;
            joined = arena.join(arena.join(joined, " '"), arena.join(word, "'"));
        }
        code.remove_prefix(place);
        if (name == "b64decode") {
            auto const decoded = decode_base64(joined, arena);
            at = 0;
            if (depth < 3 && decoded.data() != nullptr) {
                auto inside = decoded;
                if (auto const found = next_text(inside, arena, depth + 1); found.data() != nullptr)
                    return found;
            }
            continue;
        }
        return joined.data() != nullptr ? joined : std::string_view("");
    }
    code = {};
    return {};
}

} // namespace

std::string_view next_shell_text(std::string_view& code, text_arena& arena) {
    return next_text(code, arena, 0);
}

} // namespace rulehost::shell
