#include "engine/event_budget.hpp"

#include <boost/json/value.hpp>

#include <utility>

namespace rulehost {

namespace {

std::size_t size_of_texts(boost::json::value const& value) {
    std::size_t size = 0;
    if (auto const* const text = value.if_string())
        size = text->size();
    else if (auto const* const list = value.if_array())
        for (auto const& each : *list)
            size += size_of_texts(each);
    else if (auto const* const object = value.if_object())
        for (auto const& member : *object)
            size += size_of_texts(member.value());
    return size;
}

} // namespace

void event_budget::measure(event const& e) {
    if (std::exchange(is_measured_, true))
        return;
    std::size_t size = 0;
    for (auto const& member : e.payload)
        size += size_of_texts(member.value());
    left_ += (std::max<std::size_t>(size, 1) - 1) / part * of_a_part_;
}

} // namespace rulehost
