#include "host/file_source.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <system_error>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t bytes_per_read = batch_builder::most_bytes;
constexpr std::size_t most_finished = 16; // files that may have been written to in one tick of the filesystem's clock
constexpr auto follow_interval = std::chrono::milliseconds{200};

/// `log.1`, `log-20261201`, `log.2026-12-01T10:00`: what rotation makes of `log`.
bool is_rotated_name(std::string const& name, std::string const& log) {
    if (name.size() < log.size() + 2 || !name.starts_with(log))
        return false;
    auto const suffix = std::string_view(name).substr(log.size());
    return (suffix[0] == '.' || suffix[0] == '-' || suffix[0] == '_') && suffix.find_first_of("0123456789") != suffix.npos
        && suffix.find_first_not_of("0123456789.-_:TZ") == suffix.npos;
}

struct neighbour {
    fs::path path;
    file_identity identity;
    fs::file_time_type modified;
};

/// The other files in the directory of `path`, oldest first.
std::vector<neighbour> neighbours(fs::path const& path) {
    std::vector<neighbour> found;
    auto const directory = path.has_parent_path() ? path.parent_path() : fs::path(".");
    std::error_code problem;
    for (fs::directory_iterator each(directory, problem), end; !problem && each != end; each.increment(problem)) {
        if (each->path().filename() == path.filename())
            continue;
        if (auto const seen = look_at_file(each->path()))
            found.push_back({each->path(), seen->identity, seen->modified});
    }
    std::ranges::sort(found, {}, [](neighbour const& each) { return std::pair(each.modified, each.path); });
    return found;
}

/// Those that were rotated away from `path`.
std::vector<neighbour> rotated_from(fs::path const& path) {
    auto found = neighbours(path);
    auto const log = path.filename().string();
    std::erase_if(found, [&](neighbour const& each) { return !is_rotated_name(each.path.filename().string(), log); });
    return found;
}

/// Empty when it is gone, or not ours to read.
std::optional<log_file> opened(neighbour const& which) {
    try {
        auto file = log_file::open(which.path);
        if (file && file->identity() == which.identity)
            return file;
    } catch (std::system_error const&) {
    }
    return {};
}

/// The newest copy of a file that is no longer as it was read.
std::optional<log_file> copy_of(file_place const& place, fs::path const& path) {
    if (place.offset == 0)
        return {};
    auto const rotated = rotated_from(path);
    for (auto each = rotated.rbegin(); each != rotated.rend(); ++each) {
        auto file = opened(*each);
        if (file && file->begins_like(place))
            return file;
    }
    return {};
}

} // namespace

file_source::file_source(asio::any_io_executor executor, time_source& time, file_source_options options)
    : executor_(std::move(executor)), time_(time), options_(std::move(options)), pause_(time_) {
    open_first();
    if (!file_ && options_.at_end == file_source_options::end::stop)
        throw std::system_error(std::make_error_code(std::errc::no_such_file_or_directory), options_.path);
    if (!file_)
        tell("is not there yet");
}

void file_source::open_first() {
    if (options_.from && resume_at(*options_.from)) {
        options_.from.reset();
        return;
    }
    auto file = log_file::open(options_.path);
    if (!file)
        return;
    if (options_.from && options_.from->offset > 0)
        tell("what was read up to line " + std::to_string(options_.from->line) + " is gone: begins with what is there now");
    if (options_.from)
        before_ = options_.from->before + options_.from->line;
    options_.from.reset();
    begin(std::move(*file), 0, 0);
    unmarked_ = !options_.input.empty();
}

bool file_source::resume_at(file_place const& place) {
    before_ = place.before;
    file_identity const wanted{place.device, place.inode};
    auto file = log_file::open(options_.path);
    if (file && file->identity() == wanted && file->begins_like(place)) {
        begin(std::move(*file), place.offset, place.line);
        return true;
    }
    for (auto const& each : neighbours(options_.path)) {
        if (each.identity != wanted)
            continue;
        file = opened(each);
        if (file && file->begins_like(place)) {
            tell("goes on in " + each.path.string() + ", line " + std::to_string(place.line + 1));
            begin(std::move(*file), place.offset, place.line);
            return true;
        }
    }
    auto copy = copy_of(place, options_.path);
    if (!copy)
        return false;
    tell("goes on in the copy " + copy->path().string() + ", line " + std::to_string(place.line + 1));
    begin(std::move(*copy), place.offset, place.line);
    return true;
}

