#pragma once

#include "event/input_position.hpp"
#include "sql/session/session.hpp"
#include "sql/tag_table.hpp"

#include <rulehost/database_faults.hpp>
#include <rulehost/tag.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rulehost {

/// The connections that store tags in a database: one, or as many as are fastest for it.
///
/// Used on one executor; its calls run on `database`, serialised per connection.
class tag_lanes {
public:
    struct refusal {
        tag const* which;
        std::string reason;
    };

    /// Outcome of an attempt. Tags keep their order.
    struct outcome {
        std::vector<tag const*> fresh; ///< stored, and new
        std::vector<tag const*> left;  ///< to be retried; none without a problem
        std::vector<refusal> refused;  ///< rejected for good
        std::size_t known = 0;         ///< number of duplicates
        bool positions_are_stored = false;
        std::optional<database_error> problem; ///< reason of `left`
    };

    /// `messages` about tags are stored with them; empty: none. `fence`: of the positions.
    tag_lanes(boost::asio::any_io_executor executor, boost::asio::any_io_executor database, database_url const& url,
              database_access first, std::shared_ptr<call_watch> calls, tag_table::messages_about messages,
              position_fence const& fence, database_faults faults);

    /// The stored positions of those of `inputs` that are known. Throws database_error.
    boost::asio::awaitable<std::vector<input_position>> positions(std::vector<std::string> inputs);

    /// Tries once to store `tags`, which live as long as `owner`, and after or with them `positions`. Positions are not
    /// stored while a tag is rejected: pass them again once it is a dead letter. A session uses one connection, so that
    /// messages about it are in order. A cancellation takes effect after the running calls.
    boost::asio::awaitable<outcome> store(std::shared_ptr<void const> owner, std::vector<tag const*> tags,
                                          std::vector<input_position> positions);

private:
    struct lane {
        boost::asio::any_io_executor strand;
        std::shared_ptr<tag_table> table;
    };
    struct part;
    template <class Result>
    struct attempt;

    std::vector<part> parts_of(std::vector<tag const*> const& tags) const;
    boost::asio::awaitable<void> store_part(std::shared_ptr<void const> owner, lane on, part& share,
                                            std::vector<input_position>* positions) const;
    boost::asio::awaitable<void> transact(std::shared_ptr<void const> owner, lane on, std::vector<tag const*> tags,
                                          std::vector<input_position> positions,
                                          attempt<std::vector<std::size_t>>& stored) const;
    template <class Function, class Result>
    boost::asio::awaitable<void> try_call(lane on, char const* name, Function function, attempt<Result>& tried) const;

    boost::asio::any_io_executor executor_;
    tag_table::messages_about messages_;
    database_faults faults_;
    std::vector<lane> lanes_;
};

} // namespace rulehost
