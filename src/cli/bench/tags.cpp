#include "cli/bench/bench.hpp"
#include "cli/data_output.hpp"
#include "cli/one_shot.hpp"
#include "cli/value_checks.hpp"
#include "delivery/tag_writer.hpp"
#include "sql/session/session.hpp"

#include <rulehost/task_group.hpp>
#include <rulehost/worker_threads.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <exception>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

struct bench_options {
    std::string store;
    std::uint64_t tags = 400'000;
    std::uint64_t batch = 500;
    bool outbox = false;
};

constexpr unsigned rules = 300;

std::string rule_name(std::uint64_t number) {
    return "BENCH-" + std::to_string(number);
}

/// Tags like those of a fleet of honeypots: thousands of attackers, ids that repeat in random order.
class tag_generator {
public:
    explicit tag_generator(std::uint64_t seed) : random_(seed) {
        for (int i = 0; i < 2000; ++i)
            attackers_.push_back(to_text(random_(), random_()));
    }

    tag next() {
        tag made;
        made.source_kind = "command";
        made.source_id = to_text(random_(), ++number_);
        made.session_id = to_text(number_ / 20, 0).substr(0, 12);
        made.decky_id = "decky-" + std::to_string(random_() % 40);
        made.observed_at =
            time_point(std::chrono::microseconds{1'767'225'500'000'000 + static_cast<std::int64_t>(number_)});
        auto const attacker = random_() % attackers_.size();
        made.attacker_uuid = attackers_[attacker];
        made.src_ip = "198.18." + std::to_string(attacker / 250) + "." + std::to_string(attacker % 250);
        made.src_port = static_cast<std::uint16_t>(random_());
        made.tactic = "TA0007";
        made.tactic_name = "Discovery";
        made.technique_name = "File and Directory Discovery";
        made.rule_name = "files_with_rights_of_others";
        made.revision = 300;
        made.input = "/var/log/cowrie/cowrie.json";
        made.line = number_;
        made.technique_id = "T" + std::to_string(1000 + random_() % 400);
        made.confidence = 0.85;
        made.rule_id = rule_name(random_() % rules);
        made.rule_version = 1;
        made.evidence["command_text"] = "find / -perm -4000 -type f 2>/dev/null; cat /proc/cpuinfo | grep name | wc -l";
        made.evidence["user"] = "root";
        made.evidence["pwd"] = "/root";
        made.attack_release = "18.1";
        made.created_at =
            time_point(std::chrono::microseconds{1'767'225'600'000'000 + static_cast<std::int64_t>(number_)});
        made.uuid = tag_uuid(made.source_kind, made.source_id, made.rule_id, made.rule_version, made.technique_id, {});
        return made;
    }

private:
    static std::string to_text(std::uint64_t high, std::uint64_t low) {
        constexpr char digits[] = "0123456789abcdef";
        std::string text;
        for (int i = 0; i < 32; ++i) {
            if (i == 8 || i == 12 || i == 16 || i == 20)
                text += '-';
            text += digits[(i < 16 ? high >> (4 * i) : low >> (4 * (i - 16))) & 0xf];
        }
        return text;
    }

    std::mt19937_64 random_;
    std::uint64_t number_ = 0;
    std::vector<std::string> attackers_;
};

struct measured {
    double seconds = 0;
    double cpu_seconds = 0;         ///< of the process
    double second_half_seconds = 0; ///< the indexes are larger then
    std::uint64_t stored = 0;
    std::uint64_t stored_at_half = 0; ///< 0: the run ended before the first check
};

asio::awaitable<void> feed(tag_writer& writer, bench_options const& options, std::uint64_t seed, task_group& tasks,
                           measured& result) {
    tag_generator generated(seed);
    using clock = std::chrono::steady_clock;
    std::vector<tag_batch> batches;
    auto const begin = clock::now();
    auto const cpu_begin = std::clock();
    auto half = begin;
    for (std::uint64_t done = 0; done < options.tags;) {
        tag_batch batch;
        for (; batch.tags.size() < options.batch && done < options.tags; ++done)
            batch.tags.push_back(generated.next());
        batch.position = input_position{"bench", std::to_string(done)};
        co_await writer.enqueue(std::move(batch));
        if (half == begin && writer.counts().stored >= options.tags / 2) {
            half = clock::now();
            result.stored_at_half = writer.counts().stored;
        }
    }
    co_await writer.drain();
    auto const seconds = [](auto length) { return std::chrono::duration<double>(length).count(); };
    result.seconds = seconds(clock::now() - begin);
    result.cpu_seconds = static_cast<double>(std::clock() - cpu_begin) / CLOCKS_PER_SEC;
    result.second_half_seconds = seconds(clock::now() - half);
    result.stored = writer.counts().stored;
    tasks.cancel();
}

exit_code bench(bench_options const& options) {
    session cleaning(
        parse_database_url(options.store)); // checked here, because the writer would wait for a missing database
    asio::io_context loop{1};
    worker_threads database{4};
    system_time_source time;
    tag_writer_options writing;
    writing.database = options.store;
    writing.outbox = options.outbox;
    tag_writer writer(loop.get_executor(), database.get_executor(), time, std::move(writing));
    measured result;
    auto const seed = std::uint64_t{std::random_device{}()}; // avoids duplicates in a second run on the same database
    auto measure = [&]() -> asio::awaitable<void> {
        std::vector<std::string> none;
        none.push_back("bench");
        co_await writer.positions(std::move(none)); // connects
        task_group tasks(loop.get_executor());
        tasks.spawn("writer", writer.run());
        tasks.spawn("tags", feed(writer, options, seed, tasks, result));
        co_await tasks.join();
    };
    std::exception_ptr problem;
    asio::co_spawn(loop, measure(), [&](std::exception_ptr e) { problem = e; });
    loop.run();
    database.join();
    if (problem)
        std::rethrow_exception(problem);

    boost::json::object line;
    line["bench"] = "tags";
    line["store"] = parse_database_url(options.store).display();
    line["tags"] = result.stored;
    line["batch"] = options.batch;
    line["outbox"] = options.outbox;
    line["seconds"] = result.seconds;
    line["cpu_seconds"] = result.cpu_seconds;
    line["tags_per_second"] = static_cast<std::uint64_t>(static_cast<double>(result.stored) / result.seconds);
    if (result.stored_at_half > 0)
        line["second_half_tags_per_second"] = static_cast<std::uint64_t>(
            static_cast<double>(result.stored - result.stored_at_half) / result.second_half_seconds);
    data_output output;
    output.write(line);
    output.flush();

    // One rule at a time: one large deletion would block the server for long.
    for (unsigned rule = 0; rule < rules; ++rule)
        cleaning.execute("DELETE FROM ttp_tag WHERE rule_id = :1", {rule_name(rule)});
    cleaning.execute("DELETE FROM ttp_input_position WHERE input = 'bench'");
    if (options.outbox)
        cleaning.execute("DELETE FROM ttp_outbox WHERE payload LIKE '%\"BENCH-%' OR topic = 'ttp.tagged'");
    return exit_code::ok;
}

} // namespace

void add_bench_tags(CLI::App& bench_command, exit_code& result) {
    auto const options = std::make_shared<bench_options>();
    auto* const command = bench_command.add_subcommand(
        "tags", "Measure how many generated tags a second a store takes, with all indexes");
    add_store_option(*command, options->store)->required();
    command->add_option("--tags", options->tags, "How many")
        ->capture_default_str()
        ->transform(as_number(std::uint64_t{1}, std::uint64_t{100'000'000}));
    command->add_option("--batch", options->batch, "Number of tags in a batch of an input")
        ->capture_default_str()
        ->transform(as_number(std::uint64_t{1}, std::uint64_t{10'000}));
    command->add_flag("--outbox", options->outbox, "With their messages, which are not published");
    command->footer("Example: rulehost bench tags --store sqlite:/tmp/bench.db\n"
                    "Use a separate database: the tags and all messages about tags are removed at the end.");
    command->callback([options, &result] { result = bench(*options); });
}

} // namespace rulehost::cli
