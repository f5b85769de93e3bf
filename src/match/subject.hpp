#pragma once

#include "match/command/command_test.hpp"
#include "match/command/command_texts.hpp"
#include "match/command/line_commands.hpp"
#include "regex/regex.hpp"

#include <rulehost/event.hpp>
#include <rulehost/rule_definition.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace rulehost {

/// For each test of the rule under evaluation the texts of the command line for which it can hold; of another field, whether
/// the set is empty. Empty: nothing is known.
using open_tests = std::span<command_texts::text_set const>;

/// Whether the field holds the line of a `command` event.
bool names_command_line(field_path const& path);

/// The event under evaluation and its derived texts, each computed at most once. Kept and reused from event to
/// event, its memory is too. One thread.
class subject {
public:
    /// Switches to another event, which must not change until the next call. At most `scan_limit` bytes of a
    /// text are scanned.
    void look_at(event const& e, std::size_t scan_limit);

    event const& observed() const { return *event_; }
    /// The root of paths: the payload, or an object of a list in it.
    boost::json::object const& payload() const { return *payload_; }

    /// Sets another object as the root of paths for its lifetime.
    class scope {
    public:
        scope(subject& on, boost::json::object const& inner) : on_(on), outer_(on.payload_) { on.payload_ = &inner; }
        ~scope() { on_.payload_ = outer_; }
        scope(scope const&) = delete;
        scope& operator=(scope const&) = delete;

    private:
        subject& on_;
        boost::json::object const* outer_;
    };

    std::size_t scan_limit() const { return scan_limit_; }
    /// The part of `text` that is scanned.
    std::string_view clipped(std::string_view text) const { return text.substr(0, scan_limit_); }

    /// Whether the event is a `command`.
    bool is_command() const { return is_command_; }
    /// Whether `path` leads to the command line of a `command` event, which is matched as several texts.
    bool is_command_line(field_path const& path) const { return is_command_ && names_command_line(path); }
    command_texts& texts_of(std::string_view command_line);
    /// The commands of such a line, read once per line until another line is requested.
    line_commands& commands_of(std::string_view command_line);
    /// Advances to further commands of a line with very many. False: there are none.
    bool advance();
    command_memory& memory_of_commands() {
        memory_of_commands_.values = {&allowed_, &spare_};
        return memory_of_commands_;
    }

    /// Remaining work of the searches of one rule, set at its begin.
    regex::allowance& allowed() { return allowed_; }
    void begin_rule(open_tests open = {}, std::size_t work = regex::allowance::most) {
        allowed_.left = work;
        open_ = open;
    }

    /// The texts for which the test with this number may hold; all if unknown.
    command_texts::text_set open_to(std::uint32_t test) const {
        return open_.empty() ? command_texts::every_text : open_[test];
    }

    std::string& spare() { return spare_; } ///< scratch memory

private:
    std::size_t scan_limit_ = 0;
    event const* event_ = nullptr;
    bool is_command_ = false;
    boost::json::object const* payload_ = nullptr;
    command_texts texts_;
    std::string_view command_line_;
    line_commands commands_;
    std::string_view line_of_commands_;
    command_memory memory_of_commands_{};
    std::string spare_;
    regex::allowance allowed_;
    open_tests open_;
};

} // namespace rulehost
