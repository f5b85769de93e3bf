#include "report/html_report.hpp"

#include "report_tags.hpp"

#include <boost/test/unit_test.hpp>

#include <regex>
#include <string>
#include <vector>

using namespace rulehost;
using namespace std::chrono_literals;
using test::report_start;
using test::seen_tag;

namespace {

std::string page_of(std::vector<tag> const& tags) {
    report_data data(report_start, report_start + 1h);
    for (auto const& each : tags)
        test::add(data, each);
    report_extras extras;
    for (auto& session : data.top_sessions(5)) {
        story_builder builder(session);
        for (auto const& each : tags)
            if (each.session_id == session.id)
                builder.add(each, *each.observed_at);
        extras.stories.push_back(builder.take());
    }
    extras.version = "1";
    return html_report(data, extras, attack_table::enterprise());
}

std::size_t count(std::string const& text, std::string const& what) {
    std::size_t found = 0;
    for (auto at = text.find(what); at != text.npos; at = text.find(what, at + what.size()))
        ++found;
    return found;
}

/// The names of all elements, in their order.
std::string elements_of(std::string const& page) {
    static std::regex const element("<(/?[a-z0-9!]+)");
    std::string names;
    for (std::sregex_iterator each(page.begin(), page.end(), element), end; each != end; ++each)
        names += (*each)[1].str() + ' ';
    return names;
}

} // namespace

BOOST_AUTO_TEST_SUITE(html_reports)

BOOST_AUTO_TEST_CASE(a_page_has_figures_the_matrix_the_sources_and_the_sessions) {
    auto const page =
        page_of({seen_tag("s1", 0, "id"), seen_tag("s1", 5, "cat /etc/shadow", "TA0006", "T1003", "T1003.008")});
    for (auto const* const part :
         {"<b>2 tags</b>", "<b>1 address</b>", "<b>2 techniques</b>", "Command and Scripting Interpreter",
          "OS Credential Dumping", "<code>203.0.113.5</code>", "Session s1", "+5.0 s", "<code>cat /etc/shadow</code>",
          "T1003.008"})
        BOOST_TEST(page.find(part) != std::string::npos, part);
    BOOST_TEST(count(page, "<section class=tactic>") == attack_table::enterprise().tactics().size());
}

BOOST_AUTO_TEST_CASE(attackers_without_an_address_are_no_addresses) {
    auto nameless = seen_tag("s2", 1);
    nameless.src_ip.clear();
    auto const page = page_of({seen_tag("s1", 0), nameless});
    BOOST_TEST(page.find("<b>1 address</b> and <b>1 attacker</b> without an address on ") != page.npos);
    BOOST_TEST(count(page, "attacker without an address</span>") == 1u);
}

BOOST_AUTO_TEST_CASE(tags_outside_of_the_span_are_reported) {
    BOOST_TEST(page_of({seen_tag("s1", 0)}).find("outside of the span") == std::string::npos);
    BOOST_TEST(
        page_of({seen_tag("s1", 0), seen_tag("s1", 99'999)}).find("<b>1 tag</b> with a time outside of the span") !=
        std::string::npos);
}

BOOST_AUTO_TEST_CASE(nothing_that_was_sent_is_markup) {
    auto hostile = seen_tag("s1", 0, "");
    auto const harmless = elements_of(page_of({hostile}));
    std::string const text =
        "\"'><script>alert(1)</script><img src=x onerror=y>&lt;</code></style>\x1b[2J\xe2\x80\xae\xff";
    hostile.evidence["command_text"] = text;
    for (auto* const each : {&hostile.src_ip, &hostile.decky_id, &hostile.session_id, &hostile.rule_id,
                             &hostile.source_kind, &hostile.attacker_uuid})
        *each = text;
    auto const page = page_of({hostile});
    BOOST_TEST(elements_of(page) == harmless);
    for (auto const* const bad : {"<script", "<img", "\x1b", "\xe2\x80\xae", "\xff"})
        BOOST_TEST(page.find(bad) == std::string::npos, bad);
    BOOST_TEST(page.find("&lt;script&gt;alert(1)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_page_loads_nothing) {
    auto const page = page_of({seen_tag("s1", 0)});
    for (auto const* const bad : {"src=", "href=", "url(", "@import", "http://", "https://", "javascript:"})
        BOOST_TEST(page.find(bad) == std::string::npos, bad);
    BOOST_TEST(page.find("default-src 'none'") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_page_about_nothing_says_so) {
    auto const page = page_of({});
    BOOST_TEST(page.find("<b>0 tags</b>") != std::string::npos);
    BOOST_TEST(count(page, "none seen") == attack_table::enterprise().tactics().size());
}

BOOST_AUTO_TEST_SUITE_END()
