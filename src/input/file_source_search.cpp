// Finds the file of an earlier place, and the file to read next.
#include "input/file_source.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <system_error>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

std::optional<log_file> file_source::opened(seen_file const& which, std::string& problem) {
    problem.clear();
    if (which.packed == packing::unreadable) {
        problem = "only .gz and .zst are read";
        return {};
    }
    std::optional<log_file> file;
    try {
        file = log_file::open(which.path, which.packed);
    } catch (std::system_error const& refused) {
        if (which.what == seen_file::kind::live)
            throw;
        problem = refused.code().message();
        return {};
    }
    if (!file || file->identity() != which.identity)
        throw rotated_meanwhile();
    return file;
}

asio::awaitable<std::optional<file_source::opening>> file_source::first_that_reads_like(
    file_place const& place, std::vector<seen_file> candidates) {
    for (auto const& each : candidates) {
        std::string problem;
        auto file = opened(each, problem);
        if (!file) {
            log_once(each.path.string() + " is left out: " + problem);
            continue;
        }
        file_place const* other = nullptr;
        if (file->is_packed())
            other = co_await read_before(*file, each.modified, place.finished);
        auto const is_it = co_await reads_like(*file, place);
        if (other || !is_it)
            continue;
        opening found{std::move(*file), place.offset, place.line};
        co_return std::optional<opening>(std::move(found));
    }
    co_return std::nullopt;
}

/// Starts at the front, unless it was read before, under another name or before it was compressed: `known`.
asio::awaitable<std::optional<file_source::opening>> file_source::first_to_read(std::vector<seen_file> candidates,
                                                                                std::vector<file_place> const& known) {
    for (auto const& each : candidates) {
        std::string problem;
        auto file = opened(each, problem);
        if (!file) {
            log_once(each.path.string() + " is left out: " + problem);
            continue;
        }
        auto const* const read = co_await read_before(*file, each.modified, known);
        if (read && file->is_packed()) {
            remember({file->place(read->offset, read->line), {}, {}});
            continue;
        }
        file->seek(read ? read->offset : 0);
        opening found{std::move(*file), read ? read->offset : 0, read ? read->line : 0};
        co_return std::optional<opening>(std::move(found));
    }
    co_return std::nullopt;
}

/// The last of `known` that is a place in `file`; for a packed file, its end. Empty: none.
asio::awaitable<file_place const*> file_source::read_before(log_file& file, std::int64_t modified,
                                                            std::vector<file_place> const& known) {
    // A packed file has another identity than its original; short files look alike, and so do beginnings.
    file_place const* read = nullptr;
    for (auto const& place : known) {
        if (place.offset == 0 || (!file.is_packed() && place.identity() != file.identity()))
            continue;
        auto const is_it = co_await reads_like(file, place);
        auto const is_sure = place.modified == modified || place.offset >= unmistakable_bytes;
        if (is_it && (!file.is_packed() || (is_sure && !file.has_more())))
            read = &place;
    }
    co_return read;
}

asio::awaitable<bool> file_source::reads_like(log_file& file, file_place const& place) {
    while (file.approach(place))
        co_await asio::post(executor_, asio::use_awaitable);
    co_return file.reads_like(place);
}

/// Files that an earlier run read to their ends, perhaps before their writers had ended.
std::deque<file_source::finished_file> file_source::seen_again(std::vector<file_place> const& finished,
                                                               std::vector<seen_file> const& seen,
                                                               file_identity const& current) {
    std::deque<finished_file> all;
    for (auto const& place : finished) {
        if (place.identity() == current)
            continue;
        auto& again = all.emplace_back(place, std::nullopt, time_.now() + grace);
        auto const found = std::ranges::find(seen, place.identity(), &seen_file::identity);
        if (found == seen.end() || found->packed != packing::none || found->what == seen_file::kind::live)
            continue;
        std::string problem;
        auto file = opened(*found, problem);
        if (!file)
            continue;
        file->approach(place);
        if (file->reads_like(place))
            again.open.emplace(std::move(*file), file_lines::start{place.offset, place.line, place.before});
    }
    return all;
}

} // namespace rulehost
