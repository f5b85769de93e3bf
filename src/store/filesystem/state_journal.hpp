#pragma once

#include "file/file_descriptor.hpp"
#include "store/state_table.hpp"

#include <filesystem>

namespace rulehost {

/// The states and decisions of a filesystem store on disk: one small file that is replaced atomically. Held by one
/// process at a time. Blocking.
class state_journal {
public:
    struct content {
        rulehost::revision revision = 0; ///< the newest at the time of writing
        state_table states;
    };

    /// Throws std::runtime_error if another store holds the file, or its directory is missing.
    explicit state_journal(std::filesystem::path file);

    /// The last saved states; empty if there is no file yet. Throws std::runtime_error if it is damaged.
    content load() const;

    /// Saves durably. Throws `store_unavailable`; then the file is unchanged.
    void save(rulehost::revision newest, state_table const& states) const;

private:
    std::filesystem::path file_;
    file_descriptor lock_;
};

} // namespace rulehost
