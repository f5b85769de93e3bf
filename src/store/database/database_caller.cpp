#include "store/database/database_caller.hpp"

#include <boost/asio/strand.hpp>

namespace rulehost {

namespace asio = boost::asio;

database_caller::database_caller(std::optional<asio::any_io_executor> database, database_store_options const& options)
    : url_(parse_database_url(options.url)),
      faults_(options.faults),
      database_(std::make_shared<rule_database>(url_, options.database_clock, options.calls, options.access)) {
    if (database)
        strand_ = asio::make_strand(*database); // one session, one thread at a time
}

void database_caller::rethrow_for_store(database_error const& error) {
    auto const text = url_.display() + ": " + error.what();
    switch (error.what_kind()) {
    case database_error::kind::lost:
        throw connection_lost(text);
    case database_error::kind::in_doubt:
        throw commit_in_doubt(text);
    case database_error::kind::moved:
        gone_ = text;
        throw connection_lost(text);
    case database_error::kind::other:
        throw call_refused(text);
    case database_error::kind::unsupported:
        throw store_unsupported(text);
    default:
        throw store_unavailable(text);
    }
}

} // namespace rulehost
