#pragma once

#include "delivery/stored_tags.hpp"
#include "delivery/tag_database.hpp"
#include "output/tag_output.hpp"

#include <rulehost/blocking_executors.hpp>
#include <rulehost/host.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace rulehost {

/// The outputs of a host. Outlived by the host, and outlives the tag writer that uses them.
class host_outputs {
public:
    /// Throws std::invalid_argument for invalid options, and std::runtime_error for unreadable files.
    host_outputs(boost::asio::any_io_executor executor, blocking_executors const& blocking, time_source& time,
                 host_options const& options, std::shared_ptr<call_watch> calls);

    /// One for each, in the order of the options.
    std::vector<outbox_consumer> consumers() const;

    /// `lost`: by consumer, as the outbox counts it.
    std::vector<output_statistics> statistics(std::map<std::string, std::uint64_t> const& lost) const;

private:
    static std::string consumer_of(std::string const& output) { return "output-" + output; }

    struct output {
        std::string name;
        std::unique_ptr<tag_output> to;
    };

    time_source& time_;
    std::unique_ptr<stored_tags> stored_; ///< null: there are no outputs
    std::vector<output> all_;
};

} // namespace rulehost
