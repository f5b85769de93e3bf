// directory_watch for kernels without inotify.
#include "store/filesystem/directory_watch.hpp"

#include <system_error>

namespace rulehost {

bool directory_watch::is_available() {
    return false;
}

directory_watch::directory_watch(boost::asio::any_io_executor executor, std::filesystem::path root)
    : root_(std::move(root)), inotify_(std::move(executor)) {
    throw std::system_error(std::make_error_code(std::errc::function_not_supported), "this build has no inotify");
}

bool directory_watch::watch(std::string const&) {
    return false;
}

void directory_watch::unwatch_others() {}

boost::asio::awaitable<void> directory_watch::readable() {
    co_return;
}

directory_hints directory_watch::drain() {
    return {};
}

} // namespace rulehost
