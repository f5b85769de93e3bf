#include "delivery/tag_retention.hpp"

#include "async/blocking_call.hpp"

#include <boost/asio/strand.hpp>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <exception>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;

constexpr duration pause_between = 50ms; // lets writers of tags in

} // namespace

tag_retention::tag_retention(asio::any_io_executor database, time_source& time, tag_retention_options options)
    : strand_(asio::make_strand(database)),
      time_(time),
      options_(std::move(options)),
      holder_(to_string(boost::uuids::random_generator()())),
      table_(
          std::make_shared<tag_table>(parse_database_url(options_.database), options_.database_file, options_.calls)) {}

asio::awaitable<void> tag_retention::run() {
    for (;;) {
        bool const more = co_await delete_some();
        auto const pause = more ? pause_between : look_interval;
        co_await time_.pause(pause);
    }
}

/// True: there are more.
asio::awaitable<bool> tag_retention::delete_some() {
    struct outcome {
        std::size_t deleted = 0;
        std::size_t withheld = 0;
        std::string problem;
    };
    auto remove = [table = table_, options = options_, holder = holder_] {
        outcome done;
        auto const& clock = options.database_clock;
        try {
            if (options.keep > duration::zero())
                done.deleted = table->remove_older(options.keep + margin, max_deleted, holder, clock);
            if (options.keep_withheld > duration::zero())
                done.withheld =
                    table->remove_withheld(options.keep_withheld, options.max_withheld, max_deleted, holder, clock);
        } catch (std::exception const& error) {
            done.problem = error.what();
        }
        return done;
    };
    auto const done = co_await blocking_call(strand_, std::move(remove));
    failures_.note(done.problem, options_.log);
    deleted_ += done.deleted;
    co_return done.deleted == max_deleted || done.withheld == max_deleted;
}

} // namespace rulehost
