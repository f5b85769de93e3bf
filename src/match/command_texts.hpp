#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

enum class text_form { line, part, normalised };
std::string_view to_string(text_form);

/// The texts a command line is matched as: what was typed, each of its commands (split at `;`, `&&`, `||`, `|`,
/// `&` and line breaks outside quotes), and the same again with the shell's obfuscations taken off.
///
/// Reused from event to event. Parts and normalisation are made on first use; views stay good until the next
/// `assign`, which keeps a view of the line. Linear in the line.
class command_texts {
public:
    struct text {
        std::string_view value;
        text_form form;
    };

    void assign(std::string_view line);
    std::string_view line() const { return line_; }

    /// Everything that normalisation adds, as one text; empty when it adds nothing.
    std::string_view normalised();
    /// The line and its parts.
    std::span<text const> typed();
    /// The above and the normalised texts.
    std::span<text const> all();

private:
    enum class stage { nothing, made };
    struct extent {
        std::size_t begin;
        std::size_t end;
    };

    void normalise();

    std::string_view line_;
    std::vector<std::string_view> parts_;
    std::vector<text> texts_;
    std::size_t typed_count_ = 0;
    std::string normalised_;
    std::vector<extent> extents_; ///< of the texts inside `normalised_`, while it still grows
    stage typed_ = stage::nothing;
    stage normalisation_ = stage::nothing;
    stage combined_ = stage::nothing;
};

/// Appends the commands of `line`, without surrounding blanks, in order; empty ones are left out. Past 256 the
/// rest is one part.
void split_commands(std::string_view line, std::vector<std::string_view>& parts);

} // namespace rulehost
