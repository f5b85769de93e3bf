#pragma once

#include <rulehost/tag.hpp>

#include <boost/asio/awaitable.hpp>

#include <vector>

namespace rulehost {

/// Where tags go. Called on the host's executor, one batch at a time, in the order of the events.
class tag_sink {
public:
    tag_sink() = default;
    tag_sink(tag_sink const&) = delete;
    tag_sink& operator=(tag_sink const&) = delete;
    virtual ~tag_sink() = default;

    /// Completes when the sink is done with `tags`; until then no further event is read (backpressure).
    /// Throws when the tags could not be written; a batch may be given again, and a tag that the sink already
    /// has is not written twice where the sink is durable.
    virtual boost::asio::awaitable<void> write(std::vector<tag> const& tags) = 0;
};

} // namespace rulehost
