#pragma once

#include <sys/resource.h>

#include <csignal>

namespace rulehost::test {

/// Limits the files of this process to `bytes` during its lifetime: a write beyond fails with EFBIG.
class small_files {
public:
    explicit small_files(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        rlimit const small{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &small);
    }
    small_files(small_files const&) = delete;
    small_files& operator=(small_files const&) = delete;
    ~small_files() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }

private:
    rlimit before_{};
    void (*handler_)(int);
};

} // namespace rulehost::test
