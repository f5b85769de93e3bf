#include "store/database/process_name.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

using namespace rulehost;

namespace {

/// `name` with the part at `index` (from the host name on) replaced.
std::string with_part(std::string const& name, int index, std::string const& part) {
    std::string out;
    std::size_t begin = 0;
    for (int i = 0; i != 5; ++i) {
        auto const end = std::min(name.find(':', begin), name.size());
        out += (i == 0 ? "" : ":") + (i == index ? part : name.substr(begin, end - begin));
        begin = end + 1;
    }
    return out;
}

/// The PID of a process that has ended.
std::string ended_pid() {
    auto const child = ::fork();
    if (child == 0)
        ::_exit(0);
    BOOST_REQUIRE(child > 0);
    BOOST_REQUIRE(::waitpid(child, nullptr, 0) == child);
    return std::to_string(child);
}

} // namespace

BOOST_AUTO_TEST_SUITE(process_names)

BOOST_AUTO_TEST_CASE(living_process_has_not_ended_and_names_are_unique) {
    auto const name = process_name();
    BOOST_TEST(!process_has_ended(name));
    BOOST_TEST(process_name() != name);
    BOOST_TEST(!process_has_ended(with_part(with_part(name, 1, "1"), 2, ""))); // lives, and is another one's
}

BOOST_AUTO_TEST_CASE(process_of_this_machine_that_has_ended_is_known) {
    auto const name = process_name();
    auto const dead = with_part(name, 1, ended_pid());
    BOOST_TEST(process_has_ended(dead));
    BOOST_TEST(process_has_ended(with_part(name, 2, "1"))); // its PID was given out again
}

BOOST_AUTO_TEST_CASE(process_of_another_machine_boot_or_namespace_is_not_judged) {
    auto const dead = with_part(process_name(), 1, ended_pid());
    BOOST_TEST(!process_has_ended(with_part(dead, 0, "elsewhere")));
    BOOST_TEST(!process_has_ended(with_part(dead, 3, "another-boot.1")));
    BOOST_TEST(!process_has_ended(with_part(dead, 3, "")));
    for (auto const* const malformed :
         {"", ":", "h:1", "h:1:2", "h:x:1:2:3", "h:-1:1:2:3", "h:99999999999999999999:1:2:3"})
        BOOST_TEST(!process_has_ended(malformed));
}

BOOST_AUTO_TEST_CASE(person_reads_pid_and_host) {
    BOOST_TEST(readable_process("hp:4711:8:boot.1:3") == "process 4711 on hp");
    BOOST_TEST(readable_process("fe80::1:4711:8:boot.1:3") == "process 4711 on fe80::1");
    BOOST_TEST(readable_process("rubbish") == "rubbish");
}

BOOST_AUTO_TEST_SUITE_END()
