#pragma once

#include <rulehost/tag.hpp>

#include <boost/asio/awaitable.hpp>

#include <vector>

namespace rulehost {

/// A receiver of tags. Called on the host's executor, one batch at a time, in the order of the events.
class tag_sink {
public:
    tag_sink() = default;
    tag_sink(tag_sink const&) = delete;
    tag_sink& operator=(tag_sink const&) = delete;
    virtual ~tag_sink() = default;

    /// Completes when the sink is done with `tags`, which live as long; the next call comes after that. Throws if they
    /// could not be written; std::bad_alloc: none was written, and the call may be repeated. Cancellation ends it with
    /// `operation_aborted`.
    virtual boost::asio::awaitable<void> write(std::vector<tag> const& tags) = 0;
};

} // namespace rulehost
