#pragma once

#include "support/driven_loop.hpp"

#include <boost/asio/executor_work_guard.hpp>

namespace rulehost::test {

/// A loop on the wall clock, for tests against real servers; base class of fixtures. CTest's time limit ends a test
/// that hangs.
class real_loop : public driven_loop {
public:
    /// Runs the loop until `reached()`.
    template <class Condition>
    void run_until(Condition const& reached) {
        auto const work = boost::asio::make_work_guard(loop);
        loop.restart();
        while (!reached())
            loop.run_one();
    }
    void run_until(bool const& reached) {
        run_until([&] { return reached; });
    }

private:
    void drive(bool const& done) override { run_until(done); }
};

} // namespace rulehost::test
