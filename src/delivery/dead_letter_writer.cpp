#include "delivery/dead_letter_writer.hpp"

#include "async/blocking_call.hpp"
#include "text/failure_reason.hpp"

#include <exception>
#include <new>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

dead_letter_writer::dead_letter_writer(asio::any_io_executor files, std::filesystem::path const& path,
                                       std::uint64_t limit, std::function<void(std::string const&)> log)
    : strand_(std::move(files)),
      file_(path.empty() ? nullptr : std::make_shared<dead_letter_file const>(path, limit)),
      log_(std::move(log)) {}

asio::awaitable<void> dead_letter_writer::write(std::string lines, std::size_t count) {
    count_ += count;
    if (!file_ || lines.empty())
        co_return;
    struct answer {
        std::size_t dropped;
        std::string problem;
    };
    auto append = [file = file_, lines = std::move(lines), count]() -> answer {
        try {
            return {file->append(lines), {}};
        } catch (std::exception const& error) {
            return {count, failure_reason(error)};
        }
    };
    auto const [dropped, problem] = co_await blocking_call(strand_, std::move(append));
    dropped_ += dropped;
    failures_.note(problem, log_);
}

asio::awaitable<void> dead_letter_writer::write_rejected(tag_group const& group, time_point now) {
    std::string lines;
    std::size_t count = 0;
    for (auto const& [batch, weight] : group.batches) {
        count += batch.rejected.size();
        for (auto const& letter : batch.rejected) {
            try {
                if (file_)
                    lines += to_ndjson(letter, now);
            } catch (std::bad_alloc const&) {
                ++dropped_;
            }
        }
    }
    co_await write(std::move(lines), count);
}

} // namespace rulehost
