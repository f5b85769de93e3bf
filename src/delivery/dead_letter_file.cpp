#include "delivery/dead_letter_file.hpp"

#include "file/durable_file.hpp"
#include "file/errno_error.hpp"
#include "text/json_escape.hpp"
#include "text/utf8.hpp"

#include <rulehost/json_text.hpp>

#include <boost/json/value.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>

namespace rulehost {

namespace {

std::string base64(std::string_view bytes) {
    constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string result;
    result.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        unsigned bits = 0;
        for (std::size_t i = 0; i < 3; ++i)
            bits = bits << 8 | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0u);
        for (std::size_t i = 0; i < 4; ++i)
            result += at + i <= bytes.size() ? letters[bits >> (18 - 6 * i) & 0x3f] : '=';
    }
    return result;
}

std::string line_of(boost::json::object const& object) {
    return ascii_json(json_text(object)) + '\n';
}

/// The file of dead letters while something is appended to it.
class appending {
public:
    explicit appending(std::filesystem::path const& path)
        : path_(path), directory_(directory_of(path)), what_("cannot write the dead letters " + path.string()) {
        std::error_code ignored; // opening the file reports it
        std::filesystem::create_directories(directory_, ignored);
        open();
    }

    /// Empty for a pipe, which does not grow.
    std::optional<std::uint64_t> size() const { return is_regular_ ? std::optional(size_) : std::nullopt; }

    void write(std::string_view lines) {
        write_all(file_, lines, what_);
        size_ += lines.size();
    }

    /// Renames the file to its predecessor's name.
    void rotate() {
        auto before = path_;
        before += ".1";
        finish();
        rename_file(path_, before, what_);
        open();
    }

    void finish() {
        sync(file_, what_);
        if (is_new_)
            sync_directory(directory_, what_);
    }

private:
    void open() {
        file_ = file_descriptor(::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC, 0600));
        struct stat about {};
        if (!file_ || ::fstat(file_.get(), &about) != 0)
            throw_errno(what_);
        is_regular_ = S_ISREG(about.st_mode);
        size_ = is_regular_ ? static_cast<std::uint64_t>(about.st_size) : 0;
        is_new_ = size_ == 0;
        char last = '\n';
        if (!is_new_ && ::pread(file_.get(), &last, 1, about.st_size - 1) == 1 && last != '\n')
            write("\n"); // a crash cut the line short
    }

    std::filesystem::path path_;
    std::filesystem::path directory_;
    std::string what_; ///< begins every error: "cannot write FILE"
    file_descriptor file_;
    std::uint64_t size_ = 0;
    bool is_regular_ = false;
    bool is_new_ = false;
};

/// As many whole lines of the front as fit into `room` bytes.
std::string_view lines_within(std::string_view lines, std::uint64_t room) {
    if (lines.size() <= room)
        return lines;
    auto const end = room == 0 ? lines.npos : lines.rfind('\n', static_cast<std::size_t>(room) - 1);
    return end == lines.npos ? std::string_view() : lines.substr(0, end + 1);
}

} // namespace

std::string to_ndjson(dead_letter const& letter, time_point at) {
    boost::json::object object;
    object["at"] = format_time(at);
    object["reason"] = letter.reason;
    object["input"] = letter.input;
    object["line"] = letter.line;
    auto const text = to_valid_utf8(letter.text);
    object["text"] = text;
    if (text != letter.text)
        object["text_base64"] = base64(letter.text);
    return line_of(object);
}

std::string to_ndjson(tag const& refused, std::string_view reason, time_point at) {
    boost::json::object object;
    object["at"] = format_time(at);
    object["reason"] = boost::json::string_view(reason.data(), reason.size());
    object["tag"] = to_json(refused);
    return line_of(object);
}

std::string to_ndjson(outgoing_message const& refused, std::string_view reason, time_point at) {
    boost::json::object object;
    object["at"] = format_time(at);
    object["reason"] = boost::json::string_view(reason.data(), reason.size());
    auto& message = object["message"].emplace_object();
    message["id"] = refused.id;
    message["topic"] = refused.topic;
    message["payload"] = refused.payload;
    return line_of(object);
}

std::size_t dead_letter_file::append(std::string_view lines) const {
    std::size_t left_out = 0;
    appending to(path_);
    auto const most = limit_ / 2;
    while (!lines.empty()) {
        auto const size = to.size();
        auto const next = lines_within(lines, size ? most - std::min(most, *size) : lines.size());
        auto const length = std::min(lines.find('\n'), lines.size() - 1) + 1;
        if (!next.empty()) {
            to.write(next);
            lines.remove_prefix(next.size());
        } else if (length <= most) {
            to.rotate();
        } else {
            lines.remove_prefix(length);
            ++left_out;
        }
    }
    to.finish();
    return left_out;
}

} // namespace rulehost
