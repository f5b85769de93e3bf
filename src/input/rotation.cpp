#include "input/rotation.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace rulehost {

namespace json = boost::json;

namespace {

constexpr std::string_view digits = "0123456789";
constexpr std::int64_t second = 1'000'000'000;

constexpr std::array<std::pair<std::string_view, packing>, 7> endings{{
    {".gz", packing::gzip},
    {".zst", packing::zstd},
    {".bz2", packing::unreadable},
    {".xz", packing::unreadable},
    {".lzma", packing::unreadable},
    {".lz4", packing::unreadable},
    {".Z", packing::unreadable},
}};

std::string_view without_packing(std::string_view name) {
    for (auto const& [ending, packed] : endings)
        if (name.size() > ending.size() && name.ends_with(ending))
            return name.substr(0, name.size() - ending.size());
    return name;
}

/// `.1`, `-20261201`: a separator, then digits and the separators of a time.
bool is_rotation_suffix(std::string_view suffix) {
    return suffix.size() >= 2 && (suffix[0] == '.' || suffix[0] == '-' || suffix[0] == '_') &&
        suffix.find_first_of(digits) != suffix.npos && suffix.find_first_not_of("0123456789.-_:TZ") == suffix.npos;
}

/// A compressed file whose original is still there may not be complete.
bool has_its_original(seen_file const& which, std::vector<seen_file> const& seen) {
    if (which.packed == packing::none)
        return false;
    auto const original = which.path.parent_path() / without_packing(which.path.filename().native());
    return std::ranges::any_of(seen, [&](seen_file const& each) { return each.path == original; });
}

/// Read to its end, and unchanged since.
bool is_finished(seen_file const& which, file_place const& place) {
    return std::ranges::any_of(place.finished, [&](file_place const& each) {
        return each.identity() == which.identity && each.size == which.size;
    });
}

/// `done` itself, and those rotated away that were not written to before it, oldest first, then the live one.
std::vector<seen_file> later_than(file_place const& done, std::vector<seen_file> const& seen) {
    std::vector<seen_file> later;
    seen_file const* live = nullptr;
    for (auto const& each : seen) {
        if (each.size == 0 || is_finished(each, done))
            continue;
        if (each.what == seen_file::kind::live)
            live = &each;
        else if (each.identity == done.identity())
            later.push_back(each);
        else if (each.what == seen_file::kind::rotated && each.modified >= done.modified &&
                 !has_its_original(each, seen))
            later.push_back(each);
    }
    std::ranges::sort(later, {}, [](seen_file const& each) { return std::tie(each.modified, each.path); });
    if (live)
        later.push_back(*live);
    return later;
}

bool is_json(std::string_view text) {
    auto const begin = text.find_first_not_of(" \t");
    if (begin == text.npos || (text[begin] != '{' && text[begin] != '['))
        return false; // every producer writes objects, and half of a number is a number too
    json::parse_options options;
    options.max_depth = 256;
    boost::system::error_code malformed;
    json::parse({text.data(), text.size()}, malformed, {}, options);
    return !malformed;
}

} // namespace

packing packing_of(std::string_view name) {
    for (auto const& [ending, packed] : endings)
        if (name.ends_with(ending))
            return packed;
    return packing::none;
}

bool is_rotated_name(std::string_view name, std::string_view log) {
    name = without_packing(name);
    if (name.size() > log.size() && name.starts_with(log) && is_rotation_suffix(name.substr(log.size())))
        return true;
    auto const dot = log.rfind('.');
    if (dot == log.npos || dot == 0)
        return false;
    auto const stem = log.substr(0, dot);
    auto const extension = log.substr(dot);
    return name.size() > log.size() && name.starts_with(stem) && name.ends_with(extension) &&
        is_rotation_suffix(name.substr(stem.size(), name.size() - log.size()));
}

