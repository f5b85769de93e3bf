#pragma once

#include "delivery/tag_writer.hpp"
#include "event/input_position.hpp"
#include "host/input_pipeline.hpp"
#include "input/event_source.hpp"
#include "nats/nats_connection.hpp"

#include <rulehost/host.hpp>
#include <rulehost/host_statistics.hpp>
#include <rulehost/time_source.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace rulehost {

/// The inputs of a host, each a source and the pipeline that it feeds. Used on one executor; every reference outlives
/// it.
class host_inputs {
public:
    /// `warn` is passed to the sources.
    host_inputs(boost::asio::any_io_executor executor, time_source& time, host_options const& options,
                tag_writer& writer, pipeline_parts const& parts, std::function<void(std::string const&)> warn);

    /// Keys of the inputs whose positions are stored, unique among all workers that share the database.
    std::vector<std::string> position_names() const;

    /// Opens every input at its last position. `counts` has one entry per input and outlives them.
    void open(std::vector<input_position> const& positions, std::vector<input_statistics>& counts);

    /// Reads until every input has ended and its tags are durable. Throws when one fails.
    boost::asio::awaitable<void> run();

    /// Stops reading.
    void stop();

    bool empty() const { return running_.empty(); }

    /// Records in `counts` why an input cannot be read now.
    void note_obstacles(std::vector<input_statistics>& counts) const;

    /// Ends the inputs and returns their connections, which are open; call it after `run`. Afterwards this is empty.
    std::vector<std::shared_ptr<nats_connection>> end();

private:
    struct running_input {
        std::shared_ptr<nats_connection> connection; ///< null unless the source needs one
        std::shared_ptr<event_source> source;
        std::unique_ptr<input_pipeline> pipeline;
    };

    std::string position_name(file_input const& input) const;
    void open_source(running_input& into, file_input const& configured, std::vector<input_position> const& positions);
    void open_source(running_input& into, socket_input const& configured, std::vector<input_position> const&);
    void open_source(running_input& into, nats_input const& configured, std::vector<input_position> const&);
    boost::asio::awaitable<void> serve(running_input& which);
    boost::asio::awaitable<void> read(running_input& which);

    boost::asio::any_io_executor executor_;
    time_source& time_;
    host_options const& options_;
    tag_writer& writer_;
    pipeline_parts const& parts_;
    std::function<void(std::string const&)> warn_;
    std::vector<running_input> running_;
};

} // namespace rulehost
