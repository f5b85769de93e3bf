#pragma once

#include <rulehost/tag.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace rulehost {

/// The source's address, without the zone of a link-local one, which receivers do not take; empty: there is none, or only a
/// hash of one.
std::string address_of(tag const& about);

/// `observed_at`, or `created_at` where the producer gave no time.
time_point happened_at(tag const& about);

/// `T1059.004 Unix Shell (0.9)`: nothing of it comes from outside.
std::string headline(tag const& about);

/// How much a tag matters to who is on call: by its confidence, 0.7 and above, 0.5 and above, below.
enum class tag_level { warning, notice, informational };
tag_level level_of(tag const& about);

/// `text` for a person: control characters escaped, and at most `limit` bytes long, without the dots behind what was cut.
std::string visible(std::string_view text, std::size_t limit);

/// The same for a receiver that passes it on to chats which are not known here: it mentions nobody and links nothing, since
/// `<`, `@` and the `]` before a `(` are escaped as well.
std::string relayed(std::string_view text, std::size_t limit);

} // namespace rulehost
