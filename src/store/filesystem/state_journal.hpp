#pragma once

#include "file/file_descriptor.hpp"
#include "store/state_table.hpp"

#include <filesystem>

namespace rulehost {

/// The states of a filesystem store on disk: one small file that is replaced as a whole, so that a crash leaves
/// the old one or the new one. Held by one process at a time. Blocking.
class state_journal {
public:
    struct content {
        rulehost::revision revision = 0; ///< the newest one when it was written
        state_table states;
    };

    /// Throws std::runtime_error when another store holds the file, or its directory is missing.
    explicit state_journal(std::filesystem::path file);

    /// The last saved states; nothing when there is no file yet. Throws std::runtime_error when it is damaged.
    content load() const;

    /// Durable when it returns. Throws `store_unavailable`; then the file is as it was.
    void save(rulehost::revision newest, state_table const& states) const;

private:
    std::filesystem::path file_;
    file_descriptor lock_;
};

} // namespace rulehost
