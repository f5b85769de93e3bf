#include "conformance/backend.hpp"
#include "conformance/filesystem_backend.hpp"

namespace rulehost::test {

std::vector<backend_kind> const& backends() {
    static std::vector<backend_kind> const all{filesystem_backend()};
    return all;
}

} // namespace rulehost::test
