#pragma once

// A database that is away, cut off, read-only or full: the last known rules stay live and nothing is lost.
#include "scenario/database/swarm.hpp"

#include "support/cannot_run.hpp"
#include "support/temporary_directory.hpp"

#include <rulehost/engine.hpp>
#include <rulehost/rule_follower.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/data/test_case.hpp>

#include <sys/mount.h>

#include <algorithm>
#include <fstream>

using namespace rulehost;
using namespace rulehost::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace data = boost::unit_test::data;

namespace rulehost::test {

struct faulty_swarm : virtual_loop {
    explicit faulty_swarm(database_kind kind = database_kind::sqlite) : database(kind) {}

    test_database database;
};

inline auto const servers = data::make({database_kind::postgresql, database_kind::mysql});

/// A small file system in memory, if the process may mount one.
class small_file_system {
public:
    small_file_system(std::filesystem::path place, std::string const& size) : place_(std::move(place)) {
        mounted_ = ::mount("tmpfs", place_.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
    }
    ~small_file_system() {
        if (mounted_)
            ::umount2(place_.c_str(), MNT_DETACH);
    }
    bool mounted() const { return mounted_; }

private:
    std::filesystem::path place_;
    bool mounted_ = false;
};

/// A link to the database that can be cut before a call or after it.
struct faulty_link {
    enum class state { good, cut_before, cut_after } now = state::good;
    std::string only; ///< the call that fails; empty: every call

    std::function<void(database_store_options&)> installed() {
        return [this](database_store_options& options) {
            options.faults.before = [this](std::string_view call) { return hit(call, state::cut_before); };
            options.faults.after = [this](std::string_view call) { return hit(call, state::cut_after); };
        };
    }

private:
    asio::awaitable<void> hit(std::string_view call, state when) {
        if (now == when && (only.empty() || only == call)) {
            if (!only.empty())
                now = state::good; // once
            throw database_error(
                when == state::cut_before ? database_error::kind::lost : database_error::kind::in_doubt, "cut off");
        }
        co_return;
    }
};

} // namespace rulehost::test
