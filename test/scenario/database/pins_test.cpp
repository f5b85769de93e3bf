#include "mastering.hpp"

using namespace test;

namespace {

/// A master and a worker of a directory whose rule R1 had the pattern "old" and has "new".
struct pinned_directory : mastered_directory {
    explicit pinned_directory(database_kind kind) : mastered_directory(kind) {
        file("R1", "old");
        file("R2", "other");
        one = std::make_unique<master>(*this, database.url(), directory.path(), "one");
        one->start();
        time.advance(2s);
        edit("new");
    }

    void edit(std::string const& pattern) {
        file("R1", pattern);
        one->notice();
        time.advance(2s);
    }

    /// Rolls R1 back to its first text.
    revision roll_back() {
        rule_pin pin;
        pin.to = 1;
        pin.reason = "noisy";
        pin.set_by = "ops";
        auto const documents = read_rules(rule_text("R1", "old"), "R1.yaml");
        return run(one->target.store().roll_back(documents.at(0).definition, "R1.yaml", std::move(pin)));
    }

    std::vector<rule_pin> standing() {
        auto pins = run(one->target.store().list_pins());
        std::erase_if(pins, [](rule_pin const& each) { return each.ended_at.has_value(); });
        return pins;
    }

    /// The pattern of R1 in the database.
    std::string live() {
        for (auto const& row : run(one->target.store().list_rules()))
            if (row.rule_id == "R1")
                for (auto const* const pattern : {"old", "new", "third"})
                    if (row.text == rule_text("R1", pattern))
                        return pattern;
        return "none";
    }

    bool has_logged(std::string const& text) const {
        return std::ranges::any_of(one->log, [&](auto const& line) { return line.find(text) != std::string::npos; });
    }

    std::unique_ptr<master> one;
};

} // namespace

BOOST_AUTO_TEST_SUITE(pins_of_rules)

BOOST_DATA_TEST_CASE(master_leaves_a_pinned_rule_alone_until_its_file_changes, data::make(every_kind), kind) {
    pinned_directory with(kind);
    BOOST_TEST(with.roll_back() == 4u);
    with.time.advance(20s);
    BOOST_TEST(with.one->sync->pinned() == 1u);
    BOOST_TEST(with.has_logged("sync: rule R1 is pinned to the text of revision 1 by ops (noisy)"));
    with.file("R2", "edited"); // another rule is not held up
    with.one->notice();
    with.time.advance(2s);
    BOOST_TEST(with.live() == "old");
    with.one->stop();
    with.one = std::make_unique<master>(with, with.database.url(), with.directory.path(), "two");
    with.one->start();
    with.time.advance(20s);
    BOOST_TEST(with.live() == "old");
    BOOST_TEST(with.has_logged("1 pinned"));
    with.edit("third");
    BOOST_TEST(with.live() == "third");
    with.time.advance(20s);
    BOOST_TEST(with.one->sync->pinned() == 0u);
    BOOST_TEST(with.has_logged("rule R1 is not pinned any more; the pin was ended by "));
}

BOOST_DATA_TEST_CASE(file_is_written_again_within_seconds_of_the_end_of_a_pin, data::make(every_kind), kind) {
    pinned_directory with(kind);
    with.roll_back();
    with.time.advance(20s);
    BOOST_TEST(with.run(with.one->target.store().unpin("R1", "ops")));
    with.time.advance(20s);
    BOOST_TEST(with.live() == "new");
    BOOST_TEST(with.one->sync->pinned() == 0u);
}

BOOST_DATA_TEST_CASE(pin_that_begins_and_ends_between_two_looks_of_the_master_is_undone, data::make(every_kind), kind) {
    pinned_directory with(kind);
    with.time.advance(20s);
    with.roll_back();
    BOOST_TEST(with.run(with.one->target.store().unpin("R1", "ops")));
    BOOST_TEST(with.live() == "old");
    with.time.advance(20s);
    BOOST_TEST(with.live() == "new");
    BOOST_TEST(with.has_logged("rule R1 is not pinned any more; the pin was ended by ops"));
}

BOOST_AUTO_TEST_CASE(file_that_changes_to_the_pinned_text_ends_the_pin) {
    pinned_directory with(database_kind::sqlite);
    with.roll_back();
    with.edit("old");
    with.time.advance(20s);
    BOOST_TEST(with.live() == "old");
    BOOST_TEST(with.standing().empty());
    with.edit("new");
    BOOST_TEST(with.live() == "new");
}

BOOST_AUTO_TEST_CASE(file_that_changed_while_no_master_ran_wins) {
    pinned_directory with(database_kind::sqlite);
    with.roll_back();
    with.one->stop();
    with.file("R1", "third");
    auto const done = with.one->pass();
    BOOST_TEST((done.written == 1u && done.pinned == 0u));
    BOOST_TEST(with.has_logged("rule R1: its file has changed, which ends the pin of ops"));
    BOOST_TEST(with.live() == "third");
}

BOOST_AUTO_TEST_CASE(rule_goes_with_its_file_also_when_it_is_pinned) {
    pinned_directory with(database_kind::sqlite);
    with.roll_back();
    with.directory.remove("R1.yaml");
    with.one->notice();
    with.time.advance(2s);
    BOOST_TEST(with.live() == "none");
    BOOST_TEST(with.standing().empty());
}

BOOST_AUTO_TEST_SUITE_END()
