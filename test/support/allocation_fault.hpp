#pragma once

#include <boost/test/unit_test.hpp>

namespace rulehost::test {

/// Makes allocation number `n` (from 0) of the process fail once during its lifetime. Replaces operator new; Asio's
/// operations and the C libraries (SQLite, libpq, Vectorscan's searches, PCRE2) allocate elsewhere. Use no Boost.Test
/// meanwhile: it allocates too.
class allocation_fault {
public:
    explicit allocation_fault(long n);
    allocation_fault(allocation_fault const&) = delete;
    allocation_fault& operator=(allocation_fault const&) = delete;
    ~allocation_fault();

    bool happened() const;
};

/// Calls `attempt(n, happened)` with n = 0, `step`, 2 * `step`, ... until there is no allocation n, which it detects by
/// `happened`. Returns the last n.
template <class Attempt>
long at_every_allocation(Attempt const& attempt, long step = 1) {
    for (long n = 0;; n += step) {
        BOOST_TEST_CONTEXT("allocation " << n) {
            bool happened = true;
            attempt(n, happened);
            if (!happened)
                return n;
        }
    }
}

} // namespace rulehost::test
