#include "input/file_source.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <system_error>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t max_finished = 16; // more than a place holds: an older one may be written to or compressed later
constexpr std::size_t max_logged = 100;  // of one file
constexpr auto follow_interval = std::chrono::milliseconds{200};

std::string bytes_from(std::uint64_t offset) {
    return " behind byte " + std::to_string(offset);
}

} // namespace

file_source::file_source(asio::any_io_executor executor, time_source& time, file_source_options options)
    : executor_(std::move(executor)), time_(time), options_(std::move(options)), pause_(time_) {
    try {
        auto file = log_file::open(options_.path);
        if (!file && options_.at_end == file_source_options::end::stop)
            throw std::system_error(std::make_error_code(std::errc::no_such_file_or_directory), options_.path);
        if (!file)
            log_once("is not there yet");
    } catch (std::system_error const& problem) {
        if (options_.at_end == file_source_options::end::stop)
            throw;
        obstacle_ = problem.code().message();
        log_once(obstacle_ + "; it is waited for");
    }
}

asio::awaitable<std::optional<event_batch>> file_source::next() {
    for (;;) {
        hand_out();
        if (!builder_.is_empty() || unmarked_)
            co_return batch();
        if (stopped_)
            co_return std::nullopt;
        co_await asio::post(executor_, asio::use_awaitable);
        auto const went = co_await try_step();
        if (went == step::ended)
            stopped_ = true;
        else if (went == step::wait)
            co_await pause_.at_most(follow_interval);
    }
}

void file_source::hand_out() {
    while (lines_ && !builder_.is_full()) {
        auto const line = lines_->next();
        if (!line)
            return;
        builder_.add(*line, lines_->before());
    }
}

asio::awaitable<file_source::step> file_source::try_step() {
    try {
        auto const went = co_await read_more();
        obstacle_.clear();
        co_return went;
    } catch (rotated_meanwhile const&) {
        co_return step::wait;
    } catch (std::system_error const& problem) {
        if (options_.at_end == file_source_options::end::stop)
            throw;
        obstacle_ = problem.code().message(); // its creator may not have granted us access yet
        log_once(obstacle_ + "; it is waited for");
    }
    co_return step::wait;
}

asio::awaitable<file_source::step> file_source::read_more() {
    if (!lines_)
        co_return co_await open_first();
    auto const& file = lines_->file();
    if (file.offset() == 0 && options_.at_end == file_source_options::end::follow && file.size() > 0 &&
        file.modified() != begun_) {
        // Nothing read shows whether it was truncated: a copy may hold its first text.
        auto nothing = lines_->read_place();
        nothing.modified = begun_;
        nothing.finished = finished_places();
        auto const left = files_left(nothing, see_log_files(options_.path, where_));
        if (!left.empty() && left.front().identity != file.identity()) {
            auto copy = co_await first_to_read(left, nothing.finished);
            if (copy)
                begin(std::move(*copy), lines_->total());
        }
    }
    auto read = file_lines::reading::at_end;
    try {
        read = lines_->read();
    } catch (std::system_error const& problem) {
        auto const now_there = log_file::open(options_.path);
        if (!now_there || now_there->identity() == file.identity())
            throw;
        log_once(file.path().string() + ": " + problem.code().message() + ": what comes" + bytes_from(file.offset()) +
                 " is lost");
    }
    if (auto const gap = lines_->skipped())
        log_once(std::to_string(gap->bytes) + " NUL bytes at byte " + std::to_string(gap->offset) + " of " +
                 lines_->file().path().string() + " are left out: nothing was written there");
    if (read == file_lines::reading::truncated) {
        co_await go_on_after_truncation();
        co_return step::again;
    }
    if (read == file_lines::reading::more)
        co_return step::again;
    if (options_.at_end == file_source_options::end::stop) {
        auto const line = lines_->last();
        if (!line)
            co_return step::ended;
        builder_.add(*line, lines_->before());
        co_return step::again;
    }
    auto const live = log_file::open(options_.path);
    if (live && live->identity() == lines_->file().identity())
        co_return read_late_lines();
    auto done = lines_->read_place();
    done.path = where_.string();
    done.finished = finished_places();
    done.modified =
        done.offset > 0 ? lines_->file().modified() : begun_; // if nothing was read, a copy may hold the content
    co_return co_await go_on_after(done);
}

