#include "delivery/spool.hpp"

#include "delivery/spool_record.hpp"
#include "file/durable_file.hpp"
#include "file/errno_error.hpp"
#include "text/number.hpp"

#include <rulehost/diagnostic.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace rulehost {

namespace {

constexpr std::string_view file_magic = "rulehost spool 1\n";
constexpr std::size_t header_size = file_magic.size() + mark_size;
constexpr std::size_t record_size = 1 << 20; ///< approximately; limits the loss from one damaged record
constexpr std::string_view suffix = ".spool";

std::string named(std::filesystem::path const& path) {
    return "the spool: " + path.string();
}

bool is_full(std::system_error const& problem) {
    return problem.code().value() == ENOSPC || problem.code().value() == EDQUOT;
}

std::string read_range(std::filesystem::path const& path, std::uint64_t offset, std::size_t size) {
    file_descriptor const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file)
        throw_errno(named(path));
    std::string bytes(size, '\0');
    std::size_t have = 0;
    while (have < size) {
        auto const count = ::pread(file.get(), bytes.data() + have, size - have, static_cast<off_t>(offset + have));
        if (count < 0 && errno != EINTR)
            throw_errno(named(path));
        if (count == 0)
            break;
        have += count < 0 ? 0 : static_cast<std::size_t>(count);
    }
    bytes.resize(have);
    return bytes;
}

} // namespace

spool::spool(std::filesystem::path directory, std::uint64_t limit, std::function<void(std::string const&)> report,
             std::uint64_t segment_size)
    : directory_(std::move(directory)), limit_(limit), report_(std::move(report)), segment_size_(segment_size) {
    std::error_code problem;
    std::filesystem::create_directories(directory_, problem);
    if (problem)
        throw_errno(named(directory_), problem.value());
    auto const lock = directory_ / "lock";
    auto held = lock_file(lock, named(lock));
    if (!held)
        throw std::system_error(EWOULDBLOCK, std::system_category(),
                                "the spool " + directory_.string() + " is in use by another process");
    lock_ = std::move(*held);
    open_segments();
}

std::filesystem::path spool::path_of(std::uint64_t number) const {
    auto const digits = std::to_string(number);
    return directory_ / (std::string(20 - digits.size(), '0') + digits + std::string(suffix));
}

void spool::open_segments() {
    std::vector<std::uint64_t> numbers;
    for (auto const& file : std::filesystem::directory_iterator(directory_)) {
        auto const name = file.path().filename().string();
        if (!name.ends_with(suffix))
            continue;
        auto const number =
            parse_number<std::uint64_t>(std::string_view(name).substr(0, name.size() - suffix.size())).value_or(0);
        if (number > 0 && file.path() == path_of(number) && file.is_regular_file() && !file.is_symlink())
            numbers.push_back(number);
        else
            report_("the spool: " + escape_for_terminal(file.path().string()) + " is not a segment and is left alone");
    }
    std::ranges::sort(numbers);
    for (auto const number : numbers) {
        next_number_ = number + 1;
        read_segment(number, number == numbers.back());
    }
    for (auto const& each : segments_)
        for (auto const& kept : each.records)
            bytes_ += head_size + kept.length;
}

void spool::read_segment(std::uint64_t number, bool is_last) {
    auto const path = path_of(number);
    auto const bytes = read_range(path, 0, std::filesystem::file_size(path));
    std::string_view const all = bytes;
    segment found;
    found.number = number;
    found.size = bytes.size();
    auto const remove = [&] {
        if (::unlink(path.c_str()) != 0)
            throw_errno(named(path));
        sync_directory(directory_, named(directory_));
    };
    if (!all.starts_with(file_magic) || all.size() < header_size) {
        // A crash right after the file's creation leaves a part of the header.
        if (!(all.size() < header_size && (file_magic.starts_with(all) || all.starts_with(file_magic))))
            set_aside(path, all, 0, "has no header of a spool");
        remove();
        return;
    }
    auto const mark = all.substr(file_magic.size(), mark_size);
    std::ranges::copy(mark, found.mark.begin());
    for (std::size_t at = header_size; at < all.size();) {
        if (auto const length = record_at(all.substr(at), mark)) {
            page content;
            try {
                read_record(all.substr(at + head_size, *length), content);
                found.records.push_back({at, *length});
                for (auto& position : content.positions)
                    positions_[position.input] = std::move(position.place);
            } catch (std::bad_alloc const&) {
                throw; // not the fault of the record
            } catch (std::exception const& problem) {
                set_aside(path, all.substr(at, head_size + *length), at,
                          std::string("holds a record that cannot be read: ") + problem.what());
            }
            at += head_size + *length;
            continue;
        }
        // The mark is random and secret, so a match is a record and no attacker's text.
        auto next = all.find(mark, at + 1);
        while (next != all.npos && !record_at(all.substr(next), mark))
            next = all.find(mark, next + 1);
        if (next == all.npos && is_last && is_unfinished(all.substr(at), mark)) {
            report_("the spool: the last record of " + path.string() + " was not finished; " +
                    std::to_string(all.size() - at) + " bytes that were never acknowledged are cut");
            if (::truncate(path.c_str(), static_cast<off_t>(at)) != 0)
                throw_errno(named(path));
            found.size = at;
            break;
        }
        auto const end = next == all.npos ? all.size() : next;
        set_aside(path, all.substr(at, end - at), at, "is damaged");
        at = end;
    }
    if (found.records.empty())
        remove();
    else
        segments_.push_back(std::move(found));
}

