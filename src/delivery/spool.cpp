#include "delivery/spool.hpp"

#include "text/number.hpp"

#include <rulehost/diagnostic.hpp>
#include <rulehost/json_text.hpp>

#include <boost/crc.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace rulehost {

namespace {

constexpr std::string_view file_magic = "rulehost spool 1\n";
constexpr std::size_t mark_size = 8;
constexpr std::size_t header_size = file_magic.size() + mark_size;
constexpr std::size_t head_size = mark_size + 4 + 4; ///< of a record: mark, length, checksum
constexpr std::size_t record_size = 1 << 20;         ///< about; a record that is damaged costs no more than this
constexpr std::uint32_t most_of_a_record = 512u << 20;
constexpr std::string_view suffix = ".spool";

[[noreturn]] void fail(std::filesystem::path const& path, int error) {
    throw std::system_error(error, std::system_category(), "the spool: " + path.string());
}

bool is_full(std::system_error const& problem) {
    return problem.code().value() == ENOSPC || problem.code().value() == EDQUOT;
}

std::uint32_t checksum(std::string_view bytes) {
    boost::crc_32_type sum;
    sum.process_bytes(bytes.data(), bytes.size());
    return sum.checksum();
}

template <class Number>
void append_number(std::string& out, Number number) {
    for (std::size_t i = 0; i < sizeof number; ++i)
        out += static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * i) & 0xff);
}

/// Takes values off the front of a record. Throws std::runtime_error past its end.
class record_reader {
public:
    explicit record_reader(std::string_view rest) : rest_(rest) {}

    template <class Number>
    Number number() {
        auto const bytes = take(sizeof(Number));
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < sizeof(Number); ++i)
            value |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
        return static_cast<Number>(value);
    }
    std::string_view text() { return take(number<std::uint32_t>()); }
    std::string_view take(std::size_t count) {
        if (count > rest_.size())
            throw std::runtime_error("it ends too early");
        auto const bytes = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return bytes;
    }
    bool at_end() const { return rest_.empty(); }

private:
    std::string_view rest_;
};

void append_text(std::string& out, std::string_view text) {
    append_number(out, static_cast<std::uint32_t>(text.size()));
    out += text;
}

// Fields of a record, in order.
enum class entry : std::uint8_t { tag = 1, position = 2 };

void append_entry(std::string& out, tag const& each) {
    append_number(out, static_cast<std::uint8_t>(entry::tag));
    out.append(reinterpret_cast<char const*>(each.uuid.data), each.uuid.size());
    for (auto const* const text : {&each.source_kind, &each.source_id, &each.attacker_uuid, &each.identity_uuid,
                                   &each.session_id, &each.decky_id, &each.tactic, &each.technique_id,
                                   &each.sub_technique_id, &each.rule_id, &each.attack_release})
        append_text(out, *text);
    append_number(out, std::bit_cast<std::uint64_t>(each.confidence));
    append_number(out, each.rule_version);
    append_number(out, static_cast<std::int64_t>(each.created_at.time_since_epoch().count()));
    append_text(out, json_text(each.evidence));
}

void append_entry(std::string& out, input_position const& each) {
    append_number(out, static_cast<std::uint8_t>(entry::position));
    append_text(out, each.input);
    append_text(out, each.place);
}

boost::json::object parsed_evidence(std::string_view text) {
    boost::json::parse_options options;
    options.max_depth = 256;
    options.allow_invalid_utf8 = true; // as the engine had it
    return boost::json::parse(boost::json::string_view(text.data(), text.size()), {}, options).as_object();
}

tag read_tag(record_reader& from) {
    tag each;
    auto const uuid = from.take(each.uuid.size());
    std::memcpy(each.uuid.data, uuid.data(), uuid.size());
    for (auto* const text : {&each.source_kind, &each.source_id, &each.attacker_uuid, &each.identity_uuid,
                             &each.session_id, &each.decky_id, &each.tactic, &each.technique_id, &each.sub_technique_id,
                             &each.rule_id, &each.attack_release})
        *text = from.text();
    each.confidence = std::bit_cast<double>(from.number<std::uint64_t>());
    each.rule_version = from.number<std::int64_t>();
    each.created_at = time_point(duration(from.number<std::int64_t>()));
    each.evidence = parsed_evidence(from.text());
    return each;
}

