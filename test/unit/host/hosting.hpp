#pragma once

#include <rulehost/host.hpp>

#include "async/notification.hpp"
#include "support/temporary_directory.hpp"
#include "support/virtual_loop.hpp"

#include <rulehost/database_rule_store.hpp>
#include <rulehost/rule_reader.hpp>

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

using namespace rulehost;
namespace asio = boost::asio;

namespace rulehost::test {

inline constexpr auto rule = R"(rule_id: R1
name: a rule
applies_to: [command]
match: {pattern: wget}
emits: [{technique_id: T1105, tactic: TA0011, confidence: 0.9}]
)";

class collecting_sink final : public tag_sink {
public:
    asio::awaitable<void> write(std::vector<tag> const& tags) override {
        collected.insert(collected.end(), tags.begin(), tags.end());
        co_return;
    }
    std::vector<tag> collected;
};

/// A sink that never takes tags.
class stuck_sink final : public tag_sink {
public:
    explicit stuck_sink(notification& never) : never_(never) {}
    asio::awaitable<void> write(std::vector<tag> const&) override { co_await never_.wait(); }

private:
    notification& never_;
};

/// Collects spans, with their attributes as text.
class remembered_spans final : public tracer {
public:
    struct span {
        std::string name;
        std::uint64_t id = 0;
        std::uint64_t parent = 0;
        std::uint64_t trace = 0;
        std::map<std::string, std::string> attributes;
    };

    span_id begin(span_id parent) override {
        ++last_;
        return {1, parent.is_recorded() ? parent.trace_low : last_, last_};
    }
    void end(span_id which, span_id parent, std::string_view name, time_point, time_point,
             std::span<span_attribute const> attributes) noexcept override {
        auto& added = ended.emplace_back(std::string(name), which.span, parent.span, which.trace_low);
        for (auto const& [key, value] : attributes) {
            auto const as_text = [](auto const& of) {
                std::ostringstream text;
                text << of;
                return text.str();
            };
            added.attributes.emplace(key, std::visit(as_text, value));
        }
    }
    std::vector<span> named(std::string_view name) const {
        std::vector<span> found;
        std::ranges::copy_if(ended, std::back_inserter(found), [&](span const& each) { return each.name == name; });
        return found;
    }
    span only(std::string_view name) const {
        auto const found = named(name);
        BOOST_REQUIRE_MESSAGE(found.size() == 1, found.size() << " spans " << name);
        return found.front();
    }

    std::vector<span> ended;

private:
    std::uint64_t last_ = 0;
};

inline event typed_command(std::string id, std::string text = "wget http://192.0.2.1/x") {
    event result;
    result.source_kind = "command";
    result.source_id = std::move(id);
    result.attacker_uuid = "a";
    result.payload["command_text"] = std::move(text);
    return result;
}

struct hosting : test::virtual_loop {
    hosting() {
        directory.write("rules/R1.yaml", rule);
        options.rules = directory / "rules";
        options.printed = &printed;
        options.log = [this](log_level, std::string const& line) { logged.push_back(line); };
    }

    ~hosting() {
        if (!subject)
            return;
        subject->stop();
        wait();
        BOOST_TEST(!running);
    }

    void start() {
        subject = std::make_unique<host>(loop.get_executor(), loop.get_executor(), time, options);
        running = true;
        asio::co_spawn(loop, subject->run(), [this](std::exception_ptr e) {
            problem = e;
            running = false;
        });
        wait();
    }

    void wait() { time.advance(std::chrono::seconds{10}); }

    static std::string line(std::string const& id) {
        return R"({"source_kind":"command","source_id":")" + id +
            R"(","attacker_uuid":"a","payload":{"command_text":"wget x"}})" + "\n";
    }

    test::temporary_directory directory;
    host_options options;
    collecting_sink printed;
    std::unique_ptr<host> subject;
    std::vector<std::string> logged;
    bool running = false;
    std::exception_ptr problem;
};

} // namespace rulehost::test
