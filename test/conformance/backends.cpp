#include "conformance/backend.hpp"
#include "conformance/database_backend.hpp"
#include "conformance/filesystem_backend.hpp"

namespace rulehost::test {

std::vector<backend_kind> const& backends() {
    static std::vector<backend_kind> const all{filesystem_backend(), database_backend(database_kind::sqlite),
                                               database_backend(database_kind::postgresql),
                                               database_backend(database_kind::mysql)};
    return all;
}

} // namespace rulehost::test
