#pragma once

#include "async/blocking_call.hpp"
#include "sql/rule_database.hpp"

#include <rulehost/database_rule_store.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace rulehost {

/// The connection to the database was lost.
class connection_lost : public store_unavailable {
public:
    using store_unavailable::store_unavailable;
};

/// The connection was lost during a commit, whose outcome is unknown.
class commit_in_doubt : public connection_lost {
public:
    using connection_lost::connection_lost;
};

/// Runs the calls of a store on its database, one at a time. Used on the store's executor.
class database_caller {
public:
    /// `database`: the executor that blocking calls run on; empty: they run inline.
    database_caller(std::optional<boost::asio::any_io_executor> database, database_store_options const& options);

    /// Runs `function(rule_database&)`. Throws what the class comment of `database_rule_store` lists: a
    /// `connection_lost`, a `call_refused`, a `store_unsupported` or another `store_unavailable`. A call that has begun
    /// is not cancelled.
    template <class Function>
    boost::asio::awaitable<std::invoke_result_t<Function&, rule_database&>> call(char const* name, Function function) {
        try {
            if (faults_.before)
                co_await faults_.before(name);
            auto result = co_await off_the_loop(std::move(function));
            if (faults_.after)
                co_await faults_.after(name);
            co_return result;
        } catch (database_error const& error) {
            rethrow_for_store(error);
        }
    }

    /// Runs `function` on the same executor and passes its exceptions on; for files.
    template <class Function>
    boost::asio::awaitable<std::invoke_result_t<Function&, rule_database&>> off_the_loop(Function function) {
        auto work = [database = database_, function = std::move(function)]() mutable { return function(*database); };
        if (!strand_)
            co_return work();
        auto result = co_await blocking_call(*strand_, std::move(work));
        co_return result;
    }

    database_url const& url() const { return url_; }

    /// SQLite: why the store's file is gone; empty while it exists.
    std::string const& gone() const { return gone_; }
    void found() { gone_.clear(); }

private:
    [[noreturn]] void rethrow_for_store(database_error const& error);

    database_url url_;
    database_faults faults_;
    std::optional<boost::asio::any_io_executor> strand_;
    std::shared_ptr<rule_database> database_; ///< used on the strand only
    std::string gone_;
};

} // namespace rulehost
