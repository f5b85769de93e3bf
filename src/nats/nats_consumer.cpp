#include "nats/nats_consumer.hpp"

#include "nats/jetstream.hpp"
#include "text/failure_reason.hpp"

#include <rulehost/json_text.hpp>

#include <boost/json/value.hpp>

#include <algorithm>
#include <new>
#include <string_view>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

constexpr auto pause_without_memory = 1s;
constexpr std::uint64_t min_pull_bytes = 8u << 20;

nats_message short_message(std::string subject, std::string_view payload) {
    nats_message made;
    made.subject = std::move(subject);
    made.payload = payload;
    return made;
}

std::size_t size_of(stream_message const& message) {
    return message.payload.size() + message.subject.size();
}

std::string_view text_in(json::object const& object, std::string_view key) {
    auto const* const value = object.if_contains(key);
    return value && value->is_string() ? std::string_view(value->as_string()) : std::string_view();
}

} // namespace

nats_consumer::nats_consumer(nats_connection& connection, time_source& time, nats_consumer_options options,
                             std::function<void()> arrived)
    : connection_(connection),
      time_(time),
      options_(std::move(options)),
      arrived_(std::move(arrived)),
      wake_(time_),
      loop_({options_.fetch, options_.max_unacknowledged, {}}),
      ack_wait_(options_.ack_wait),
      inbox_(connection.open_inbox([this](nats_message message) { received(std::move(message)); },
                                   [this] { link_changed(); })) {}

std::size_t nats_consumer::count_next(std::size_t most, std::size_t max_bytes) const {
    std::size_t count = 0;
    std::size_t bytes = 0;
    for (; count < std::min(most, buffer_.size()); ++count) {
        bytes += size_of(buffer_[count]);
        if (count > 0 && bytes > max_bytes)
            break;
    }
    return count;
}

void nats_consumer::take(std::size_t count) noexcept {
    for (; count > 0; --count) {
        auto const& first = buffer_.front();
        buffered_bytes_ -= size_of(first);
        if (held_.contains(first.place)) // otherwise it belonged to the former consumer
            last_taken_ = first.place.sequence;
        buffer_.pop_front();
    }
    wake_.interrupt();
}

void nats_consumer::acknowledge(std::vector<stream_place> const& places) noexcept {
    for (auto const& place : places)
        if (auto const found = held_.find(place); found != held_.end())
            done_.insert(held_.extract(found));
    wake_.interrupt();
}

void nats_consumer::stop() {
    if (state_ == state::reading)
        state_ = state::stopping;
    discard_recovered(); // incomplete: the next owner gets them in order
    arrived_();
    wake_.interrupt();
}

void nats_consumer::abandon() {
    state_ = state::abandoned;
    loop_.end_pull();
    for (auto const& each : buffer_)
        held_.erase(each.place);
    buffer_.clear();
    buffered_bytes_ = 0;
    discard_recovered();
    arrived_();
    wake_.interrupt();
}

void nats_consumer::discard_recovered() {
    for (auto const& [place, each] : recovered_)
        held_.erase(place);
    recovered_.clear();
}

void nats_consumer::received(nats_message message) {
    if (message.status != 0) {
        received_status(message);
        return;
    }
    auto const from = parse_delivery(message.reply);
    if (!from || state_ == state::abandoned || (recovering_ && state_ != state::reading))
        return;
    if (loop_.came())
        end_pull();
    if (auto const held = held_.find(from->of); held != held_.end()) {
        held->second = std::move(message.reply); // the server considered this client dead
        return;
    }
    if (options_.with_others == nats_consumer_options::sharing::exclusive && from->of.sequence <= last_taken_ &&
        from->of.sequence < first_dropped_) {
        done_.emplace(from->of, std::move(message.reply)); // the first acknowledgement was lost
        wake_.interrupt();
        return;
    }
    stream_message added{from->of, std::move(message.subject), std::move(message.payload)};
    auto const size = size_of(added);
    try {
        held_.emplace(from->of, std::move(message.reply));
        if (recovering_)
            recovered_.emplace(from->of, std::move(added));
        else
            buffer_.push_back(std::move(added));
    } catch (std::bad_alloc const&) { // it is delivered again and then counts as new
        held_.erase(from->of);
        first_dropped_ = std::min(first_dropped_, from->of.sequence);
        throw;
    }
    if (recovering_)
        return;
    buffered_bytes_ += size;
    arrived_();
}

