#include "delivery/tag_weight.hpp"

#include <boost/json/value.hpp>

namespace rulehost {

namespace {

std::size_t bytes_of(boost::json::value const& value) {
    auto bytes = sizeof value;
    if (auto const* const text = value.if_string())
        bytes += text->size();
    else if (auto const* const list = value.if_array())
        for (auto const& each : *list)
            bytes += bytes_of(each);
    else if (auto const* const object = value.if_object())
        for (auto const& member : *object)
            bytes += member.key().size() + bytes_of(member.value());
    return bytes;
}

} // namespace

std::size_t weight_of(tag const& each) {
    auto bytes = each.source_id.size() + each.session_id.size();
    for (auto const& member : each.evidence)
        bytes += bytes_of(member.value());
    return 1 + bytes / 1024;
}

} // namespace rulehost
