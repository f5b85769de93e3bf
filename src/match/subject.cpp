#include "match/subject.hpp"

namespace rulehost {

namespace {

// The line reader keeps at least 1 KiB of a cut text, with up to six bytes per character. A shorter text
// of the same event is whole.
constexpr std::size_t min_cut_text = 128;

} // namespace

void subject::look_at(event const& e, std::size_t scan_limit) {
    event_ = &e;
    is_command_ = e.source_kind == "command";
    payload_ = &e.payload;
    scan_limit_ = scan_limit;
    command_line_ = {};
    line_of_commands_ = {};
    begin_rule();
}

bool names_command_line(field_path const& path) {
    return path.keys.size() == 1 && path.keys.front() == "command_text";
}

command_texts& subject::texts_of(std::string_view command_line) {
    if (command_line_.data() != command_line.data() || command_line_.size() != command_line.size()) {
        command_line_ = command_line;
        texts_.assign(clipped(command_line));
    }
    return texts_;
}

line_commands& subject::commands_of(std::string_view command_line) {
    if (line_of_commands_.data() != command_line.data() || line_of_commands_.size() != command_line.size()) {
        line_of_commands_ = command_line;
        commands_.assign(command_line, event_->truncated && command_line.size() >= min_cut_text);
        memory_of_commands_.elements.clear();
        memory_of_commands_.line = command_line;
    }
    return commands_;
}

bool subject::advance() {
    if (line_of_commands_.empty() || !commands_.advance())
        return false;
    memory_of_commands_.elements.clear();
    return true;
}

} // namespace rulehost
