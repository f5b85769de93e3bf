#include "shell/reading.hpp"

namespace rulehost::shell {

std::string_view to_string(effect_kind kind) {
    constexpr std::string_view names[]{"reads",            "writes", "appends", "empties", "deletes",
                                       "makes_executable", "runs",   "fetches", "sends",   "connects",
                                       "names"};
    return names[static_cast<std::size_t>(kind)];
}

std::string_view to_string(source from) {
    constexpr std::string_view names[]{"typed", "unfolded", "kept", "decoded"};
    return names[static_cast<std::size_t>(from)];
}

bool reading::is_piped(command const& from, command const& to) const {
    for (auto left = from.stage; left != none; left = stages[left].outer)
        for (auto right = to.stage; right != none; right = stages[right].outer)
            if (stages[left].pipeline == stages[right].pipeline)
                return stages[left].number < stages[right].number;
    return false;
}

void reading::clear() {
    commands.clear();
    words.clear();
    names.clear();
    options.clear();
    redirects.clear();
    sets.clear();
    effects.clear();
    places.clear();
    stages.clear();
    comments.clear();
    decoded.clear();
    truncated = false;
    arena.clear();
}

} // namespace rulehost::shell
