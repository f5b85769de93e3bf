#pragma once

#include <rulehost/tag.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace rulehost {

/// The source's address, without the zone of a link-local one, which receivers reject; empty: there is none, or only a
/// hash of one.
std::string address_of(tag const& about);

/// `observed_at`, or `created_at` where the producer gave no time.
time_point happened_at(tag const& about);

/// `T1059.004 Unix Shell (0.9)`: trusted text.
std::string headline(tag const& about);

/// Severity of a tag for an operator: by its confidence, 0.7 and above, 0.5 and above, below.
enum class tag_level { warning, notice, informational };
tag_level level_of(tag const& about);

/// `text` for a person: control characters escaped, cut to `limit` bytes; the dots after a cut are extra.
std::string visible(std::string_view text, std::size_t limit);

/// The same for a receiver that forwards it to unknown chats: it mentions and links nothing, since
/// `<`, `@` and the `]` before a `(` are escaped as well.
std::string relayed(std::string_view text, std::size_t limit);

} // namespace rulehost