asio::awaitable<file_source::step> file_source::open_first() {
    if (!options_.from) {
        auto file = log_file::open(options_.path);
        if (!file)
            co_return step::wait;
        opening front{std::move(*file)};
        begin(std::move(front), 0);
        unmarked_ = !options_.input.empty();
        co_return step::again;
    }
    auto const& from = *options_.from;
    auto const seen = see_log_files(options_.path, from.path);
    std::optional<opening> found;
    if (from.offset > 0 || from.modified == 0)
        found = co_await first_that_reads_like(from, where_it_may_be(from, seen));
    auto const was_found = found.has_value();
    auto total = from.before + from.line;
    if (!found) {
        auto known = from.finished;
        auto left = files_left(from, seen);
        found = co_await first_to_read(std::move(left), known);
        if (!found) { // an empty file may still match
            auto file = log_file::open(options_.path);
            if (!file)
                co_return step::wait;
            found.emplace(opening{std::move(*file)});
        }
    }
    auto const& path = found->file.path();
    if (was_found && path != options_.path)
        log_once("goes on in " + path.string() + ", line " + std::to_string(from.line + 1));
    if (!was_found && from.offset > 0)
        log_once("what was read up to line " + std::to_string(from.line) + " (byte " + std::to_string(from.offset) +
                 ", inode " + std::to_string(from.inode) + ") is gone; what was written" + bytes_from(from.offset) +
                 " of it is lost, if anything was; begins with " + path.string());
    auto again = seen_again(from.finished, seen, found->file.identity());
    begin(std::move(*found), total);
    finished_ = std::move(again);
    unmarked_ = !was_found && !options_.input.empty();
    options_.from.reset();
    co_return step::again;
}

/// Moves on to the next file, if there is one.
asio::awaitable<file_source::step> file_source::go_on_after(file_place const& done) {
    auto const seen = see_log_files(options_.path, done.path);
    auto known = done.finished;
    known.push_back(done);
    auto following = co_await first_to_read(files_after(done, seen), known);
    if (!following)
        co_return read_late_lines();
    if (!std::exchange(drained_, true))
        co_return step::again; // reads the text written between the last read and the rotation
    if (auto const damage = lines_->file().damage(); !damage.empty())
        log_once(lines_->file().path().string() + " " + damage + ": what comes" + bytes_from(lines_->file().offset()) +
                 " of its content is lost");

    // Searches for the first line break within the maximum length of a line.
    std::string const head(lines_->rest());
    auto joined = seam::two_lines;
    if (!head.empty() && following->offset == 0) {
        auto const text = following->file.front(line_framer::max_line_size);
        auto const line_break = text.find('\n');
        auto const is_live = following->file.path() == options_.path;
        auto const is_whole = line_break != text.npos || !is_live || text.size() == line_framer::max_line_size;
        auto const tail = std::string_view(text).substr(0, line_break);
        joined = at_seam(head, is_whole ? std::optional(tail) : std::nullopt);
    }
    if (joined == seam::undecided)
        co_return read_late_lines();
    if (joined == seam::two_lines) {
        if (auto const line = lines_->last()) {
            builder_.add(*line, lines_->before());
            co_return step::again;
        }
    }
    if (auto const& file = lines_->file(); file.is_packed())
        log_once(file.path().string() + " is read to its end: " + std::to_string(file.offset()) +
                 " bytes, unpacked from " + std::to_string(file.size()));
    auto const total = lines_->total();
    finished_file last{lines_->read_place(), {}, time_.now() + grace};
    if (!lines_->file().is_packed()) {
        lines_->rest_at_end();
        last.open.emplace(std::move(*lines_));
    }
    remember(std::move(last));
    begin(std::move(*following), total);
    if (joined == seam::one_line)
        lines_->begin_with(head);
    co_return step::again;
}

