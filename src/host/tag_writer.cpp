#include "host/tag_writer.hpp"

#include "sql/database_call.hpp"
#include "sql/tag_table.hpp"
#include "time/interruptible_sleep.hpp"

#include <boost/asio/strand.hpp>

#include <deque>

namespace rulehost {

namespace asio = boost::asio;

class tag_writer::implementation {
public:
    implementation(asio::any_io_executor database, time_source& time, tag_writer_options o)
        : time_(time), options_(std::move(o)), strand_(asio::make_strand(database)), arrived_(time) {
        if (!options_.database.empty())
            table_ = std::make_shared<tag_table>(parse_database_url(options_.database));
    }
    asio::awaitable<void> enqueue(tag_batch batch) {
        while (counts_.waiting >= options_.most_waiting)
            co_await time_.sleep_until(time_.now() + std::chrono::milliseconds{1});
        counts_.waiting += batch.tags.size();
        queue_.push_back(std::move(batch));
        arrived_.interrupt();
    }
    asio::awaitable<void> run() {
        for (;;) {
            while (queue_.empty())
                co_await arrived_.until({});
            auto batch = std::move(queue_.front());
            queue_.pop_front();
            auto tags = std::move(batch.tags);
            auto const n = tags.size();
            if (table_ && !tags.empty()) {
                auto insert = [table = table_, tags] { return table->insert(tags); };
                auto const indices = co_await database_call(strand_, std::move(insert));
                std::vector<tag> fresh;
                for (auto const i : indices)
                    fresh.push_back(std::move(tags[i]));
                tags = std::move(fresh);
            }
            counts_.stored += tags.size();
            counts_.known += n - tags.size();
            counts_.waiting -= n;
            if (options_.printed && !tags.empty())
                co_await options_.printed->write(tags);
            std::vector<tag const*> fresh;
            for (auto const& each : tags)
                fresh.push_back(&each);
            if (options_.stored && !fresh.empty())
                options_.stored(fresh);
            ++done_;
            if (batch.stored)
                batch.stored();
        }
    }
    asio::awaitable<void> drain() {
        while (!queue_.empty() || counts_.waiting > 0)
            co_await time_.sleep_until(time_.now() + std::chrono::milliseconds{1});
    }
    time_source& time_;
    tag_writer_options options_;
    asio::any_io_executor strand_;
    std::shared_ptr<tag_table> table_;
    std::deque<tag_batch> queue_;
    interruptible_sleep arrived_;
    statistics counts_;
    std::uint64_t done_ = 0;
};

tag_writer::tag_writer(asio::any_io_executor, asio::any_io_executor database, time_source& time, tag_writer_options options)
    : implementation_(std::make_unique<implementation>(database, time, std::move(options))) {}
tag_writer::~tag_writer() = default;
asio::awaitable<std::vector<input_position>> tag_writer::positions(std::vector<std::string>) { co_return std::vector<input_position>(); }
asio::awaitable<void> tag_writer::enqueue(tag_batch batch) { return implementation_->enqueue(std::move(batch)); }
asio::awaitable<void> tag_writer::run() { return implementation_->run(); }
asio::awaitable<void> tag_writer::drain() { return implementation_->drain(); }
tag_writer::statistics tag_writer::counts() const { return implementation_->counts_; }

} // namespace rulehost
