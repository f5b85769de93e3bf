// A sensor pipeline that embeds the whole host: it evaluates events, follows the rules of a directory, and reports the
// tags. Time is virtual, so four hours take no time.
#include <rulehost/host.hpp>
#include <rulehost/task_group.hpp>
#include <rulehost/virtual_time.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

// An attacker types the same command once an hour.
asio::awaitable<void> run_sensor(rulehost::host& host, rulehost::time_source& time) {
    for (int hour = 0; hour < 6; ++hour) {
        rulehost::event event;
        event.source_kind = "command";
        event.source_id = "cmd_" + std::to_string(hour);
        event.attacker_uuid = "6f1e5dfc-5f0f-5d0e-9a3c-2b8f3f0f9c11";
        event.payload["command_text"] = "find / -perm -4000 -type f";
        auto const tags = co_await host.evaluate(std::move(event));
        std::cout << "hour " << hour << ": " << tags.value().size() << " tags\n";
        co_await time.sleep_until(time.now() + 1h);
    }
    host.stop();
}

asio::awaitable<void> run_operator(rulehost::host& host, rulehost::time_source& time) {
    co_await time.sleep_until(time.now() + 30min);
    rulehost::rule_state quiet(rulehost::rule_status::disabled);
    quiet.reason = "noisy";
    quiet.expires_at = time.now() + 4h;
    co_await host.set_state("R0015", std::move(quiet), "operator");
}

asio::awaitable<void> print(rulehost::bus_subscription messages) {
    while (auto const message = co_await messages.next())
        std::cout << message->topic << '\n';
}

} // namespace

int main() {
    auto const directory = std::filesystem::temp_directory_path() / "rulehost-embedding";
    std::filesystem::create_directories(directory);
    std::ofstream(directory / "R0015.yaml") << R"(
rule_id: R0015
name: suid_search
applies_to: [command]
match: {field: command_text, pattern: '\bfind\b.*-perm\s+(?:-?u\+?=s|-?4000|/4000)'}
emits: [{tactic: TA0004, technique_id: T1548, sub_technique_id: T1548.001, confidence: 0.95}]
)";

    asio::io_context loop{1};
    rulehost::virtual_time time(loop);
    rulehost::host_options options;
    options.rules = directory;
    rulehost::host host(loop.get_executor(), loop.get_executor(), time, options);
    rulehost::task_group tasks(loop.get_executor());
    tasks.spawn("listener", print(host.subscribe("ttp.rule.>")));
    tasks.spawn("host", host.run());
    tasks.spawn("sensor", run_sensor(host, time));
    tasks.spawn("operator", run_operator(host, time));
    time.advance(24h);
    tasks.cancel(); // the listener
    time.settle();
    std::filesystem::remove_all(directory);
}
