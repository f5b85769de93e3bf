#include "report/sightings.hpp"

#include "text/network.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace rulehost {

namespace {

std::string address_text(std::string const& written) {
    auto const read = address::parse(written);
    if (!read)
        return {};
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(read->kind == address::family::v4 ? AF_INET : AF_INET6, read->bytes.data(), text.data(), text.size());
    return text.data();
}

} // namespace

void sightings::add(tag const& seen, time_point happened_at) {
    std::pair key(address_text(seen.src_ip), technique_of(seen));
    auto found = pairs_.find(key);
    if (found == pairs_.end()) {
        if (pairs_.size() >= max_pairs) {
            cut_ = true;
            return;
        }
        found = pairs_.emplace(key, sighting{key.first, key.second, happened_at, happened_at, 0, 0, {}}).first;
    }
    auto& pair = found->second;
    pair.first = std::min(pair.first, happened_at);
    pair.last = std::max(pair.last, happened_at);
    ++pair.tags;
    pair.highest = std::max(pair.highest, seen.confidence);
    if (pair.rules.size() < sighting::max_rules)
        pair.rules.insert(seen.rule_id);
}

std::vector<sighting> sightings::all() const {
    std::vector<sighting> all;
    for (auto const& [key, each] : pairs_)
        all.push_back(each);
    return all;
}

} // namespace rulehost
