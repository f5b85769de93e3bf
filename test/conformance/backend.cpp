#include "conformance/backend.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/test/tree/test_unit.hpp>

#include <utility>

namespace rulehost::test {

namespace asio = boost::asio;

void backend::start() {
    BOOST_REQUIRE(!running_);
    running_ = std::make_unique<task_group>(loop_.loop.get_executor());
    running_->spawn("store", follow());
    settle();
}

void backend::stop() {
    if (!running_)
        return;
    running_->cancel();
    loop_.run(running_->join());
    running_.reset();
}

rule_snapshot backend::load() {
    return loop_.run(store().load_compiled());
}

rule_state backend::get(std::string rule_id) {
    return loop_.run(store().get_state(std::move(rule_id)));
}

rule_state backend::set(std::string rule_id, rule_state state, std::optional<revision> expected, std::string by) {
    return loop_.run(store().set_state(std::move(rule_id), std::move(state), std::move(by), expected));
}

rule_state backend::clear(std::string rule_id, std::optional<revision> expected, std::string by) {
    return loop_.run(store().clear_state(std::move(rule_id), std::move(by), expected));
}

decision backend::decide(decision wanted) {
    return loop_.run(store().decide(std::move(wanted)));
}

std::optional<decision> backend::end(decision_id id, std::string by) {
    return loop_.run(store().end_decision(id, std::move(by)));
}

std::optional<change_or_end> backend::poll(change_subscription& from) {
    asio::cancellation_signal enough;
    std::optional<change_or_end> taken;
    asio::co_spawn(loop_.loop, from.next(),
                   asio::bind_cancellation_slot(enough.slot(), [&](std::exception_ptr problem, change_or_end what) {
                       if (!problem)
                           taken = std::move(what);
                   }));
    settle();
    enough.emit(asio::cancellation_type::terminal);
    settle();
    return taken;
}

std::vector<rule_change> backend::changes(change_subscription& from) {
    std::vector<rule_change> result;
    while (auto taken = poll(from)) {
        auto* const change = std::get_if<rule_change>(&*taken);
        BOOST_REQUIRE(change);
        result.push_back(std::move(*change));
    }
    return result;
}

void backend::advance(duration step) {
    loop_.time.advance(step);
    settle();
}

namespace {

boost::unit_test::test_suite& suite_of(std::string const& backend_name) {
    auto& all = boost::unit_test::framework::master_test_suite();
    if (auto const found = all.get(backend_name); found != boost::unit_test::INV_TEST_UNIT_ID)
        return boost::unit_test::framework::get<boost::unit_test::test_suite>(found);
    auto* const added = BOOST_TEST_SUITE(backend_name);
    all.add(added);
    return *added;
}

} // namespace

conformance_test::conformance_test(char const* name, void (*body)(backend&), char const* file, std::size_t line) {
    for (auto const& kind : backends()) {
        auto const run = [kind, body] {
            virtual_loop loop;
            auto const subject = kind.make(loop);
            body(*subject);
            subject->stop();
        };
        suite_of(kind.name).add(boost::unit_test::make_test_case(run, name, file, line));
    }
}

} // namespace rulehost::test
