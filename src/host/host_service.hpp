#pragma once

#include "observability/admin_server.hpp"
#include "observability/otlp_tracer.hpp"

#include <rulehost/host.hpp>
#include <rulehost/task_group.hpp>
#include <rulehost/time_source.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rulehost {

struct service_options {
    std::string version;
    std::optional<admin_options> admin;                ///< empty: no endpoint
    std::optional<otlp_options> traces;                ///< empty: nothing is traced
    duration stale_limit = std::chrono::minutes{5};    ///< rules that are behind for longer make the service unready
    duration spool_patience = std::chrono::minutes{1}; ///< a database that takes no tags for longer makes it unready
};

/// Reasons not to send work to a host; empty: it is ready.
std::vector<std::string> missing_for_readiness(host_statistics const& counts, service_options const& options);

/// One-line status of a host for a person.
std::string status_line(host const& work, host_statistics const& counts);

/// Service side of a host: answers probes and scrapers, sends spans to a collector, and notifies the service manager.
///
/// Used on one executor. Constructed before its host, which uses its tracer, and runs beside it.
class host_service {
public:
    /// Listens, so that a taken port is an error at once. Throws what `admin_server` and `otlp_tracer` throw.
    host_service(boost::asio::any_io_executor executor, time_source& time, service_options options);
    ~host_service();

    /// For `host_options::trace`.
    tracer* trace() { return tracer_.get(); }
    /// Of the admin endpoint; empty without one.
    std::optional<std::uint16_t> port() const;

    /// Serves until it is cancelled, then sends the last spans. Call it once; `work` outlives it.
    boost::asio::awaitable<void> run(host const& work);

    // Called by the signal handler.

    void reloading();
    void reloaded();
    void stopping();

private:
    std::string metrics() const;
    boost::asio::awaitable<void> report_status();

    boost::asio::any_io_executor executor_;
    time_source& time_;
    service_options options_;
    time_point started_;
    host const* work_ = nullptr; ///< null before `run`
    std::unique_ptr<otlp_tracer> tracer_;
    std::unique_ptr<admin_server> admin_;
    bool ready_sent_ = false;
    bool stopping_ = false;
};

} // namespace rulehost
