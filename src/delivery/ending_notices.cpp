#include "delivery/ending_notices.hpp"

#include "async/blocking_call.hpp"
#include "bus/topics.hpp"

#include <rulehost/json_text.hpp>

#include <boost/asio/strand.hpp>
#include <boost/json/object.hpp>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <chrono>
#include <exception>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

std::vector<outbox_row> messages_about_ending(std::vector<decision> const& ending, time_point now,
                                              std::string const& database) {
    std::vector<outbox_row> messages;
    for (auto const& each : ending) {
        auto const id = std::to_string(each.id);
        boost::json::object payload;
        payload["id"] = each.id;
        payload["decision"] = to_json(each);
        payload["remaining_seconds"] = std::chrono::floor<std::chrono::seconds>(*each.ends_at - now).count();
        messages.push_back({store_message_id("ending", database, id), decision_ending_topic(id), json_text(payload)});
    }
    return messages;
}

ending_notices::ending_notices(asio::any_io_executor database, time_source& time, ending_notices_options options)
    : strand_(asio::make_strand(database)),
      time_(time),
      options_(std::move(options)),
      holder_(to_string(boost::uuids::random_generator()())),
      decisions_(std::make_shared<ending_decisions>(parse_database_url(options_.database), options_.database_file,
                                                    options_.calls, options_.database_clock, messages_about_ending)) {}

asio::awaitable<void> ending_notices::run() {
    for (;;) {
        co_await look();
        co_await time_.pause(look_interval);
    }
}

asio::awaitable<void> ending_notices::look() {
    struct outcome {
        std::vector<decision> announced;
        std::string problem;
    };
    auto announce = [decisions = decisions_, lead = options_.lead, holder = holder_] {
        outcome done;
        try {
            done.announced = decisions->announce(lead, holder);
        } catch (std::exception const& error) {
            done.problem = error.what();
        }
        return done;
    };
    auto const done = co_await blocking_call(strand_, std::move(announce));
    failures_.note(done.problem, options_.log);
    if (options_.log)
        for (auto const& each : done.announced)
            options_.log("decision " + std::to_string(each.id) + " ends soon: " + summary_of(each));
}

} // namespace rulehost
