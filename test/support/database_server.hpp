#pragma once

#include "support/temporary_directory.hpp"
#include "support/test_database.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <csignal>
#include <fcntl.h>
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

/// A database server for one test, which may stop, kill and restart it; its address stays the same.
class database_server {
public:
    explicit database_server(database_kind kind) : kind_(kind), port_(free_port()) {
        BOOST_REQUIRE_EQUAL(end_of(script("prepare")), 0);
        start();
    }
    database_server(database_server const&) = delete;
    database_server& operator=(database_server const&) = delete;
    ~database_server() { kill(); }

    std::string url() const {
        return std::string(kind_ == database_kind::postgresql ? "postgresql" : "mariadb") +
            "://rulehost@127.0.0.1:" + port_ + "/rulehost";
    }

    /// Returns once the server accepts connections.
    void start() {
        BOOST_REQUIRE_EQUAL(process_, 0);
        // PostgreSQL does not start while processes of a killed server still run.
        for (int attempt = 1; !comes_up(); ++attempt)
            BOOST_REQUIRE_MESSAGE(attempt < 100, "the server ends: " << directory_.read("log"));
    }

    /// Shuts down in order: ends every connection without waiting for clients.
    void stop() { end(kind_ == database_kind::postgresql ? SIGINT : SIGTERM); }
    void kill() { end(SIGKILL); }

private:
    static std::string free_port() {
        boost::asio::io_context loop;
        boost::asio::ip::tcp::acceptor const some(loop, {boost::asio::ip::address_v4::loopback(), 0});
        return std::to_string(some.local_endpoint().port());
    }

    ::pid_t script(std::string task) {
        std::string program = RULEHOST_SOURCE_DIR "/scripts/database_server";
        std::string server = kind_ == database_kind::postgresql ? "postgresql" : "mariadb";
        auto directory = directory_.path().string();
        std::vector<char*> const arguments{program.data(),   task.data(),  server.data(),
                                           directory.data(), port_.data(), nullptr};
        ::posix_spawn_file_actions_t files;
        ::posix_spawn_file_actions_init(&files);
        ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, (directory_ / "log").c_str(),
                                           O_WRONLY | O_CREAT | O_APPEND, 0644);
        ::posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
        ::pid_t process = 0;
        auto const problem = ::posix_spawn(&process, program.c_str(), &files, nullptr, arguments.data(), environ);
        ::posix_spawn_file_actions_destroy(&files);
        if (problem != 0)
            throw std::system_error(problem, std::system_category(), program);
        return process;
    }

    bool comes_up() {
        process_ = script("run");
        auto const ended = static_cast<int>(::syscall(SYS_pidfd_open, process_, 0));
        while (process_ != 0 && end_of(script("answers")) != 0) {
            ::pollfd wait{ended, POLLIN, 0};
            if (::poll(&wait, 1, 10) != 0) {
                end_of(process_);
                process_ = 0;
            }
        }
        ::close(ended);
        return process_ != 0;
    }

    static int end_of(::pid_t process) {
        int status = -1;
        ::waitpid(process, &status, 0);
        return status;
    }

    void end(int signal) {
        if (process_ == 0)
            return;
        ::kill(process_, signal);
        end_of(process_);
        process_ = 0;
    }

    database_kind kind_;
    temporary_directory directory_;
    std::string port_;
    ::pid_t process_ = 0;
};

} // namespace rulehost::test
