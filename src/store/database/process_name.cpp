#include "store/database/process_name.hpp"

#include <boost/asio/ip/host_name.hpp>

#include <random>

#include <unistd.h>

namespace rulehost {

std::string process_name() {
    return boost::asio::ip::host_name() + ":" + std::to_string(::getpid()) + ":" +
        std::to_string(std::random_device{}());
}

} // namespace rulehost
