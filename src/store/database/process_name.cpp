#include "store/database/process_name.hpp"

#include "text/number.hpp"

#include <boost/asio/ip/host_name.hpp>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <sstream>
#include <string_view>

#include <signal.h>
#include <unistd.h>

namespace rulehost {

namespace {

/// The parts of a name; they point into it.
struct named_process {
    std::string_view host;
    pid_t pid = 0;
    std::string_view start;
    std::string_view place;
};

std::optional<named_process> parse(std::string_view name) {
    std::array<std::string_view, 4> tail; // from the end: a host name may have colons
    for (auto& part : tail) {
        auto const colon = name.rfind(':');
        if (colon == std::string_view::npos)
            return std::nullopt;
        part = name.substr(colon + 1);
        name = name.substr(0, colon);
    }
    auto const pid = parse_number<pid_t>(tail[3]);
    if (!pid || *pid <= 0)
        return std::nullopt;
    return named_process{name, *pid, tail[2], tail[1]};
}

/// In clock ticks since the boot; empty: unknown.
std::string start_of(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string const text(std::istreambuf_iterator<char>(file), {});
    auto const program = text.rfind(')'); // its name may contain anything
    if (program == std::string::npos)
        return {};
    constexpr int fields_before = 19; // of the start, behind the program's name
    std::istringstream fields(text.substr(program + 1));
    std::string field;
    for (int i = 0; i <= fields_before; ++i)
        if (!(fields >> field))
            return {};
    return field;
}

/// The boot of this machine and the PID namespace of this process: the same PID means the same process only within
/// both.
std::string place_of_this_process() {
    std::string boot;
    std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
    std::error_code unreadable;
    auto space = std::filesystem::read_symlink("/proc/self/ns/pid", unreadable).string(); // pid:[NUMBER]
    auto const begin = space.find('[');
    if (boot.empty() || unreadable || begin == std::string::npos)
        return {};
    return boot + "." + space.substr(begin + 1, space.size() - begin - 2);
}

} // namespace

std::string process_name() {
    return boost::asio::ip::host_name() + ":" + std::to_string(::getpid()) + ":" + start_of(::getpid()) + ":" +
        place_of_this_process() + ":" + std::to_string(std::random_device{}());
}

bool process_has_ended(std::string const& name) {
    auto const process = parse(name);
    if (!process || process->place.empty() || process->place != place_of_this_process() ||
        process->host != boost::asio::ip::host_name())
        return false;
    if (::kill(process->pid, 0) != 0 && errno == ESRCH)
        return true;
    auto const start = start_of(process->pid);
    return !start.empty() && !process->start.empty() && start != process->start; // another one has its PID now
}

std::string readable_process(std::string const& name) {
    auto const process = parse(name);
    return process ? "process " + std::to_string(process->pid) + " on " + std::string(process->host) : name;
}

} // namespace rulehost
