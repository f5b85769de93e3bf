#pragma once

#include "match/command/command_texts.hpp"
#include "shell/reading.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

class line_commands;

/// Every text that a condition on a command may test, joined into one, so that one scan finds the words of all; with the
/// commands of each part. Reused from line to line. One thread.
class command_words {
public:
    void assign(line_commands& from);

    std::string_view text() const { return text_; }

    /// The commands, numbered through all pieces of the line, as a set like that of texts.
    using command_set = command_texts::text_set;

    /// Maps a place to its commands. Valid until the next `assign`.
    class locator {
    public:
        explicit locator(command_words const& of) : of_(&of) {}
        /// The commands of the text before byte `end`, which never decreases from call to call.
        command_set operator()(std::size_t end) {
            while (at_ + 1 < of_->parts_.size() && of_->parts_[at_].end < end)
                ++at_;
            return at_ < of_->parts_.size() ? of_->parts_[at_].of : command_texts::every_text;
        }

    private:
        command_words const* of_;
        std::size_t at_ = 0;
    };

private:
    struct part {
        std::size_t end;
        command_set of;
    };

    void add(shell::command const& of, shell::reading& in);
    void add_words(shell::command const& of, shell::reading& in);
    void add_wrappers(shell::command const& of, shell::reading& in);
    void add_outside(std::string_view word, std::string_view text);
    void add_shared(std::string_view text);
    void add(std::string_view text);

    std::string text_;
    std::vector<part> parts_;
    std::vector<std::string_view> shared_; ///< long texts that several commands have, each of which is in `text_` once
    std::vector<std::string_view> paths_;
    std::size_t number_ = 0;
};

} // namespace rulehost
