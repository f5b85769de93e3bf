#include "delivery/stored_tags.hpp"

#include "async/blocking_call.hpp"
#include "sql/tag_query.hpp"

#include <boost/asio/strand.hpp>

#include <optional>
#include <utility>

namespace rulehost {

stored_tags::stored_tags(boost::asio::any_io_executor database, std::string const& url, database_access first,
                         std::shared_ptr<call_watch> calls)
    : strand_(boost::asio::make_strand(std::move(database))),
      connection_(std::make_shared<connection>(parse_database_url(url), first, std::move(calls))) {}

boost::asio::awaitable<std::vector<tag>> stored_tags::find(std::vector<boost::uuids::uuid> uuids) {
    auto look = [to = connection_, uuids = std::move(uuids)] {
        return to->run([&](session& sql) { return tag_query(sql).with_ids(uuids); });
    };
    co_return co_await blocking_call(strand_, std::move(look));
}

} // namespace rulehost
