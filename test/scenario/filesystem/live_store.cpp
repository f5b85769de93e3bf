#include "scenario/filesystem/live_store.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <utility>

namespace rulehost::test {

namespace asio = boost::asio;

live_store::live_store() {
    std::filesystem::create_directory(root / "rules");
}

live_store::~live_store() {
    if (!tasks_)
        return;
    tasks_->cancel();
    bool joined = false;
    asio::co_spawn(loop, tasks_->join(), [&](std::exception_ptr problem) {
        BOOST_CHECK(!problem);
        joined = true;
    });
    while (!joined) {
        loop.restart();
        loop.run_one();
    }
}

void live_store::follow(std::filesystem::path const& path) {
    directory_ = root / path;
    filesystem_store_options options;
    options.allow_deletions = true; // the guard has its own tests
    options.directory = directory_;
    options.rescan = std::chrono::hours{1};
    options.report = [this](diagnostic const& finding) { findings.push_back(finding); };
    store = std::make_unique<filesystem_rule_store>(loop.get_executor(), time, std::move(options));
    tasks_.emplace(loop.get_executor());
    tasks_->spawn("reader", read(store->subscribe_changes(100'000)));
    tasks_->spawn("store", store->run());
    loop.poll();
}

asio::awaitable<void> live_store::read(change_subscription from) {
    for (;;) {
        auto const taken = co_await from.next();
        auto const* const change = std::get_if<rule_change>(&taken);
        BOOST_REQUIRE(change);
        auto const& definition = change->definition();
        if (!definition) {
            seen.push_back("-" + change->rule_id);
            continue;
        }
        auto const begin = definition->text.find('\'') + 1;
        seen.push_back("+" + change->rule_id + "=" +
                       definition->text.substr(begin, definition->text.find('\'', begin) - begin));
    }
}

live_store::lines live_store::changes() {
    // Sorts behind every other rule that arrives together with it.
    auto const mark = "zz_mark_" + std::to_string(marks_++);
    auto const marked = [&] { return std::ranges::find(seen, "+" + mark + "=wget") != seen.end(); };
    auto const text = rule_text(mark);
    std::ofstream(directory_ / (mark + ".yaml")) << text;
    run_until(marked);
    lines result;
    std::ranges::copy_if(std::exchange(seen, {}), std::back_inserter(result),
                         [](std::string const& line) { return line.find("zz_mark_") == std::string::npos; });
    return result;
}

void live_store::replace(std::string const& name, std::string const& text) const {
    write(name + ".tmp", text);
    root.rename("rules/" + name + ".tmp", "rules/" + name);
}

live_store::lines live_store::quarantined() {
    lines result;
    for (auto const& each : load().quarantine)
        result.push_back(std::filesystem::path(each.path).lexically_relative(directory_).string() +
                         (each.last_known_good ? " *" : ""));
    return result;
}

} // namespace rulehost::test
