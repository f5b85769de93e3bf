#pragma once

#include "event/input_position.hpp"
#include "sql/outbox_row.hpp"
#include "sql/session/connection.hpp"

#include <rulehost/tag.hpp>

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace rulehost {

/// The lease under which positions are stored: a process that lost it, and does not know yet, must not overwrite those of its
/// successor.
struct position_fence {
    std::string lease; ///< empty: none is asked for
    std::string holder;
};

/// The table `ttp_tag`, and what is stored in one transaction with its rows: how far the inputs were read, and the
/// messages about what is new. Blocking; used by one thread at a time. Connects at the first call and again after the
/// connection was lost. Throws database_error.
class tag_table {
public:
    /// The messages about tags that are new, which are given in the order of the batch.
    using messages_about = std::function<std::vector<outbox_row>(std::vector<tag const*> const&)>;

    explicit tag_table(database_url url, database_access first = database_access::create,
                       std::shared_ptr<call_watch> watch = {}, position_fence fence = {})
        : connection_(std::move(url), first, std::move(watch)), fence_(std::move(fence)) {}

    /// Stores, in one transaction, the tags whose uuid the table does not have, `messages` about them (empty: none) and
    /// `positions`; tags that a decision withholds go to `ttp_withheld_tag` and are never new. Returns the indices of the
    /// tags that are new, ascending: what a replay finds there already is not
    /// new, and of two that are the same only the first can be. Bytes that are no text become U+FFFD. While another holder
    /// has the lease of the fence, positions are dropped.
    /// When it throws nothing was stored, unless the connection was lost: then the same may be given again, and what
    /// was committed counts as not new.
    std::vector<std::size_t> store(std::span<tag const* const> tags, std::span<input_position const> positions,
                                   messages_about const& messages);

    /// How far those of `inputs` that are known were read.
    std::vector<input_position> positions(std::span<std::string const> inputs);

    /// Deletes up to `limit` of the tags that are older than `keep` by the database's clock (`clock` replaces it in tests).
    /// Returns how many: none while another one than `holder` does it. Where the index is missing that it needs, it is built
    /// first, or the call is refused when the table is too large for that.
    std::size_t remove_older(duration keep, std::size_t limit, std::string const& holder,
                             std::function<time_point()> const& clock);

    /// The same for tags that decisions withheld, and for the oldest of more than `max_rows` of one decision: a flood of one
    /// rule costs the others nothing.
    std::size_t remove_withheld(duration keep, std::uint64_t max_rows, std::size_t limit, std::string const& holder,
                                std::function<time_point()> const& clock);

    /// A page of a release.
    struct released {
        std::size_t rows = 0;     ///< that were read; 0: none is left
        std::size_t fresh = 0;    ///< tags that were not stored before
        std::size_t withheld = 0; ///< rows that another decision withholds now
    };
    /// Makes up to `limit` of the tags that the decision withheld tags, the oldest first, with `messages` about those that
    /// are new, in one transaction. `judge` may lower a tag, or set the decision that withholds it instead.
    released release(std::int64_t decision, std::size_t limit, messages_about const& messages,
                     std::function<void(tag&)> const& judge);

    /// Makes the tags that one decision withheld those of another.
    void reassign_withheld(std::int64_t from, std::int64_t to);

    /// Stores a harmless tag and takes it back. Throws what everything else would be refused with as well.
    void probe();

private:
    connection connection_;
    position_fence fence_;
};

} // namespace rulehost