/// Appends what `bytes` holds. Throws std::exception.
void read_record(std::string_view bytes, spool::page& into) {
    for (record_reader from(bytes); !from.at_end();) {
        switch (entry{from.number<std::uint8_t>()}) {
        case entry::tag:
            into.tags.push_back(read_tag(from));
            break;
        case entry::position: {
            input_position each;
            each.input = from.text();
            each.place = from.text();
            into.positions.push_back(std::move(each));
            break;
        }
        default:
            throw std::runtime_error("it holds what this version does not know");
        }
    }
}

/// The record at the front of `bytes`: its length, if it is whole and good.
std::optional<std::uint32_t> record_at(std::string_view bytes, std::string_view mark) {
    if (bytes.size() < head_size || !bytes.starts_with(mark))
        return std::nullopt;
    record_reader head(bytes.substr(mark.size()));
    auto const length = head.number<std::uint32_t>();
    auto const sum = head.number<std::uint32_t>();
    if (length > most_of_a_record || length > bytes.size() - head_size ||
        checksum(bytes.substr(head_size, length)) != sum)
        return std::nullopt;
    return length;
}

/// Whether that is what a crash leaves of a record that was being written.
bool is_unfinished(std::string_view bytes, std::string_view mark) {
    if (std::ranges::all_of(bytes, [](char c) { return c == 0; })) // after a loss of power
        return true;
    if (bytes.size() < mark.size())
        return mark.starts_with(bytes);
    if (bytes.size() < head_size || !bytes.starts_with(mark))
        return bytes.starts_with(mark);
    return record_reader(bytes.substr(mark.size())).number<std::uint32_t>() > bytes.size() - head_size;
}

void write_all(int file, std::string_view bytes, std::filesystem::path const& path) {
    while (!bytes.empty()) {
        auto const count = ::write(file, bytes.data(), bytes.size());
        if (count < 0 && errno != EINTR)
            fail(path, errno);
        bytes.remove_prefix(count < 0 ? 0 : static_cast<std::size_t>(count));
    }
}

std::string read_range(std::filesystem::path const& path, std::uint64_t offset, std::size_t size) {
    file_descriptor const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file)
        fail(path, errno);
    std::string bytes(size, '\0');
    std::size_t have = 0;
    while (have < size) {
        auto const count = ::pread(file.get(), bytes.data() + have, size - have, static_cast<off_t>(offset + have));
        if (count < 0 && errno != EINTR)
            fail(path, errno);
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
        fail(directory_, problem.value());
    auto const lock = directory_ / "lock";
    lock_ = file_descriptor(::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!lock_)
        fail(lock, errno);
    if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0)
        throw std::system_error(errno, std::system_category(),
                                "the spool " + directory_.string() + " is in use by another process");
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
            report_("the spool: " + escape_for_terminal(file.path().string()) + " is no segment and is left alone");
    }
    std::ranges::sort(numbers);
    for (auto const number : numbers) {
        next_number_ = number + 1;
        read_segment(number, number == numbers.back());
    }
    for (auto const& each : segments_) {
        for (auto const& kept : each.records)
            bytes_ += head_size + kept.length;
    }
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
            fail(path, errno);
        sync_directory();
    };
    if (!all.starts_with(file_magic) || all.size() < header_size) {
        // A crash right after the file was made leaves a part of the header.
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
                throw; // no fault of the record
            } catch (std::exception const& problem) {
                set_aside(path, all.substr(at, head_size + *length), at,
                          std::string("holds a record that cannot be read: ") + problem.what());
            }
            at += head_size + *length;
            continue;
        }
        // Nobody outside can know the mark, so what looks like a record is one.
        auto next = all.find(mark, at + 1);
        while (next != all.npos && !record_at(all.substr(next), mark))
            next = all.find(mark, next + 1);
        if (next == all.npos && is_last && is_unfinished(all.substr(at), mark)) {
            report_("the spool: the last record of " + path.string() + " was not finished; " +
                    std::to_string(all.size() - at) + " bytes that nobody was told of are cut");
            if (::truncate(path.c_str(), static_cast<off_t>(at)) != 0)
                fail(path, errno);
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
        fail(copy, errno);
    write_all(target.get(), bytes, copy);
    if (::fsync(target.get()) != 0)
        fail(copy, errno);
    sync_directory();
    report_("the spool: " + file.string() + " " + why + " at byte " + std::to_string(offset) + "; " +
            std::to_string(bytes.size()) + " bytes were set aside in " + copy);
}

