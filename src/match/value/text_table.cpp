#include "match/value/text_table.hpp"

#include <bit>
#include <utility>

namespace rulehost {

text_table::text_table(std::vector<std::string> texts) : texts_(std::move(texts)) {
    if (texts_.empty())
        return;
    slots_.resize(std::bit_ceil(2 * texts_.size()));
    shift_ = 64 - static_cast<unsigned>(std::countr_zero(slots_.size()));
    for (std::uint32_t number = 0; number != texts_.size(); ++number) {
        std::string_view const text = texts_[number];
        auto const key = text_key(text);
        auto at = place_of(key, text.size());
        while (slots_[at].number != none)
            at = (at + 1) & (slots_.size() - 1);
        slots_[at] = {key, text.size(), number};
    }
}

} // namespace rulehost
