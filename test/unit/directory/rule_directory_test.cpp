#include "directory/rule_directory.hpp"
#include "rule/rule_file_name.hpp"

#include "support/temporary_directory.hpp"

#include <sys/stat.h>

using namespace rulehost;
using reading = rule_directory::reading;

namespace {

using lines = std::vector<std::string>;

/// `path=text`, `path!` for unreadable, `path-` for absent.
lines described(rule_files const& files) {
    lines result;
    for (auto const& [path, file] : files)
        result.push_back(file.found == rule_file::kind::text         ? path + "=" + file.text
                             : file.found == rule_file::kind::absent ? path + "-"
                                                                     : path + "!");
    return result;
}

struct rule_directory_fixture {
    lines scan(reading how = reading::everything) { return described(rules.scan(how)); }

    test::temporary_directory root;
    rule_directory rules{root.path()};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(directory_of_rules, rule_directory_fixture)

BOOST_AUTO_TEST_CASE(only_names_of_rule_files_count) {
    for (auto const* name : {"R1.yaml", "a_B_9.yml", "_.yaml", "x-y.yaml", "x.y.yaml", "x..yaml", "9-a.b.yml"})
        BOOST_TEST(is_rule_file_name(name), name);
    for (auto const* name :
         {"", ".yaml", ".x.yaml.swp", "x.yaml~", "4913", "x.yaml.tmp", "x.yam", "x.YAML", "-x.yaml", "..yaml",
          "x y.yaml", "x.yaml\n", ".x.yaml", "\xc3\xa4.yaml", "#x.yaml#", "x-y.yaml~", "x.yaml.swp", "x.y.tmp"})
        BOOST_TEST(!is_rule_file_name(name), name);
}

BOOST_AUTO_TEST_CASE(tree_is_read_in_path_order_without_other_names) {
    root.write("b.yaml", "B");
    root.write("a.yml", "A");
    root.write("sub/deep/c.yaml", "C");
    root.write("x.yaml~", "no");
    root.write(".hidden.yaml", "no");
    root.write(".git/x.yaml", "no");
    root.write("README.md", "no");
    BOOST_TEST((scan() == lines{"a.yml=A", "b.yaml=B", "sub/deep/c.yaml=C"}));
}

BOOST_AUTO_TEST_CASE(deleted_file_and_directory_are_absent_once) {
    root.write("a.yaml", "A");
    root.write("sub/b.yaml", "B");
    scan();
    root.remove("a.yaml");
    root.remove("sub");
    BOOST_TEST((scan() == lines{"a.yaml-", "sub/b.yaml-"}));
    BOOST_TEST(scan().empty());
}

BOOST_AUTO_TEST_CASE(unchanged_file_is_read_twice_and_then_trusted) {
    root.write("a.yaml", "A");
    BOOST_TEST((scan(reading::what_may_have_changed) == lines{"a.yaml=A"}));
    BOOST_TEST((scan(reading::what_may_have_changed) == lines{"a.yaml=A"}));
    BOOST_TEST(scan(reading::what_may_have_changed).empty());
    BOOST_TEST((scan(reading::everything) == lines{"a.yaml=A"}));
    root.write("a.yaml", "longer");
    BOOST_TEST((scan(reading::what_may_have_changed) == lines{"a.yaml=longer"}));
}

BOOST_AUTO_TEST_CASE(named_files_are_read_regardless_of_their_type) {
    root.write("a.yaml", "A");
    root.write("b.yaml", "B");
    scan();
    root.remove("b.yaml");
    BOOST_TEST((described(rules.read({"a.yaml", "b.yaml", "sub/none.yaml"})) ==
                lines{"a.yaml=A", "b.yaml-", "sub/none.yaml-"}));
}

BOOST_AUTO_TEST_CASE(special_files_are_neither_opened_nor_waited_for) {
    BOOST_REQUIRE(::mkfifo((root / "pipe.yaml").c_str(), 0600) == 0);
    root.link("/dev/zero", "zero.yaml");
    BOOST_TEST((scan() == lines{"pipe.yaml!", "zero.yaml!"}));
    BOOST_TEST((described(rules.read({"pipe.yaml"})) == lines{"pipe.yaml!"}));
}

BOOST_AUTO_TEST_CASE(link_to_nothing_is_unreadable_and_not_gone) {
    root.link("nowhere", "a.yaml");
    root.link("a2.yaml", "a2.yaml");
    BOOST_TEST((scan() == lines{"a.yaml!", "a2.yaml!"}));
}

BOOST_AUTO_TEST_CASE(links_inside_are_followed_and_links_outside_are_refused) {
    test::temporary_directory elsewhere;
    elsewhere.write("secret.yaml", "secret");
    root.write(".generation/a.yaml", "A");
    root.link(".generation", "..data");
    root.link("..data/a.yaml", "a.yaml");
    root.link(elsewhere / "secret.yaml", "secret.yaml");
    root.link(elsewhere.path(), "out");
    BOOST_TEST((scan() == lines{"a.yaml=A", "out/!", "secret.yaml!"}));
    BOOST_TEST((described(rules.read({"out/secret.yaml"})) == lines{"out/secret.yaml!"}));
}

BOOST_AUTO_TEST_CASE(directories_that_lead_in_circles_are_read_once) {
    root.write("sub/a.yaml", "A");
    root.link("..", "sub/up");
    root.link(".", "sub/self");
    root.link("sub", "twin");
    BOOST_TEST((scan() == lines{"sub/a.yaml=A"}));
}

BOOST_AUTO_TEST_CASE(oversized_file_is_refused_without_being_read_whole) {
    root.write("big.yaml", "x");
    std::filesystem::resize_file(root / "big.yaml", std::uintmax_t{1} << 40);
    BOOST_TEST((scan() == lines{"big.yaml!"}));
    std::filesystem::resize_file(root / "big.yaml", 3);
    BOOST_TEST(scan().size() == 1u);
}

BOOST_AUTO_TEST_CASE(missing_root_hides_its_files_instead_of_deleting_them) {
    root.write("rules/a.yaml", "A");
    rule_directory below(root / "rules");
    below.scan(reading::everything);
    root.rename("rules", "away");
    BOOST_TEST((described(below.scan(reading::everything)) == lines{"!"}));
    BOOST_TEST(below.read({"a.yaml"}).empty());
    root.rename("away", "rules");
    BOOST_TEST((described(below.scan(reading::everything)) == lines{"-", "a.yaml=A"}));
}

BOOST_AUTO_TEST_CASE(root_that_is_not_there_at_first_is_an_error) {
    BOOST_CHECK_THROW(rule_directory(root / "none"), std::system_error);
    root.write("file", "");
    BOOST_CHECK_THROW(rule_directory(root / "file"), std::system_error);
}

BOOST_AUTO_TEST_CASE(each_directory_is_announced_before_it_is_listed) {
    root.write("sub/a.yaml", "A");
    lines entered;
    auto const files = rules.scan(reading::everything, [&](std::string const& path) {
        entered.push_back(path);
        if (path == "sub/")
            root.write("sub/late.yaml", "L");
    });
    BOOST_TEST((entered == lines{"", "sub/"}));
    BOOST_TEST((described(files) == lines{"sub/a.yaml=A", "sub/late.yaml=L"}));
}

BOOST_AUTO_TEST_CASE(deep_nesting_is_cut_off) {
    std::filesystem::path path;
    for (int depth = 0; depth != 40; ++depth)
        path /= "d";
    root.write(path / "a.yaml", "A");
    auto const found = scan();
    BOOST_REQUIRE(found.size() == 1u);
    BOOST_TEST(found[0].ends_with("/!"));
}

BOOST_AUTO_TEST_SUITE_END()