void spool::sync_directory() const {
    file_descriptor const directory(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory || ::fsync(directory.get()) != 0)
        fail(directory_, errno);
}

void spool::begin_segment() {
    segment fresh;
    fresh.number = next_number_++; // also if it fails: what is left of its file may stay
    auto const path = path_of(fresh.number);
    for (std::size_t have = 0; have < fresh.mark.size();) {
        auto const count = ::getrandom(fresh.mark.data() + have, fresh.mark.size() - have, 0);
        if (count < 0 && errno != EINTR)
            fail(path, errno);
        have += count < 0 ? 0 : static_cast<std::size_t>(count);
    }
    file_descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file)
        fail(path, errno);
    try {
        write_all(file.get(), std::string(file_magic) + std::string(fresh.mark.data(), fresh.mark.size()), path);
        sync_directory();
    } catch (std::system_error const&) {
        ::unlink(path.c_str());
        throw;
    }
    fresh.size = header_size;
    segments_.push_back(std::move(fresh));
    tail_ = std::move(file);
}

/// After a write that failed in a way that leaves open what the disk holds: the next one goes to a file of its own.
void spool::leave_tail() {
    tail_ = file_descriptor();
    if (segments_.empty() || !segments_.back().records.empty())
        return;
    ::unlink(path_of(segments_.back().number).c_str()); // if it stays, the next start looks at it
    segments_.pop_back();
}

spool::outcome spool::append(std::span<tag const* const> tags, std::span<input_position const> positions) {
    // Positions stand in the last record: a crash in between keeps tags that come again, and loses none.
    std::string frames;
    std::vector<record> added; // offsets within `frames`
    std::string content;
    auto const finish_record = [&](std::string const& mark) {
        added.push_back({frames.size(), static_cast<std::uint32_t>(content.size())});
        frames += mark;
        append_number(frames, static_cast<std::uint32_t>(content.size()));
        append_number(frames, checksum(content));
        frames += content;
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
        if (bytes_ + frames.size() > limit_ && bytes_ > 0) // what is larger than the spool fits an empty one
            return outcome::no_room;
        auto const path = path_of(last.number);
        auto const before = last.records.size();
        try {
            for (auto const& each : added)
                last.records.push_back({last.size + each.offset, each.length});
            write_all(tail_.get(), frames, path);
            if (::fdatasync(tail_.get()) != 0)
                fail(path, errno);
        } catch (...) {
            // A partial record was written. If it cannot be truncated away, nothing more goes to this file.
            last.records.resize(before);
            auto const end = static_cast<off_t>(last.size);
            if (::ftruncate(tail_.get(), end) != 0 || ::lseek(tail_.get(), end, SEEK_SET) < 0 ||
                ::fdatasync(tail_.get()) != 0)
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

spool::page spool::front(std::size_t most_tags) {
    page result;
    taken_ = 0;
    if (segments_.empty())
        return result;
    auto const& first = segments_.front();
    auto const path = path_of(first.number);
    for (auto const& each : first.records) {
        if (taken_ > 0 && result.tags.size() >= most_tags)
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
            throw; // no fault of the record
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
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) // an attempt before this one may have come so far
        fail(path, errno);
    // Positions of before must not come back once newer ones are in the database.
    sync_directory();
    segments_.pop_front();
    if (segments_.empty())
        positions_.clear();
}

} // namespace rulehost