void nats_consumer::received_status(nats_message const& message) {
    auto const& pull = loop_.pull();
    if (!pull || message.subject != inbox_.subject() + "." + std::to_string(pull->number))
        return;
    auto const came = pull->came;
    end_pull();
    switch (message.status) {
    case 404:
    case 408:
        return;
    case 409:
        if (message.description.find("MaxBytes") != std::string::npos) {
            if (came == 0)
                max_bytes_ *= 2; // a message from before the limit was lowered
            return;
        }
        break;
    case 503:
        trouble("no responders");
        return;
    default:
        break;
    }
    trouble(message.description);
}

void nats_consumer::end_pull() {
    loop_.end_pull();
    if (state_ != state::reading)
        arrived_();
    wake_.interrupt();
}

void nats_consumer::link_changed() {
    loop_.link_changed();
    end_pull();
}

void nats_consumer::begin_pull(std::size_t batch) {
    auto const number = loop_.next_number();
    json::object const wanted{{"batch", batch},
                              {"expires", std::chrono::nanoseconds(pull_loop::pull_time).count()},
                              {"max_bytes", max_bytes_}};
    auto question =
        short_message("$JS.API.CONSUMER.MSG.NEXT." + options_.stream + "." + options_.durable, json_text(wanted));
    question.reply = inbox_.subject() + "." + std::to_string(number);
    std::vector<nats_message> messages;
    messages.push_back(std::move(question));
    connection_.send(std::move(messages));
    loop_.pulled(batch, time_.now());
}

void nats_consumer::send_acknowledgements() {
    if (done_.empty())
        return;
    std::vector<nats_message> messages;
    for (auto const& [place, reply] : done_)
        messages.push_back(short_message(reply, "+ACK"));
    connection_.send(std::move(messages));
    done_.clear();
}

void nats_consumer::keep_from_others() {
    std::vector<nats_message> messages;
    messages.reserve(held_.size());
    for (auto const& [place, reply] : held_)
        messages.push_back(short_message(reply, "+WPI"));
    connection_.send(std::move(messages));
}

void nats_consumer::trouble(std::string const& what) {
    loop_.failed(time_.now());
    note(what);
    wake_.interrupt();
}

void nats_consumer::note(std::string const& problem) {
    failures_.note(problem, [this](std::string const& line) { log(line); });
}

void nats_consumer::log(std::string const& what) const {
    if (options_.log)
        options_.log("NATS stream " + options_.stream + ", consumer " + options_.durable + ": " + what);
}

asio::awaitable<void> nats_consumer::run() {
    for (;;) {
        auto const step = loop_.next(view(), time_.now());
        bool const goes_on = co_await execute(step);
        if (!goes_on)
            co_return;
    }
}

pull_loop::view nats_consumer::view() const {
    pull_loop::view now;
    now.link = connection_.link();
    now.reading = state_ == state::reading;
    now.held = held_.size();
    now.done = done_.size();
    now.buffered = buffer_.size();
    now.buffered_bytes = buffered_bytes_;
    return now;
}

asio::awaitable<bool> nats_consumer::execute(pull_loop::step step) {
    bool sent = true;
    try {
        switch (step.what) {
        case pull_loop::action::acknowledge:
            send_acknowledgements();
            break;
        case pull_loop::action::keep:
            keep_from_others();
            break;
        case pull_loop::action::pull:
            begin_pull(step.batch);
            break;
        case pull_loop::action::prepare:
            co_await prepare();
            break;
        case pull_loop::action::wait:
            co_await wake_.until(step.until);
            break;
        case pull_loop::action::finish:
            co_await finish();
            co_return false;
        case pull_loop::action::stop:
            co_return false; // unacknowledged messages are delivered again
        }
    } catch (std::bad_alloc const&) {
        sent = false; // waits below: no co_await in a handler
    }
    if (!sent)
        co_await wake_.at_most(pause_without_memory);
    co_return true;
}

/// Sends the last acknowledgements; a message is delivered again if its acknowledgement is lost.
asio::awaitable<void> nats_consumer::finish() {
    try {
        send_acknowledgements();
        co_await connection_.flush();
    } catch (nats_error const&) {
    } catch (std::bad_alloc const&) {}
}

asio::awaitable<void> nats_consumer::prepare() {
    auto const link = connection_.link();
    std::string problem;
    try {
        if (options_.with_others == nats_consumer_options::sharing::exclusive)
            co_await recover();
        else
            co_await look_at_consumer();
    } catch (nats_error const& error) {
        problem = error.what();
    } catch (std::bad_alloc const& error) {
        problem = failure_reason(error);
    }
    if (!problem.empty()) {
        if (connection_.link() == link && state_ == state::reading)
            trouble(problem);
        co_return;
    }
    loop_.prepared(link);
    note({});
}

