#pragma once

#include "sql/connection.hpp"

#include <rulehost/tag.hpp>

#include <cstddef>
#include <vector>

namespace rulehost {

/// The table `ttp_tag`. Blocking; used by one thread at a time. Connects at the first insert and again after the
/// connection was lost.
class tag_table {
public:
    explicit tag_table(database_url url) : connection_(std::move(url)) {}

    /// Inserts, in one transaction, the tags whose uuid the table does not have. Returns the indices of those that
    /// are new, ascending: what a replay finds there already is not new. Bytes that are no text become U+FFFD.
    /// Throws database_error; then none was inserted, unless the connection was lost: then the batch may be given
    /// again, and what was committed counts as not new.
    std::vector<std::size_t> insert(std::vector<tag> const& tags);

private:
    connection connection_;
};

} // namespace rulehost
