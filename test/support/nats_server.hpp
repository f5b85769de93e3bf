#pragma once

#include "support/temporary_directory.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <poll.h>
#include <spawn.h>
#include <string>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <vector>

extern char** environ;

namespace rulehost::test {

/// A nats-server with JetStream for one test, on a free port that it keeps over restarts.
class nats_server {
public:
    explicit nats_server(std::vector<std::string> more_arguments = {}) : more_arguments_(std::move(more_arguments)) {
        start();
    }
    nats_server(nats_server const&) = delete;
    nats_server& operator=(nats_server const&) = delete;
    ~nats_server() { kill(); }

    void start() {
        BOOST_REQUIRE_EQUAL(process_, 0);
        std::vector<std::string> arguments{"nats-server",
                                           "--addr",
                                           "127.0.0.1",
                                           "--port",
                                           std::to_string(port_),
                                           "--jetstream",
                                           "--store_dir",
                                           (directory_ / "store").string(),
                                           "--ports_file_dir",
                                           directory_.path().string(),
                                           "--log",
                                           (directory_ / "log").string()};
        arguments.insert(arguments.end(), more_arguments_.begin(), more_arguments_.end());
        std::vector<char*> pointers;
        for (auto& each : arguments)
            pointers.push_back(each.data());
        pointers.push_back(nullptr);
        // Debian installs it outside of a user's PATH.
        int problem = ::posix_spawnp(&process_, "nats-server", nullptr, nullptr, pointers.data(), environ);
        if (problem != 0)
            problem = ::posix_spawn(&process_, "/usr/sbin/nats-server", nullptr, nullptr, pointers.data(), environ);
        if (problem != 0)
            throw std::system_error(problem, std::system_category(), "nats-server");
        await_port();
    }

    void kill() { end(SIGKILL); }
    /// Suspends the server: it neither answers nor reads, and keeps its connections. Only `kill` ends it then.
    void freeze() const { ::kill(process_, SIGSTOP); }
    void stop() { end(SIGTERM); }

    std::string url(std::string const& account = {}) const {
        return "nats://" + (account.empty() ? account : account + "@") + "127.0.0.1:" + std::to_string(port_);
    }

private:
    /// It writes its ports to a file once it listens.
    void await_port() {
        auto const name = "nats-server_" + std::to_string(process_) + ".ports";
        auto const ended = static_cast<int>(::syscall(SYS_pidfd_open, process_, 0));
        for (;;) {
            boost::system::error_code incomplete;
            auto const text = directory_.read(name);
            auto const ports = boost::json::parse(text, incomplete);
            if (!incomplete && ports.is_object()) {
                std::string const url(ports.at("nats").at(0).as_string());
                port_ = std::stoi(url.substr(url.rfind(':') + 1));
                break;
            }
            ::pollfd wait{ended, POLLIN, 0};
            BOOST_REQUIRE_MESSAGE(::poll(&wait, 1, 2) == 0, "nats-server ended: " << directory_.read("log"));
        }
        ::close(ended);
        directory_.remove(name);
    }

    void end(int signal) {
        if (process_ == 0)
            return;
        ::kill(process_, signal);
        ::waitpid(process_, nullptr, 0);
        process_ = 0;
    }

    temporary_directory directory_;
    std::vector<std::string> more_arguments_;
    ::pid_t process_ = 0;
    int port_ = -1;
};

} // namespace rulehost::test