/// Number of messages in flight.
asio::awaitable<std::uint64_t> nats_consumer::look_at_consumer() {
    std::optional<json::object> info;
    json::object const nothing;
    try {
        info =
            co_await ask_jetstream(connection_, "CONSUMER.INFO." + options_.stream + "." + options_.durable, nothing);
    } catch (nats_error const& error) {
        if (error.code() != consumer_not_found)
            throw;
    }
    max_bytes_ = std::max({max_bytes_, min_pull_bytes, 2 * connection_.max_payload()});
    if (!info) {
        auto const made = co_await create_consumer();
        notice_anew(made);
        co_return 0;
    }
    notice_anew(*info);
    auto const* const found = info->if_contains("config");
    if (!found || !found->is_object())
        throw nats_error("the answer has no configuration");
    auto const& configuration = found->as_object();
    if (text_in(configuration, "ack_policy") != "explicit" || !text_in(configuration, "deliver_subject").empty())
        throw nats_error("the existing consumer is not a pull consumer with explicit acknowledgements");
    if (number_in(configuration, "max_deliver").value_or(0) > 0)
        throw nats_error("the existing consumer discards messages (max_deliver)");
    if (text_in(configuration, "filter_subject") != options_.filter)
        throw nats_error("the existing consumer filters '" + std::string(text_in(configuration, "filter_subject")) +
                         "'");
    if (auto const wait = number_in(configuration, "ack_wait").value_or(0); wait > 0)
        ack_wait_ = std::max(std::chrono::milliseconds(1),
                             std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::nanoseconds(wait)));
    loop_.set_ack_wait(ack_wait_);
    co_return static_cast<std::uint64_t>(std::max<std::int64_t>(number_in(*info, "num_ack_pending").value_or(0), 0));
}

asio::awaitable<json::object> nats_consumer::create_consumer() {
    json::object configuration{{"durable_name", options_.durable},
                               {"deliver_policy", "all"},
                               {"ack_policy", "explicit"},
                               {"ack_wait", std::chrono::nanoseconds(options_.ack_wait).count()},
                               {"max_deliver", -1},
                               {"replay_policy", "instant"},
                               {"max_ack_pending", options_.max_pending},
                               {"max_waiting", 512}};
    if (!options_.filter.empty())
        configuration["filter_subject"] = options_.filter;
    json::object wanted{{"stream_name", options_.stream}, {"config", std::move(configuration)}};
    auto made = co_await ask_jetstream(
        connection_, "CONSUMER.DURABLE.CREATE." + options_.stream + "." + options_.durable, std::move(wanted));
    ack_wait_ = options_.ack_wait;
    loop_.set_ack_wait(ack_wait_);
    co_return made;
}

/// Detects a recreated stream, whose sequence numbers start again and mean other messages.
void nats_consumer::notice_anew(json::object const& info) {
    auto const created = text_in(info, "created");
    if (!created_.empty() && created != created_) {
        held_.clear();
        recovered_.clear();
        done_.clear();
        last_taken_ = 0;
    }
    created_ = created;
}

/// Waits, before new messages, for those that other workers or an earlier link took and did not acknowledge. The server
/// delivers them again after `ack_wait`, in any order, before all others.
asio::awaitable<void> nats_consumer::recover() {
    auto const link = connection_.link();
    std::optional<steady_point> due;
    recovering_ = true;
    while (state_ == state::reading && connection_.link() == link) {
        send_acknowledgements();
        if (loop_.must_keep(held_.size(), time_.now()))
            keep_from_others();
        if (loop_.pull()) {
            co_await wake_.until(loop_.pull()->deadline);
            if (loop_.is_overdue(time_.now()))
                end_pull();
            continue;
        }
        auto const pending = co_await look_at_consumer();
        if (pending <= held_.size()) {
            while (!recovered_.empty()) { // resumable after a lack of memory
                auto const first = recovered_.begin();
                auto const size = size_of(first->second);
                buffer_.push_back(std::move(first->second));
                buffered_bytes_ += size;
                recovered_.erase(first);
            }
            recovering_ = false;
            if (!buffer_.empty())
                arrived_();
            co_return;
        }
        if (!due)
            due = time_.now() + ack_wait_ + 1s;
        if (time_.now() >= *due)
            begin_pull(static_cast<std::size_t>(pending) - held_.size());
        else
            co_await wake_.until(
                std::min(*due, time_.now() + std::min<std::chrono::milliseconds>(ack_wait_ / 3, 500ms)));
    }
    throw nats_error("interrupted");
}

} // namespace rulehost
