#include "host/open_file_source.hpp"

#include "host/byte_stream.hpp"
#include "host/stream_source.hpp"

#include <utility>

#include <sys/stat.h>

namespace rulehost {

bool has_places(std::string const& path) {
    struct ::stat status {};
    return path != "-" && (::stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode));
}

std::unique_ptr<event_source> open_file_source(boost::asio::any_io_executor executor, time_source& time,
                                               file_source_options options) {
    if (has_places(options.path))
        return std::make_unique<file_source>(std::move(executor), time, std::move(options));
    return std::make_unique<stream_source>(byte_stream::reading(std::move(executor), std::move(options.path)));
}

} // namespace rulehost
