#pragma once

#include "support/virtual_loop.hpp"

#include <rulehost/rule_store.hpp>
#include <rulehost/task_group.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rulehost::test {

/// The ids of the rules of `snapshot`, in its order.
inline std::vector<std::string> ids(rule_snapshot const& snapshot) {
    std::vector<std::string> result;
    for (auto const& rule : snapshot.rules)
        result.push_back(rule->definition().rule_id);
    return result;
}

/// A kind of rule_store for the conformance suite: a fresh, empty store on virtual time, and the controls that the
/// suite needs. To add a backend, derive from this class and list it in backends().
class backend {
public:
    explicit backend(virtual_loop& loop) : loop_(loop) {}
    backend(backend const&) = delete;
    backend& operator=(backend const&) = delete;
    virtual ~backend() = default;

    virtual rule_store& store() = 0;

    /// Makes `text` the text of the rule, as its author or another program would; it may be invalid. Returns once the
    /// store has read it.
    virtual void write_rule(std::string const& rule_id, std::string const& text) = 0;
    virtual void delete_rule(std::string const& rule_id) = 0;
    /// The same for a list; `values` is JSON or invalid.
    virtual void write_list(std::string const& name, std::string const& values) = 0;
    virtual void delete_list(std::string const& name) = 0;

    /// Destroys the store and makes a new one on the same data. Only while it does not run.
    virtual void reopen() = 0;

    /// Makes every write of a state fail until `mend_writes`.
    virtual void break_writes() = 0;
    virtual void mend_writes() = 0;

    /// The clock of expiries.
    virtual time_point now() const { return loop_.time.now(); }
    /// Runs the loop until nothing is pending. Time does not move.
    virtual void settle() { loop_.time.settle(); }

    /// Runs the store's `run()` until `stop`. A derived class stops it before it destroys the store.
    void start();
    void stop();

    virtual_loop& loop() const { return loop_; }

    // Actions of tests.
    rule_snapshot load();
    rule_state get(std::string rule_id);
    rule_state set(std::string rule_id, rule_state state, std::optional<revision> expected = {},
                   std::string by = "ops");
    rule_state clear(std::string rule_id, std::optional<revision> expected = {}, std::string by = "ops");
    decision decide(decision wanted);
    std::optional<decision> end(decision_id id, std::string by = "ops");
    /// The next change of `from`; empty if there is none yet.
    std::optional<change_or_end> poll(change_subscription& from);
    /// All available changes of `from`. Fails the test on a lag or an end.
    std::vector<rule_change> changes(change_subscription& from);
    /// Advances the clock of expiries.
    virtual void advance(duration step);

protected:
    /// The store's run().
    virtual boost::asio::awaitable<void> follow() = 0;

private:
    virtual_loop& loop_;
    std::unique_ptr<task_group> running_;
};

struct backend_kind {
    std::string name;
    std::function<std::unique_ptr<backend>(virtual_loop&)> make;
};

/// All backends.
std::vector<backend_kind> const& backends();

/// Registers one property of rule_store as the test `<backend>/<name>` for every backend.
class conformance_test {
public:
    conformance_test(char const* name, void (*body)(backend&), char const* file, std::size_t line);
};

} // namespace rulehost::test

#define RULEHOST_CONFORMANCE_TEST(name)                                                                                \
    static void name(::rulehost::test::backend& backend);                                                              \
    static ::rulehost::test::conformance_test const name##_test{#name, &name, __FILE__, __LINE__};                     \
    static void name(::rulehost::test::backend& backend)