void file_source::begin(log_file file, std::uint64_t offset, std::uint64_t line) {
    file_.emplace(std::move(file));
    file_->seek(offset);
    began_ = offset;
    framer_ = line_framer(line_framer::longest_line, line);
    drained_ = truncated_ = false;
}

void file_source::begin_next(log_file file) {
    before_ += framer_.lines();
    begin(std::move(file), 0, 0);
}

asio::awaitable<std::optional<event_batch>> file_source::next() {
    for (;;) {
        while (!builder_.is_full()) {
            auto const line = framer_.next();
            if (!line)
                break;
            builder_.add(*line, before_);
        }
        if (!builder_.is_empty() || std::exchange(unmarked_, false))
            co_return batch();
        if (stopped_)
            co_return std::nullopt;
        co_await asio::post(executor_, asio::use_awaitable);
        switch (read_more()) {
        case step::again: break;
        case step::wait: co_await pause_.until(time_.now() + follow_interval); break;
        case step::ended: stopped_ = true; break;
        }
    }
}

file_source::step file_source::read_more() {
    if (!file_) {
        try {
            open_first();
        } catch (std::system_error const& problem) { // who makes it may not have given it to us yet
            tell(problem.code().message());
        }
        return file_ ? step::again : step::wait;
    }
    if (truncated_)
        begin_next(std::move(*file_));
    auto const count = file_->read(framer_.prepare(bytes_per_read));
    if (!file_->is_intact()) {
        go_on_after_truncation();
        return step::again;
    }
    framer_.commit(count);
    if (count > 0)
        return step::again;

    auto const follow = options_.at_end == file_source_options::end::follow;
    auto next_file = follow ? successor() : std::nullopt;
    if (follow && !next_file)
        return step::wait;
    if (follow && !std::exchange(drained_, true))
        return step::again; // what was written between our last read and the rotation
    if (auto const line = framer_.last()) {
        builder_.add(*line, before_);
        return step::again;
    }
    if (!follow)
        return step::ended;
    finished_.push_back(file_->place(file_->offset(), framer_.lines()));
    if (finished_.size() > most_finished)
        finished_.pop_front();
    begin_next(std::move(*next_file));
    return step::again;
}

/// What was read last is of the new content, and was not given to the framer.
void file_source::go_on_after_truncation() {
    auto const read = began_ + framer_.committed();
    auto copy = copy_of(file_->place(read, framer_.lines()), options_.path);
    if (!copy) {
        tell("was truncated; what was written since it was last looked at is lost");
        if (auto const line = framer_.last())
            builder_.add(*line, before_);
        truncated_ = true;
        return;
    }
    file_ = std::move(*copy); // what is in the file now follows, behind other copies perhaps
    file_->seek(read);
    drained_ = false;
}

std::optional<log_file> file_source::successor() {
    try {
        auto current = log_file::open(options_.path);
        if (!current || current->identity() == file_->identity())
            return {};
        auto const modified = file_->modified();
        for (auto const& each : rotated_from(options_.path)) {
            if (each.identity == file_->identity() || each.identity == current->identity() || each.modified < modified)
                continue;
            auto file = opened(each);
            if (file && file->size() > 0 && !was_finished(*file))
                return file;
        }
        // While the new file is empty the writer may still be writing to the one before it.
        if (current->size() > 0)
            return current;
    } catch (std::system_error const& problem) {
        tell(problem.what());
    }
    return {};
}

bool file_source::was_finished(log_file const& file) const {
    return std::ranges::any_of(finished_, [&](file_place const& each) {
        return file.identity() == file_identity{each.device, each.inode} && file.size() == each.offset && file.begins_like(each);
    });
}

event_batch file_source::batch() {
    unmarked_ = false;
    auto result = builder_.take(++batches_);
    result.bytes = result.memory.size() + result.lines.size();
    if (!options_.input.empty()) {
        auto place = file_->place(began_ + framer_.handed_out(), framer_.lines());
        place.before = before_;
        result.position = {options_.input, to_text(place)};
    }
    return result;
}

void file_source::tell(std::string const& line) {
    if (options_.log && std::exchange(told_, line) != line)
        options_.log(options_.path + ": " + line);
}

asio::awaitable<void> file_source::run() {
    co_return;
}

void file_source::stop() {
    stopped_ = true;
    pause_.interrupt();
}

} // namespace rulehost
