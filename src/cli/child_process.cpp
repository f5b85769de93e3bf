#include "cli/child_process.hpp"

#include "file/errno_error.hpp"
#include "file/file_descriptor.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <memory>
#include <stdexcept>

extern char** environ; // NOLINT

namespace rulehost::cli {

namespace {

constexpr std::size_t max_errors = 4096;

using temporary_file = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

/// An anonymous file: unlike a pipe it never fills up while it is not read.
temporary_file with_text(std::string_view text) {
    temporary_file file(std::tmpfile(), [](std::FILE* each) { return std::fclose(each); });
    if (!file || std::fwrite(text.data(), 1, text.size(), file.get()) != text.size() || std::fflush(file.get()) != 0)
        throw_errno("a temporary file");
    ::lseek(::fileno(file.get()), 0, SEEK_SET);
    return file;
}

/// False: there is more than `limit`.
bool read_all(int descriptor, std::size_t limit, std::string& into) {
    std::array<char, 64 * 1024> part;
    for (;;) {
        auto const count = ::read(descriptor, part.data(), part.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            throw_errno("output of a program");
        if (count == 0)
            return true;
        into.append(part.data(), static_cast<std::size_t>(count));
        if (into.size() > limit)
            return false;
    }
}

int wait_for(::pid_t process) {
    int status = 0;
    while (::waitpid(process, &status, 0) < 0)
        if (errno != EINTR)
            throw_errno("waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// This program's environment with `settings` in place of variables of the same name. Valid as long as both.
std::vector<char*> environment_with(std::vector<std::string>& settings) {
    auto const is_replaced = [&](std::string_view variable) {
        return std::ranges::any_of(
            settings, [&](std::string_view each) { return variable.starts_with(each.substr(0, each.find('=') + 1)); });
    };
    std::vector<char*> all;
    for (auto** variable = environ; *variable; ++variable)
        if (!is_replaced(*variable))
            all.push_back(*variable);
    for (auto& each : settings)
        all.push_back(each.data());
    all.push_back(nullptr);
    return all;
}

::pid_t start(std::vector<std::string>& words, std::vector<std::string>& settings, int input, int output, int errors) {
    std::vector<char*> pointers;
    for (auto& each : words)
        pointers.push_back(each.data());
    pointers.push_back(nullptr);
    ::posix_spawn_file_actions_t files;
    ::posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, errors, STDERR_FILENO);
    ::sigset_t defaults; // a signal that this program ignores would stay ignored
    ::sigemptyset(&defaults);
    ::sigaddset(&defaults, SIGPIPE);
    ::posix_spawnattr_setsigdefault(&attributes, &defaults);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    auto environment = environment_with(settings);
    ::pid_t process = 0;
    auto const problem =
        ::posix_spawnp(&process, pointers.front(), &files, &attributes, pointers.data(), environment.data());
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&files);
    if (problem != 0)
        throw_errno(words.front(), problem);
    return process;
}

} // namespace

finished_process run_program(std::vector<std::string> words, std::string_view input, std::size_t max_output,
                             std::vector<std::string> settings) {
    auto const given = with_text(input);
    auto const error_file = with_text({});
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        throw_errno("pipe");
    file_descriptor reading(ends[0]);
    file_descriptor writing(ends[1]);
    auto const process = start(words, settings, ::fileno(given.get()), writing.get(), ::fileno(error_file.get()));
    writing = {};
    finished_process done;
    bool all = false;
    try {
        all = read_all(reading.get(), max_output, done.output);
    } catch (...) {
        reading = {};
        wait_for(process);
        throw;
    }
    reading = {};
    done.code = wait_for(process);
    if (!all)
        throw std::runtime_error(words.front() + " prints more than " + std::to_string(max_output) + " bytes");
    done.errors.resize(max_errors);
    auto const count = ::pread(::fileno(error_file.get()), done.errors.data(), done.errors.size(), 0);
    done.errors.resize(static_cast<std::size_t>(std::max<::ssize_t>(count, 0)));
    return done;
}

} // namespace rulehost::cli
