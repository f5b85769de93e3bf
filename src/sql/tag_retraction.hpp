#pragma once

#include "sql/outbox_row.hpp"
#include "sql/session/connection.hpp"
#include "sql/tag_query.hpp"

#include <rulehost/tag.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace rulehost {

/// Marks stored tags as retracted, in pages from the oldest to the newest. Skips tags that are already marked, so that
/// a killed run can be repeated. Blocking; used by one thread at a time. Throws database_error.
class tag_retraction {
public:
    /// The messages about tags that this retraction marked.
    using messages_about = std::function<std::vector<outbox_row>(std::vector<tag const*> const&, retraction const&)>;

    /// `why.at` is empty: the database's clock sets it.
    tag_retraction(database_url url, tag_filter which, retraction why, messages_about messages);

    /// Marks the next tags, up to `limit`, with the messages about them in the same transaction. A database without a
    /// consumer of messages gets none. Returns their number; fewer than `limit`: none are left.
    std::size_t next(std::size_t limit);

private:
    connection connection_;
    tag_filter which_;
    retraction why_;
    messages_about messages_;
    std::optional<stored_tag> last_; ///< of the last page
};

} // namespace rulehost