bool is_same_series(std::string_view name, std::string_view other) {
    name = without_packing(name);
    other = without_packing(other);
    auto const is_digit = [](char c) { return digits.find(c) != digits.npos; };
    if (name.size() != other.size() || std::ranges::none_of(name, is_digit))
        return false;
    return std::ranges::equal(name, other, [&](char a, char b) { return a == b || (is_digit(a) && is_digit(b)); });
}

std::vector<seen_file> where_it_may_be(file_place const& place, std::vector<seen_file> const& seen) {
    std::vector<seen_file> found;
    auto const take = [&](auto const& is_wanted) {
        for (auto const& each : seen)
            if (is_wanted(each))
                found.push_back(each);
    };
    take(
        [&](seen_file const& each) { return each.identity == place.identity() && each.what == seen_file::kind::live; });
    take(
        [&](seen_file const& each) { return each.identity == place.identity() && each.what != seen_file::kind::live; });
    // Device numbers change at a reboot.
    take([&](seen_file const& each) {
        auto const elsewhere = file_identity{each.identity.device, place.inode, place.born};
        return each.identity != place.identity() && each.identity == elsewhere;
    });
    for (auto& each : copies_of(place, seen))
        if (std::ranges::find(found, each.path, &seen_file::path) == found.end())
            found.push_back(std::move(each));
    // A copied and truncated log may begin again with the text of the copy.
    auto const is_as_it_was = [&](seen_file const& each) {
        return each.identity == place.identity() && each.size == place.size && each.modified == place.modified;
    };
    if (place.offset < unmistakable_bytes && place.modified != 0 && std::ranges::none_of(found, is_as_it_was)) {
        auto const older =
            std::ranges::find_if(found, [&](seen_file const& each) { return each.modified < place.modified; });
        std::ranges::sort(found.begin(), older, {}, [](seen_file const& each) {
            return std::tuple(each.what == seen_file::kind::live, each.modified, each.path.native());
        });
    }
    return found;
}

std::vector<seen_file> copies_of(file_place const& place, std::vector<seen_file> const& seen) {
    std::vector<seen_file> found;
    if (place.offset == 0)
        return found;
    for (auto const& each : seen)
        if (each.what == seen_file::kind::rotated && each.identity != place.identity() &&
            each.packed != packing::unreadable && !has_its_original(each, seen) && !is_finished(each, place))
            found.push_back(each);
    // Little may have been read, and files begin alike. The right copy is the first one made since.
    std::ranges::sort(found, {}, [](seen_file const& each) { return std::tie(each.modified, each.path); });
    auto const since =
        std::ranges::find_if(found, [&](seen_file const& each) { return each.modified >= place.modified; });
    std::reverse(found.begin(), since);
    std::rotate(found.begin(), since, found.end());
    // A copy may have the time of its original in whole seconds. An older file is no copy, although it begins alike.
    if (place.offset < unmistakable_bytes)
        std::erase_if(found,
                      [&](seen_file const& each) { return each.modified < place.modified - place.modified % second; });
    return found;
}

std::vector<seen_file> files_after(file_place const& done, std::vector<seen_file> const& seen) {
    auto const is_itself = [&](seen_file const& each) { return each.identity == done.identity(); };
    if (std::ranges::any_of(
            seen, [&](seen_file const& each) { return is_itself(each) && each.what == seen_file::kind::live; }))
        return {};
    auto later = later_than(done, seen);
    std::erase_if(later, is_itself);
    return later;
}

std::vector<seen_file> files_left(file_place const& gone, std::vector<seen_file> const& seen) {
    auto left = later_than(gone, seen);
    if (gone.modified == 0) // unknown which of them were read
        std::erase_if(left, [](seen_file const& each) { return each.what != seen_file::kind::live; });
    return left;
}

seam at_seam(std::string_view head, std::optional<std::string_view> tail) {
    if (head.empty() || is_json(head))
        return seam::two_lines;
    if (!tail)
        return seam::undecided;
    if (is_json(*tail))
        return seam::two_lines;
    return is_json(std::string(head).append(*tail)) ? seam::one_line : seam::two_lines;
}

} // namespace rulehost