/// Handles a truncation: the last read holds new content and was not returned.
asio::awaitable<void> file_source::go_on_after_truncation() {
    auto place = lines_->read_place();
    place.finished = finished_places();
    auto const seen = see_log_files(options_.path, where_);
    auto copy = co_await first_that_reads_like(place, copies_of(place, seen));
    if (copy) {
        where_ = real_path(copy->file.path());
        lines_->go_on_in(std::move(copy->file)); // the current content of the file follows, perhaps after other copies
        drained_ = false;
        co_return;
    }
    log_once("was truncated; what was written to it" + bytes_from(place.offset) +
             " before that is lost, if anything was: no copy found");
    if (auto const line = lines_->last())
        builder_.add(*line, lines_->before());
    auto const total = lines_->total();
    opening front{std::move(lines_->file())};
    begin(std::move(front), total);
}

void file_source::remember(finished_file which) {
    finished_.push_back(std::move(which));
    if (finished_.size() > max_finished)
        finished_.pop_front();
}

void file_source::begin(opening which, std::uint64_t total) {
    std::erase_if(finished_, [&](finished_file const& each) { return each.place.identity() == which.file.identity(); });
    file_lines::start from;
    from.offset = which.offset;
    from.line = which.line;
    from.before = total - which.line;
    where_ = real_path(which.file.path());
    begun_ = which.file.modified();
    lines_.emplace(std::move(which.file), from);
    drained_ = false;
    logged_.clear();
}

/// Reads late lines of files that have a successor.
file_source::step file_source::read_late_lines() {
    auto const now = time_.now();
    for (auto& each : finished_) {
        if (!each.open)
            continue;
        auto const read = each.open->read();
        if (read == file_lines::reading::truncated) {
            each.open.reset();
            continue;
        }
        auto const before = each.open->before() + late_lines;
        while (auto const line = each.open->next())
            builder_.add(*line, before);
        if (read == file_lines::reading::more) {
            each.until = now + grace;
        } else if (now >= each.until) {
            if (auto const line = each.open->last())
                builder_.add(*line, before);
        }
        each.place = each.open->place();
        if (read == file_lines::reading::at_end && now >= each.until)
            each.open.reset();
    }
    return builder_.is_empty() ? step::wait : step::again;
}

std::vector<file_place> file_source::finished_places() const {
    std::vector<file_place> places;
    for (auto const& each : finished_)
        places.push_back(each.place);
    return places;
}

/// The canonical path of a file; empty if the path of the input leads there.
fs::path file_source::real_path(fs::path const& path) const {
    std::error_code problem;
    auto real = fs::canonical(path, problem);
    auto const plain = fs::absolute(options_.path, problem).lexically_normal();
    return real == plain ? fs::path() : real;
}

event_batch file_source::batch() {
    std::optional<input_position> position;
    if (!options_.input.empty()) {
        auto place = lines_->place();
        auto known = finished_places();
        known.erase(known.begin(),
                    known.end() - static_cast<std::ptrdiff_t>(std::min(known.size(), file_place::max_finished)));
        place.finished = std::move(known);
        place.path = where_.string();
        position = input_position{options_.input, to_text(place)};
    }
    auto result = builder_.take(batches_ + 1); // last: no line is taken if memory runs out above
    result.bytes = result.memory.size() + result.lines.size();
    result.position = std::move(position);
    ++batches_;
    unmarked_ = false;
    return result;
}

void file_source::log_once(std::string const& line) {
    if (options_.log && logged_.size() < max_logged && logged_.insert(line).second)
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
