#pragma once

#include "shell/text/text_arena.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace rulehost::shell {

/// The output of a filter for a constant input; empty for an unknown filter or unsupported words. `words` are the
/// program's base name and its arguments. The result is at most 64 KiB, without NUL.
std::optional<std::string_view> filtered(std::span<std::string_view const> words, std::string_view input,
                                         text_arena& arena);

/// Whether `filtered` decoded it: base64, hex, and so on.
bool is_decoder(std::span<std::string_view const> words);

/// The output of echo; `words` as above.
std::string_view echoed(std::span<std::string_view const> words, text_arena& arena);

/// The output of printf; empty for an unsupported format.
std::optional<std::string_view> formatted(std::span<std::string_view const> words, text_arena& arena);

/// Null if it is not base64.
std::string_view decode_base64(std::string_view text, text_arena& arena);
std::string_view decode_base32(std::string_view text, text_arena& arena);
std::string_view decode_hex(std::string_view text, text_arena& arena);

/// The text of gzip data; null if it is not gzip. At most 64 KiB.
std::string_view inflate_gzip(std::string_view data, text_arena& arena);

} // namespace rulehost::shell