void spool::set_aside(std::filesystem::path const& file, std::string_view bytes, std::uint64_t offset,
                      std::string const& why) {
    auto const copy = file.string() + ".damaged-" + std::to_string(offset);
    file_descriptor const target(::open(copy.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!target)
        throw_errno(named(copy));
    write_all(target, bytes, named(copy));
    sync(target, named(copy));
    sync_directory(directory_, named(directory_));
    report_("the spool: " + file.string() + " " + why + " at byte " + std::to_string(offset) + "; " +
            std::to_string(bytes.size()) + " bytes were set aside in " + copy);
}

void spool::begin_segment() {
    segment fresh;
    fresh.number = next_number_++; // also if creation fails: parts of its file may stay
    auto const path = path_of(fresh.number);
    std::random_device entropy;
    for (auto& byte : fresh.mark)
        byte = static_cast<char>(entropy());
    file_descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file)
        throw_errno(named(path));
    try {
        write_all(file, std::string(file_magic) + std::string(fresh.mark.data(), fresh.mark.size()), named(path));
        sync_directory(directory_, named(directory_));
    } catch (std::system_error const&) {
        ::unlink(path.c_str());
        throw;
    }
    fresh.size = header_size;
    segments_.push_back(std::move(fresh));
    tail_ = std::move(file);
}

/// After a failed write that leaves the contents of the disk unknown: the next one goes to a new file.
void spool::leave_tail() {
    tail_ = file_descriptor();
    if (segments_.empty() || !segments_.back().records.empty())
        return;
    ::unlink(path_of(segments_.back().number).c_str()); // if that fails, the next start recovers it
    segments_.pop_back();
}

spool::outcome spool::append(std::span<tag const* const> tags, std::span<input_position const> positions) {
    // Positions are in the last record: a crash in between may repeat tags and loses none.
    std::string frames;
    std::vector<record> added; // offsets within `frames`
    std::string content;
    auto const finish_record = [&](std::string const& mark) {
        added.push_back({frames.size(), static_cast<std::uint32_t>(content.size())});
        append_record(frames, mark, content);
        content.clear();
    };
    std::size_t encoded = 0;
    for (auto const& each : positions)
        encoded += each.input.size() + each.place.size() + 9;
    if (bytes_ + encoded > limit_)
        return outcome::no_room;
    try {
        if (!tail_ || segments_.empty() || segments_.back().size >= segment_size_)
            begin_segment();
        auto& last = segments_.back();
        std::string const mark(last.mark.data(), last.mark.size());
        for (auto const* const each : tags) {
            append_entry(content, *each);
            if (content.size() >= record_size)
                finish_record(mark);
        }
        for (auto const& each : positions)
            append_entry(content, each);
        if (!content.empty())
            finish_record(mark);
        if (bytes_ + frames.size() > limit_ && bytes_ > 0) // an empty spool takes a group of any size
            return outcome::no_room;
        auto const path = path_of(last.number);
        auto const before = last.records.size();
        try {
            for (auto const& each : added)
                last.records.push_back({last.size + each.offset, each.length});
            write_all(tail_, frames, named(path));
            sync_data(tail_, named(path));
        } catch (...) {
            // If the partial record cannot be truncated away, the next one goes to a new file.
            last.records.resize(before);
            if (!cut_back(tail_, last.size))
                leave_tail();
            throw;
        }
        last.size += frames.size();
        bytes_ += frames.size();
    } catch (std::system_error const& problem) {
        if (is_full(problem))
            return outcome::no_room;
        throw;
    }
    for (auto const& each : positions)
        positions_[each.input] = each.place;
    return outcome::kept;
}

spool::page spool::front(std::size_t max_tags) {
    page result;
    taken_ = 0;
    if (segments_.empty())
        return result;
    auto const& first = segments_.front();
    auto const path = path_of(first.number);
    for (auto const& each : first.records) {
        if (taken_ > 0 && result.tags.size() >= max_tags)
            break;
        auto const bytes = read_range(path, each.offset, head_size + each.length);
        page content;
        try {
            if (!record_at(bytes, std::string_view(first.mark.data(), first.mark.size())))
                throw std::runtime_error("it was changed");
            read_record(std::string_view(bytes).substr(head_size), content);
            std::ranges::move(content.tags, std::back_inserter(result.tags));
            std::ranges::move(content.positions, std::back_inserter(result.positions));
        } catch (std::system_error const&) {
            throw;
        } catch (std::bad_alloc const&) {
            throw; // not the fault of the record
        } catch (std::exception const& problem) {
            set_aside(path, bytes, each.offset, std::string("holds a record that cannot be read: ") + problem.what());
        }
        result.bytes += head_size + each.length;
        ++taken_;
    }
    return result;
}

void spool::pop() {
    if (segments_.empty())
        return;
    auto& first = segments_.front();
    for (; taken_ > 0; --taken_) {
        bytes_ -= head_size + first.records.front().length;
        first.records.pop_front();
    }
    if (!first.records.empty())
        return;
    auto const path = path_of(first.number);
    if (segments_.size() == 1)
        tail_ = file_descriptor();
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) // an earlier attempt may have removed it
        throw_errno(named(path));
    // Older positions must not reappear once newer ones are in the database.
    sync_directory(directory_, named(directory_));
    segments_.pop_front();
    if (segments_.empty())
        positions_.clear();
}

} // namespace rulehost
