#include "host/host_inputs.hpp"

#include "event/deterministic_uuid.hpp"
#include "host/checked_options.hpp"
#include "input/nats_source.hpp"
#include "input/open_file_source.hpp"
#include "input/socket_source.hpp"

#include <rulehost/task_group.hpp>

#include <algorithm>
#include <filesystem>
#include <utility>
#include <variant>

namespace rulehost {

namespace asio = boost::asio;

namespace {

constexpr std::size_t max_position_name = 255;

} // namespace

host_inputs::host_inputs(asio::any_io_executor executor, time_source& time, host_options const& options,
                         tag_writer& writer, pipeline_parts const& parts, std::function<void(std::string const&)> warn)
    : executor_(std::move(executor)),
      time_(time),
      options_(options),
      writer_(writer),
      parts_(parts),
      warn_(std::move(warn)) {}

/// Key of an input's positions, unique among all workers that share the database.
std::string host_inputs::position_name(file_input const& input) const {
    if (options_.store.empty() || input.at_end == file_input::end::stop || !has_places(input.path))
        return {};
    auto name = options_.worker + ":" + std::filesystem::absolute(input.path).lexically_normal().string();
    return name.size() <= max_position_name ? name : options_.worker + ":" + event_uuid({"input", name});
}

std::vector<std::string> host_inputs::position_names() const {
    std::vector<std::string> names;
    for (auto const& each : options_.inputs) {
        auto const* const file = std::get_if<file_input>(&each);
        if (auto name = file ? position_name(*file) : std::string{}; !name.empty())
            names.push_back(std::move(name));
    }
    return names;
}

void host_inputs::open(std::vector<input_position> const& positions, std::vector<input_statistics>& counts) {
    for (std::size_t i = 0; i < options_.inputs.size(); ++i) {
        auto open = [&](auto const& configured) {
            running_input opened;
            open_source(opened, configured, positions);
            opened.pipeline = std::make_unique<input_pipeline>(parts_, opened.source, configured.format, counts[i]);
            running_.push_back(std::move(opened));
        };
        std::visit(open, options_.inputs[i]);
    }
}

asio::awaitable<void> host_inputs::run() {
    task_group reading(executor_);
    for (auto& input : running_)
        reading.spawn(input.source->name(), serve(input));
    co_await reading.join();
}

void host_inputs::stop() {
    for (auto const& input : running_)
        input.source->stop();
}

void host_inputs::note_obstacles(std::vector<input_statistics>& counts) const {
    for (std::size_t i = 0; i < running_.size(); ++i)
        counts[i].obstacle = running_[i].source->obstacle();
}

std::vector<std::shared_ptr<nats_connection>> host_inputs::end() {
    std::vector<std::shared_ptr<nats_connection>> connections;
    for (auto const& input : running_)
        if (input.connection)
            connections.push_back(input.connection);
    running_.clear();
    return connections;
}

void host_inputs::open_source(running_input& into, file_input const& configured,
                              std::vector<input_position> const& positions) {
    file_source_options reading;
    reading.path = configured.path;
    reading.at_end =
        configured.at_end == file_input::end::stop ? file_source_options::end::stop : file_source_options::end::follow;
    reading.input = position_name(configured);
    auto const known = std::ranges::find(positions, reading.input, &input_position::input);
    if (!reading.input.empty() && known != positions.end())
        reading.from = file_place_from(known->place);
    reading.log = warn_;
    into.source = open_file_source(executor_, time_, std::move(reading));
}

void host_inputs::open_source(running_input& into, socket_input const& configured, std::vector<input_position> const&) {
    socket_source_options listening;
    listening.path = configured.path;
    listening.permissions = configured.permissions;
    listening.max_connections = configured.max_connections;
    listening.log = warn_;
    into.source = std::make_unique<socket_source>(executor_, time_, std::move(listening));
}

void host_inputs::open_source(running_input& into, nats_input const& configured, std::vector<input_position> const&) {
    auto read = read_nats_url(configured.url);
    read.connection.name = "rulehost " + options_.worker;
    read.connection.log = read.source.log = warn_;
    into.connection = std::make_shared<nats_connection>(executor_, std::move(read.connection));
    into.source = std::make_unique<nats_source>(executor_, *into.connection, time_, std::move(read.source));
}

asio::awaitable<void> host_inputs::serve(running_input& which) {
    task_group both(executor_);
    both.spawn(which.source->name(), which.source->run());
    both.spawn(which.source->name(), read(which));
    co_await both.join();
}

asio::awaitable<void> host_inputs::read(running_input& which) {
    co_await which.pipeline->run();
    co_await writer_.drain();
    which.source->stop();
}

} // namespace rulehost
