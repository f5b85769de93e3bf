#pragma once

#include "sql/session/connection.hpp"

#include <rulehost/tag.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/uuid/uuid.hpp>

#include <memory>
#include <string>
#include <vector>

namespace rulehost {

/// Looks up tags in the database, over a connection of its own. Used on one executor; calls run on `database`.
class stored_tags {
public:
    stored_tags(boost::asio::any_io_executor database, std::string const& url, database_access first,
                std::shared_ptr<call_watch> calls);

    /// Returns the tags that exist, in any order, without retracted ones. Throws database_error.
    boost::asio::awaitable<std::vector<tag>> find(std::vector<boost::uuids::uuid> uuids);

private:
    boost::asio::any_io_executor strand_;
    std::shared_ptr<connection> connection_; ///< a running call keeps it alive
};

} // namespace rulehost
