#include "input/nats_source.hpp"

#include "event/line_framer.hpp"
#include "nats/jetstream.hpp"
#include "text/assertion.hpp"
#include "text/failure_log.hpp"
#include "text/failure_reason.hpp"

#include <algorithm>
#include <new>
#include <random>
#include <ranges>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t max_batch_bytes = 4u << 20;
constexpr std::size_t max_partition_size = 4096; // a new owner holds them all in memory to sort them

std::string random_token() {
    std::random_device entropy;
    std::string token;
    for (int digit = 0; digit < 16; ++digit)
        token += "0123456789abcdef"[entropy() % 16];
    return token;
}

} // namespace

nats_source::nats_source(asio::any_io_executor executor, nats_connection& connection, time_source& time,
                         nats_source_options options)
    : executor_(std::move(executor)),
      connection_(connection),
      time_(time),
      options_(std::move(options)),
      name_("nats:" + options_.stream + "/" + options_.durable),
      stopping_(time_),
      tasks_(executor_) {
    if (auto const why = why_invalid(options_); !why.empty())
        throw std::invalid_argument("the NATS input " + why);
}

nats_source::~nats_source() = default;

asio::awaitable<std::optional<event_batch>> nats_source::next() {
    for (;;) {
        for (auto each = lanes_.begin(); each != lanes_.end(); ++each) {
            if ((*each)->consumer->is_empty())
                continue;
            auto batch = batch_of(*each);
            lanes_.splice(lanes_.end(), lanes_, each); // round robin
            co_return batch;
        }
        if (is_ended())
            co_return std::nullopt;
        co_await arrived_.wait();
    }
}

bool nats_source::is_ended() const {
    return stopped_ &&
        std::ranges::all_of(lanes_, [](auto const& each) { return !each->running || each->consumer->is_ended(); });
}

event_batch nats_source::batch_of(std::shared_ptr<lane> const& from) {
    auto const count = from->consumer->count_next(options_.fetch, max_batch_bytes);
    auto const taken =
        std::ranges::take_view(std::views::all(from->consumer->waiting()), static_cast<std::ptrdiff_t>(count));
    event_batch batch;
    batch.number = ++last_batch_;
    std::size_t size = 0;
    for (auto const& each : taken)
        size += each.payload.size() + each.subject.size();
    batch.bytes = size;
    batch.memory.reserve(size);
    batch.lines.reserve(count);
    auto const kept = [&batch](std::string_view text) {
        auto const begin = batch.memory.size();
        batch.memory.insert(batch.memory.end(), text.begin(), text.end());
        return std::string_view(batch.memory.data() + begin, text.size());
    };
    handed_out given{batch.number, from, {}};
    given.messages.reserve(count);
    for (auto const& each : taken) {
        std::string_view text = each.payload;
        if (text.ends_with('\n'))
            text.remove_suffix(1);
        if (text.ends_with('\r'))
            text.remove_suffix(1);
        line_shortener shortener(line_framer::max_line_size);
        auto& line = batch.lines.emplace_back();
        line.number = line.sequence = each.place.sequence;
        line.truncated = text.size() > line_framer::max_line_size;
        if (line.truncated) {
            shortener.feed(text);
            text = shortener.text();
        }
        line.text = kept(text);
        line.topic = kept(each.subject);
        given.messages.push_back(each.place);
    }
    handed_out_.push_back(std::move(given));
    from->consumer->take(count); // last: nothing is taken if memory runs out above
    return batch;
}

void nats_source::acknowledge(std::uint64_t number) noexcept {
    while (!handed_out_.empty() && handed_out_.front().number <= number) {
        handed_out_.front().from->consumer->acknowledge(handed_out_.front().messages);
        handed_out_.pop_front();
    }
}

asio::awaitable<void> nats_source::run() {
    RULEHOST_ASSERT(!started_);
    started_ = true;
    if (options_.partitions == 0)
        tasks_.spawn("NATS consumer", run_lane(open_lane(0)));
    else
        tasks_.spawn("NATS partitions", hold_partitions());
    co_await tasks_.join();
}

void nats_source::stop() {
    stopped_ = true;
    for (auto const& each : lanes_)
        each->consumer->stop();
    stopping_.interrupt();
    arrived_.notify();
}

