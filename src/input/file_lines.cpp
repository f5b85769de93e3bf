#include "input/file_lines.hpp"

#include "input/batch_builder.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace rulehost {

namespace {

constexpr std::size_t bytes_per_file_read = batch_builder::max_bytes;

} // namespace

file_lines::file_lines(log_file file, start from)
    : file_(std::move(file)),
      began_(from.offset),
      before_(from.before),
      framer_(line_framer::max_line_size, from.line) {
    file_.seek(from.offset);
}

file_lines::reading file_lines::read() {
    if (auto result = reading::more; skip_hole(result))
        return result;
    auto const offset = file_.offset();
    auto const room = framer_.prepare(bytes_per_file_read);
    auto const count = file_.read(room);
    if (!count)
        return reading::truncated;
    auto const piece = room.first(*count);
    auto const text = std::string_view(piece.data(), piece.size());
    if (file_.is_packed() && is_between_lines() && text.starts_with('\0')) {
        auto const nuls = std::min(text.find_first_not_of('\0'), text.size());
        file_.unread(piece.subspan(nuls));
        began_ += nuls;
        skipped_ = gap{offset, nuls};
        return reading::more;
    }
    // Returns the bytes before the hole first.
    auto const hole = text.find('\0') == text.npos ? text.npos : text.find(std::string_view("\n\0", 2));
    if (hole != text.npos)
        file_.unread(piece.subspan(hole + 1));
    framer_.commit(hole == text.npos ? text.size() : hole + 1);
    return text.empty() ? reading::at_end : reading::more;
}

/// False: there is no hole to skip; continue reading.
bool file_lines::skip_hole(reading& result) {
    if (file_.is_packed() || !is_between_lines())
        return false;
    if (!file_.is_at_hole()) {
        hole_end_ = 0;
        return false;
    }
    if (!file_.is_intact()) {
        result = reading::truncated;
        return true;
    }
    auto const hole = file_.hole_from(hole_end_);
    auto const grew = hole.end > std::max(hole_end_, file_.offset());
    hole_end_ = hole.end;
    if (!hole.has_data) { // the writer of a preallocated file may still fill it
        result = grew ? reading::more : reading::at_end;
        return true;
    }
    skipped_ = gap{file_.offset(), hole.end - file_.offset()};
    began_ += skipped_->bytes;
    file_.seek(hole.end);
    hole_end_ = 0;
    return false;
}

void file_lines::begin_with(std::string_view head) {
    std::ranges::copy(head, framer_.prepare(head.size()).begin());
    framer_.commit(head.size());
    began_ -= head.size();
}

void file_lines::go_on_in(log_file copy) {
    copy.seek(began_ + framer_.committed());
    file_ = std::move(copy);
    hole_end_ = 0;
}

void file_lines::rest_at_end() {
    began_ = file_.offset();
    framer_ = line_framer(line_framer::max_line_size, framer_.lines());
}

std::optional<file_lines::gap> file_lines::skipped() {
    return std::exchange(skipped_, std::nullopt);
}

file_place file_lines::place() const {
    return place_at(began_ + framer_.handed_out());
}

file_place file_lines::read_place() const {
    return place_at(began_ + framer_.committed());
}

file_place file_lines::place_at(std::uint64_t offset) const {
    if (offset > file_.offset()) // within the text from another file
        offset = 0;
    auto result = file_.place(offset, framer_.lines());
    result.before = before_;
    if (!file_.is_packed())
        result.size = std::min(result.size, file_.offset()); // the bytes beyond were not read
    return result;
}

} // namespace rulehost
