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

/// One kind of rule_store as the conformance suite sees it: a fresh, empty one on virtual time, with the levers
/// that a suite needs. A backend is added by deriving from this and listing it in backends().
class backend {
public:
    explicit backend(virtual_loop& loop) : loop_(loop) {}
    backend(backend const&) = delete;
    backend& operator=(backend const&) = delete;
    virtual ~backend() = default;

    virtual rule_store& store() = 0;

    /// Makes `text` the text of the rule, as its author or another program would: it may be no valid rule.
    /// When it returns the store has noticed.
    virtual void write_rule(std::string const& rule_id, std::string const& text) = 0;
    virtual void delete_rule(std::string const& rule_id) = 0;
    /// The same for a list; `values` is JSON, or should be.
    virtual void write_list(std::string const& name, std::string const& values) = 0;
    virtual void delete_list(std::string const& name) = 0;

    /// Destroys the store and makes a new one on the same data. Only while it does not run.
    virtual void reopen() = 0;

    /// From here on no write of a state becomes durable, until `mend_writes`.
    virtual void break_writes() = 0;
    virtual void mend_writes() = 0;

    /// The clock that expiries go by.
    virtual time_point now() const { return loop_.time.now(); }
    /// Runs the loop until everything that is on its way has arrived. Time does not move.
    virtual void settle() { loop_.time.settle(); }

    /// Runs the store's `run()` until `stop`. Whoever derives stops it before the store goes.
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
    /// The next change of `from`; empty when it would wait.
    std::optional<change_or_end> poll(change_subscription& from);
    /// Every change that is there to be read. Fails the test on a lag or an end.
    std::vector<rule_change> changes(change_subscription& from);
    /// Moves the clock that expiries go by.
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

/// Every backend there is.
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
