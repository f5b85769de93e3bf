// Any bytes as the URL of a database and as the address of a NATS server. No message holds the password.
#include "fuzz/fuzzing.hpp"

#include "nats/nats_address.hpp"
#include "sql/session/database_url.hpp"

#include <cstddef>
#include <cstdint>
#include <stdexcept>

using namespace rulehost;
using namespace rulehost::fuzzing;

namespace {

// Short ones occur in any text.
bool shows(std::string_view text, std::string_view secret) {
    return secret.size() >= 8 && text.find(secret) != text.npos;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const text = text_of(data, size);
    try {
        auto const url = parse_database_url(text);
        require(!shows(url.display(), url.password) ||
                shows(url.user + url.host + url.path + url.database + url.tls, url.password));
    } catch (std::invalid_argument const& refusal) {
        require(*refusal.what() != '\0');
    }
    auto const server = parse_nats_address(text);
    require(!server.password || !shows(server.display(), *server.password) ||
            shows(server.scheme + server.host, *server.password));
    return 0;
}
