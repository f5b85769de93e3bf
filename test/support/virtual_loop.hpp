#pragma once

#include "support/driven_loop.hpp"

#include <rulehost/virtual_time.hpp>

#include <boost/test/unit_test.hpp>

namespace rulehost::test {

/// A loop on virtual time, which `run` does not move; base class of fixtures. Checks at the end that no sleeper is
/// left.
class virtual_loop : public driven_loop {
public:
    virtual_loop() = default;
    ~virtual_loop() override {
        time.settle();
        BOOST_CHECK_EQUAL(time.sleepers(), 0u);
    }

    virtual_time time{loop};

private:
    void drive(bool const& done) override {
        time.settle();
        BOOST_REQUIRE(done);
    }
};

} // namespace rulehost::test
