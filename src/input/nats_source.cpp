#include "input/nats_source.hpp"

#include "event/line_framer.hpp"
#include "nats/jetstream.hpp"
#include "text/assertion.hpp"
#include "text/failure_reason.hpp"
#include "text/number.hpp"

#include <boost/url/decode_view.hpp>
#include <boost/url/pct_string_view.hpp>

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
constexpr std::size_t max_partitions = 256;
constexpr std::size_t max_partition_size = 4096; // a new owner holds them all in memory to sort them
constexpr std::string_view placeholder = "{partition}";

std::string random_token() {
    std::random_device entropy;
    std::string token;
    for (int digit = 0; digit < 16; ++digit)
        token += "0123456789abcdef"[entropy() % 16];
    return token;
}

template <class T>
bool read_number(std::string_view text, T least, T most, T& value) {
    auto const parsed = parse_number<T>(text);
    if (!parsed || *parsed < least || *parsed > most)
        return false;
    value = *parsed;
    return true;
}

bool read_duration(std::string_view text, std::chrono::milliseconds& value) {
    std::int64_t unit = 1000;
    if (text.ends_with("ms")) {
        unit = 1;
        text.remove_suffix(2);
    } else if (text.ends_with("m")) {
        unit = 60'000;
        text.remove_suffix(1);
    } else if (text.ends_with("s")) {
        text.remove_suffix(1);
    }
    std::int64_t count = 0;
    if (!read_number<std::int64_t>(text, 1, 1'000'000, count) || count * unit < 100 || count * unit > 86'400'000)
        return false;
    value = std::chrono::milliseconds(count * unit);
    return true;
}

/// The error in the value; empty: none.
std::string read_option(std::string_view key, std::string const& value, nats_url& parsed) {
    auto& options = parsed.source;
    if (key == "credentials" || key == "ca" || key == "certificate" || key == "key") {
        auto& to = parsed.connection;
        auto& file = key == "credentials" ? to.credentials
            : key == "ca"                 ? to.ca_file
            : key == "certificate"        ? to.certificate_file
                                          : to.key_file;
        file = value;
        return value.empty() ? "must name a file" : "";
    }
    if (key == "durable") {
        options.durable = value;
        return is_jetstream_name(value) ? "" : "is not a name of a consumer";
    }
    if (key == "subject") {
        options.subject = value;
        bool const printable =
            std::ranges::all_of(value, [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7F; });
        return printable ? "" : "is not a subject";
    }
    if (key == "partitions")
        return read_number<std::size_t>(value, 0, max_partitions, options.partitions) ? "" : "must be 0 to 256";
    if (key == "fetch")
        return read_number<std::size_t>(value, 1, 10'000, options.fetch) ? "" : "must be 1 to 10000";
    if (key == "unacknowledged")
        return read_number<std::size_t>(value, 1, 1'000'000, options.max_unacknowledged) ? "" : "must be 1 to 1000000";
    if (key == "ack_wait")
        return read_duration(value, options.ack_wait) ? "" : "must be 100ms to a day, such as 30s";
    if (key == "lease")
        return read_duration(value, options.lease) ? "" : "must be 100ms to a day, such as 6s";
    return "is unknown; known are durable, subject, partitions, ack_wait, lease, fetch, unacknowledged, credentials, "
           "ca, "
           "certificate "
           "and key";
}

/// The contradiction between options; empty: none.
std::string problem_of(nats_source_options const& options) {
    if (!is_jetstream_name(options.stream))
        return "names no stream: nats://host:port/STREAM";
    bool const placed = options.subject.find(placeholder) != std::string::npos;
    if (options.partitions > 1 && !placed)
        return "has partitions: its subject must contain {partition}";
    if (options.partitions == 0 && placed)
        return "has {partition} in its subject: set the option partitions";
    return {};
}

} // namespace

boost::system::result<nats_url, std::string> parse_nats_url(std::string_view url) {
    nats_url parsed;
    auto const scheme_end = url.find("://");
    auto const scheme = url.substr(0, scheme_end == url.npos ? 0 : scheme_end + 3);
    if (scheme != "nats://" && scheme != "tls://")
        return std::string("does not begin with nats:// or tls://");
    url.remove_prefix(scheme.size());
    auto const query = url.find('?');
    auto const path = url.substr(0, query).rfind('/'); // a password may hold one
    if (path == url.npos)
        return std::string("names no stream: nats://host:port/STREAM");
    auto servers = url.substr(0, path);
    parsed.source.stream = url.substr(path + 1, query == url.npos ? query : query - path - 1);

    // The account of the first server applies to all.
    auto const at = servers.rfind('@', servers.find(','));
    std::string const account(at == servers.npos ? std::string_view() : servers.substr(0, at + 1));
    if (at != servers.npos)
        servers.remove_prefix(at + 1);
    while (!servers.empty()) {
        auto const comma = servers.find(',');
        auto const host = servers.substr(0, comma);
        if (host.empty())
            return std::string("has an empty server");
        std::string const shared = host.find('@') == host.npos ? account : std::string();
        parsed.connection.servers.push_back(std::string(scheme) + shared + std::string(host));
        servers.remove_prefix(comma == servers.npos ? servers.size() : comma + 1);
    }
    if (parsed.connection.servers.empty())
        return std::string("names no server");
    if (query != url.npos) {
        for (auto rest = url.substr(query + 1); !rest.empty();) {
            auto const each = rest.substr(0, rest.find('&'));
            rest.remove_prefix(std::min(rest.size(), each.size() + 1));
            auto const equals = each.find('=');
            std::string const key(each.substr(0, equals));
            // Subjects hold characters that a URL should escape: accepted while unambiguous.
            auto const value =
                boost::urls::make_pct_string_view(equals == each.npos ? std::string_view() : each.substr(equals + 1));
            if (!value)
                return "has the option " + key + ", which is badly escaped";
            if (auto const why = read_option(key, std::string(value->decode()), parsed); !why.empty())
                return "has the option " + key + ", which " + why;
        }
    }
    if (auto const why = problem_of(parsed.source); !why.empty())
        return why;
    return parsed;
}

nats_source::nats_source(asio::any_io_executor executor, nats_connection& connection, time_source& time,
                         nats_source_options options)
    : executor_(std::move(executor)),
      connection_(connection),
      time_(time),
      options_(std::move(options)),
      name_("nats:" + options_.stream + "/" + options_.durable),
      stopping_(time_),
      tasks_(executor_) {
    if (auto const why = problem_of(options_); !why.empty())
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
        if (auto const at = reading.filter.find(placeholder); at != reading.filter.npos)
            reading.filter.replace(at, placeholder.size(), std::to_string(partition));
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
    bool failing = false;
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
        if (!problem.empty()) {
            if (connection_.link() != 0 && !std::exchange(failing, true))
                log("no partitions: " + problem + "; retrying");
            // Another worker may own these partitions now.
            auto const ours = leases.held();
            for (auto const& each : lanes_)
                if (each->leased && !std::ranges::binary_search(ours, each->partition)) {
                    each->leased = false;
                    each->consumer->abandon();
                }
        } else if (std::exchange(failing, false)) {
            log("partitions are shared out again");
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
