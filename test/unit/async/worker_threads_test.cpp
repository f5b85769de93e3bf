#include <rulehost/worker_threads.hpp>

#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <future>
#include <set>
#include <thread>

using namespace rulehost;

BOOST_AUTO_TEST_SUITE(worker_thread_groups)

BOOST_AUTO_TEST_CASE(work_runs_on_as_many_threads_as_asked_for) {
    worker_threads workers(2);
    std::promise<void> first;
    std::promise<std::thread::id> one;
    std::promise<std::thread::id> other;
    boost::asio::post(workers.get_executor(), [&] {
        first.get_future().wait(); // waits for the other thread
        one.set_value(std::this_thread::get_id());
    });
    boost::asio::post(workers.get_executor(), [&] {
        first.set_value();
        other.set_value(std::this_thread::get_id());
    });
    std::set const ids{one.get_future().get(), other.get_future().get(), std::this_thread::get_id()};
    BOOST_TEST(ids.size() == 3u);
}

BOOST_AUTO_TEST_SUITE_END()
