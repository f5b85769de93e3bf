#include "shell/reading.hpp"

#include "shell/text/paths.hpp"

namespace rulehost::shell {

std::string_view to_string(effect_kind kind) {
    constexpr std::string_view names[]{"reads", "writes",  "appends", "empties", "deletes", "makes_executable",
                                       "runs",  "fetches", "sends",   "connects"};
    return names[static_cast<std::size_t>(kind)];
}

std::string_view to_string(source from) {
    constexpr std::string_view names[]{"typed", "unfolded", "kept", "decoded"};
    return names[static_cast<std::size_t>(from)];
}

void reading::add_named_paths(command const& of, std::vector<std::string_view>& out) {
    auto const add = [&](std::string_view text) {
        if (!text.empty() && text.size() <= 4096 && text.find("://") == std::string_view::npos &&
            text.find('\n') == std::string_view::npos)
            out.push_back(joined_path(of.directory, text, arena));
    };
    for (auto text : arguments(of)) {
        auto const sign = text.find('=');
        if (text.starts_with('-')) {
            if (sign == std::string_view::npos)
                continue;
            text.remove_prefix(sign + 1);
        } else if (sign != std::string_view::npos && sign < 16 && text.find('/') > sign) { // dd's of=/dev/sda
            text.remove_prefix(sign + 1);
        }
        if (text.starts_with('@')) // of `curl -d @f`
            text.remove_prefix(1);
        add(text);
    }
    for (auto const& each : redirects_of(of))
        if (!each.sign.starts_with("<<"))
            add(each.target);
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
