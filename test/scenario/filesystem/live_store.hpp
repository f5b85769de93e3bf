#pragma once

#include "support/driven_loop.hpp"
#include "support/rule_text.hpp"
#include "support/temporary_directory.hpp"

#include <rulehost/filesystem_rule_store.hpp>
#include <rulehost/task_group.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rulehost::test {

/// A filesystem store on a real directory with the kernel's hints: base class of the scenarios. Rescans are so rare
/// that a change in time is due to a hint. Nothing sleeps: the loop runs until the expected changes arrive, with one
/// deadline for everything.
class live_store : public driven_loop {
public:
    using lines = std::vector<std::string>;

    live_store();
    ~live_store() override;

    /// Opens the store on `path` below `root` and follows it.
    void follow(std::filesystem::path const& path = "rules");

    /// Runs the loop until `done`; fails the test after the deadline.
    template <class Predicate>
    void run_until(Predicate done) {
        while (!done()) {
            BOOST_REQUIRE_MESSAGE(std::chrono::steady_clock::now() < deadline_, "the deadline has passed");
            loop.restart();
            loop.run_one_for(std::chrono::milliseconds{50});
        }
    }

    /// Waits for the effects of all earlier writes, and returns the changes since the last call: `+R1=pattern` defined,
    /// `-R1` deleted. (Writes a marker rule and waits for it: hints come in order.)
    lines changes();

    void write(std::string const& name, std::string const& text) const { root.write("rules/" + name, text); }
    /// Saves like careful programs: writes another file, then renames it.
    void replace(std::string const& name, std::string const& text) const;

    rule_snapshot load() { return run(store->load_compiled()); }
    lines quarantined(); ///< paths, relative to the directory

    temporary_directory root;
    system_time_source time;
    std::vector<diagnostic> findings;
    std::unique_ptr<filesystem_rule_store> store;
    lines seen;

private:
    void drive(bool const& done) override {
        run_until([&] { return done; });
    }
    boost::asio::awaitable<void> read(change_subscription from);

    std::filesystem::path directory_;
    std::chrono::steady_clock::time_point const deadline_ = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    std::optional<task_group> tasks_;
    int marks_ = 0;
};

} // namespace rulehost::test
