#include "match/command_order.hpp"

#include "shell/text/glob.hpp"
#include "shell/text/paths.hpp"

#include <algorithm>

namespace rulehost {

namespace {

using shell::effect_kind;

constexpr std::size_t max_files = 256; // followed in one line
constexpr std::size_t max_names = 16;  // of one file

bool is_rooted(std::string_view path) {
    return path.starts_with('/') || path.starts_with('~');
}

/// Whether two paths of a line name one file: compares a relative one by its base name; a glob covers its matches.
bool is_same_file(std::string_view a, std::string_view b) {
    if (is_rooted(a) && is_rooted(b)) {
        if (a == b)
            return true;
    } else {
        a = shell::base_name(a);
        b = shell::base_name(b);
        if (a == b)
            return true;
    }
    auto const is_glob = [](std::string_view text) { return text.find_first_of("*?[") != std::string_view::npos; };
    return (is_glob(a) && shell::fits(a, b, true)) || (is_glob(b) && shell::fits(b, a, true));
}

/// A file of the first steps, under all of its names so far.
struct followed_file {
    std::vector<std::string_view> names;
    std::size_t steps = 1; ///< satisfied so far

    bool is(std::string_view path) const {
        return std::ranges::any_of(names, [&](auto name) { return is_same_file(name, path); });
    }
};

bool carries(shell::command const& of) {
    constexpr std::string_view programs[]{"cp", "mv", "ln", "install", "cat", "dd", "tee", "rsync", "busybox"};
    return std::ranges::find(programs, of.family) != std::end(programs);
}

/// New names that the command gives the file.
void follow(shell::command const& of, shell::reading const& in, followed_file& file) {
    auto const effects = in.effects_of(of);
    bool const is_read = std::ranges::any_of(
        effects, [&](auto const& each) { return each.kind == effect_kind::reads && file.is(each.target); });
    if (!is_read)
        return;
    for (auto const& each : effects)
        if (each.kind == effect_kind::writes && file.names.size() < max_names && !file.is(each.target))
            file.names.push_back(each.target);
}

/// `first_map`: the place of the first map of the step among those of all steps.
truth any_holds(std::vector<command_test> const& step, std::size_t first_map, open_commands const& open,
                std::size_t number, shell::reading& in, command_memory& memory, command_test const*& which) {
    auto result = truth::no;
    for (std::size_t map = 0; map != step.size(); ++map) {
        if (!open.is_open(first_map + map, number))
            continue;
        auto const one = step[map].holds(in.commands[number], in, memory);
        if (one == truth::yes) {
            which = &step[map];
            return one;
        }
        if (one == truth::unknown)
            result = one;
    }
    return result;
}

/// Whether they are readings of the same command.
bool is_one_command(shell::command const* a, shell::command const& b) {
    return a && a->begin == b.begin && a->end == b.end && a->program == b.program && a->from != b.from &&
        b.from == shell::source::kept;
}

} // namespace

truth in_order(std::span<std::vector<command_test> const> steps, bool same_file, open_commands const& open,
               shell::reading& in, command_memory& memory, shell::command const*& last) {
    auto const first_map_of = [&](std::size_t step) {
        std::size_t first = 0;
        for (auto const& before : steps.first(step))
            first += before.size();
        return first;
    };
    // Each step needs a later command than the last.
    command_texts::text_set some_step = 0;
    std::size_t earliest = 0;
    for (std::size_t step = 0; step != steps.size(); ++step) {
        auto const here = open.open_to(first_map_of(step), steps[step].size());
        some_step |= here;
        bool const is_open = command_texts::visit_numbers(here, open.first_command + earliest,
                                                          in.commands.size() - earliest, [&](std::size_t number) {
                                                              earliest += number + 1;
                                                              return true;
                                                          });
        if (!is_open)
            return truth::no;
    }
    std::vector<followed_file> followed;
    std::vector<std::string_view> files;
    std::size_t met = 0;
    shell::command const* before = nullptr;
    bool unknown = false;
    for (std::size_t number = 0; number != in.commands.size(); ++number) {
        auto const& of = in.commands[number];
        command_test const* which = nullptr;
        bool const is_open = (some_step & command_texts::only(open.first_command + number)) != 0;
        if (!is_open && (!same_file || followed.empty()))
            continue;
        if (!same_file) {
            if (is_one_command(before, of))
                continue;
            auto const one = any_holds(steps[met], first_map_of(met), open, number, in, memory, which);
            unknown = unknown || one == truth::unknown;
            if (one != truth::yes)
                continue;
            last = before = &of;
            if (++met == steps.size())
                return truth::yes;
            continue;
        }
        if (carries(of))
            for (auto& file : followed)
                follow(of, in, file);
        if (!is_open)
            continue;
        for (std::size_t step = steps.size(); step-- > 0;) {
            bool const is_waited_for = step == 0 ||
                std::ranges::any_of(followed, [&](followed_file const& file) { return file.steps == step; });
            if (!is_waited_for)
                continue;
            auto const one = any_holds(steps[step], first_map_of(step), open, number, in, memory, which);
            unknown = unknown || one == truth::unknown;
            if (one != truth::yes)
                continue;
            files.clear();
            which->add_files(of, in, memory, files);
            for (auto& file : followed)
                if (file.steps == step && std::ranges::any_of(files, [&](auto path) { return file.is(path); })) {
                    if (++file.steps == steps.size()) {
                        last = &of;
                        return truth::yes;
                    }
                }
            if (step == 0)
                for (auto const path : files)
                    if (followed.size() < max_files &&
                        std::ranges::none_of(followed, [&](auto const& file) { return file.is(path); }))
                        followed.push_back({{path}, 1});
        }
    }
    return unknown ? truth::unknown : truth::no;
}

} // namespace rulehost
