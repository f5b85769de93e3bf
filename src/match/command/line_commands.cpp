#include "match/command/line_commands.hpp"

#include "shell/programs/program_table.hpp"
#include "shell/text/limits.hpp"
#include "shell/walk/walker.hpp"

#include <algorithm>
#include <utility>

namespace rulehost {

namespace {

constexpr std::size_t max_commands = 16 * 1024; // at a time
constexpr std::size_t kept_pieces = 2;          // the memory of further pieces is released

} // namespace

std::string_view typed_text(shell::command const& of, shell::reading const& in, std::string_view line) {
    auto const* const before = &of == in.commands.data() ? nullptr : &of - 1;
    // Dense nested text would otherwise count once for each of its commands.
    if (before != nullptr && !before->wrapper && before->begin == of.begin && before->end == of.end)
        return {};
    if (of.from == shell::source::decoded || of.begin > of.end || of.end > line.size())
        return {};
    std::size_t const begin = of.begin - (of.begin != 0 && line[of.begin - 1] == '!' ? 1 : 0);
    if (of.from == shell::source::typed && begin == of.begin)
        return {};
    return line.substr(begin, of.end - begin);
}

line_commands::line_commands() = default;
line_commands::~line_commands() = default;

void line_commands::assign(std::string_view line, bool is_cut) {
    line_ = line;
    read_ = false;
    has_words_ = false;
    truncated_ = is_cut;
    at_ = 0;
    count_ = 0;
    while (pieces_.size() > kept_pieces)
        pieces_.pop_back();
}

command_words& line_commands::words() {
    if (!std::exchange(has_words_, true))
        words_.assign(*this);
    return words_;
}

std::size_t line_commands::pieces() {
    if (std::exchange(read_, true))
        return count_;
    if (!walker_) {
        programs_ = shell::program_table::in_use();
        walker_ = std::make_unique<shell::walker>(*programs_);
    }
    auto const text = line_.substr(0, shell::limits::max_line);
    std::size_t commands = 0;
    do {
        if (pieces_.size() == count_)
            pieces_.emplace_back();
        auto& piece = pieces_[count_++];
        auto const stop = walker_->read(text, at_, piece);
        commands += piece.commands.size();
        truncated_ = truncated_ || piece.truncated;
        if (stop <= at_) {
            truncated_ = truncated_ || at_ < text.size();
            at_ = text.size();
            break;
        }
        at_ = stop;
    } while (at_ < text.size() && commands < max_commands);
    truncated_ = truncated_ || text.size() < line_.size();
    return count_;
}

bool line_commands::has_more() const {
    return read_ && at_ < std::min(line_.size(), shell::limits::max_line);
}

bool line_commands::advance() {
    if (!has_more())
        return false;
    read_ = false;
    has_words_ = false;
    count_ = 0;
    return true;
}

} // namespace rulehost