std::shared_ptr<nats_source::lane> nats_source::open_lane(std::size_t partition) {
    nats_consumer_options reading;
    reading.stream = options_.stream;
    reading.durable = options_.durable;
    reading.filter = options_.subject;
    reading.ack_wait = options_.ack_wait;
    reading.fetch = options_.fetch;
    reading.max_unacknowledged = options_.max_unacknowledged;
    reading.log = options_.log;
    if (options_.partitions != 0) {
        reading.durable += "_" + std::to_string(partition);
        if (auto const at = reading.filter.find(partition_placeholder); at != reading.filter.npos)
            reading.filter.replace(at, partition_placeholder.size(), std::to_string(partition));
        reading.with_others = nats_consumer_options::sharing::exclusive;
        reading.max_unacknowledged = std::min(reading.max_unacknowledged, max_partition_size);
        reading.max_pending = reading.max_unacknowledged + reading.fetch;
    }
    auto added = std::make_shared<lane>();
    added->partition = partition;
    added->consumer =
        std::make_unique<nats_consumer>(connection_, time_.source(), std::move(reading), [this] { arrived_.notify(); });
    lanes_.push_back(added);
    if (stopped_)
        added->consumer->stop();
    return added;
}

asio::awaitable<void> nats_source::run_lane(std::shared_ptr<lane> which) {
    co_await which->consumer->run();
    which->running = false;
    if (options_.partitions != 0) {
        lanes_.remove(which);
        ended_.push_back(which->partition);
    }
    stopping_.interrupt();
    arrived_.notify();
}

std::vector<std::size_t> nats_source::partitions() const {
    std::vector<std::size_t> numbers;
    for (auto const& each : lanes_)
        if (each->leased)
            numbers.push_back(each->partition);
    std::ranges::sort(numbers);
    return numbers;
}

asio::awaitable<void> nats_source::hold_partitions() {
    nats_lease_options wanted;
    wanted.bucket = options_.durable + "_leases";
    wanted.group = options_.stream;
    wanted.former_stream = options_.durable + "_LEASES";
    wanted.former_subject = "rulehost.lease." + options_.stream + "." + options_.durable;
    wanted.worker = random_token();
    wanted.partitions = options_.partitions;
    wanted.duration = options_.lease;
    nats_leases leases(connection_, time_.source(), wanted);
    failure_log failures(
        {.before = "no partitions: ", .after = "; retrying", .works = "partitions are shared out again"});
    for (;;) {
        if (stopped_ && lanes_.empty())
            break;
        std::string problem;
        try {
            auto const taking = stopped_ ? nats_leases::taking::nothing : nats_leases::taking::share;
            if (!stopped_ || connection_.link() != 0)
                co_await leases.refresh(taking);
            co_await share_out(leases);
        } catch (nats_error const& error) {
            problem = error.what();
        } catch (std::bad_alloc const& error) {
            problem = failure_reason(error);
        }
        if (problem.empty() || connection_.link() != 0)
            failures.note(problem, [this](std::string const& line) { log(line); });
        if (!problem.empty()) {
            // Another worker may own these partitions now.
            auto const ours = leases.held();
            for (auto const& each : lanes_)
                if (each->leased && !std::ranges::binary_search(ours, each->partition)) {
                    each->leased = false;
                    each->consumer->abandon();
                }
        }
        if (!stopped_ || !lanes_.empty())
            co_await stopping_.at_most(leases.interval());
    }
    std::string problem; // ignored: the lease expires by itself
    try {
        co_await share_out(leases);
        co_await leases.leave();
    } catch (nats_error const& error) {
        problem = error.what();
    }
}

/// Makes the lanes follow the leases.
asio::awaitable<void> nats_source::share_out(nats_leases& leases) {
    auto const ours = leases.held();
    std::size_t reading = 0;
    for (auto const& each : std::vector(lanes_.begin(), lanes_.end())) {
        if (each->leased && !std::ranges::binary_search(ours, each->partition)) {
            each->leased = false;
            each->consumer->abandon();
        } else if (each->leased && !each->consumer->is_ended() && ++reading > leases.share()) {
            each->consumer->stop(); // the partition is released once everything is acknowledged
        }
    }
    for (auto const partition : ours) {
        bool const open =
            std::ranges::any_of(lanes_, [&](auto const& each) { return each->leased && each->partition == partition; });
        if (open)
            continue;
        // Lost, or its lane is not open yet.
        if (stopped_ || std::ranges::find(ended_, partition) != ended_.end())
            co_await leases.release(partition);
        else
            tasks_.spawn("NATS partition", run_lane(open_lane(partition)));
    }
    ended_.clear();
}

void nats_source::log(std::string const& what) const {
    if (options_.log)
        options_.log("NATS stream " + options_.stream + ", consumer " + options_.durable + ": " + what);
}

} // namespace rulehost
