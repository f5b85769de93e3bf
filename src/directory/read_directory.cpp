#include <rulehost/directory_reader.hpp>

#include "directory/rule_corpus.hpp"
#include "directory/rule_directory.hpp"

namespace rulehost {

rule_snapshot read_directory(std::filesystem::path const& path) {
    rule_corpus corpus(path, {});
    corpus.update(rule_directory(path).scan(rule_directory::reading::everything));
    auto snapshot = corpus.snapshot();
    snapshot.revision = 1;
    return snapshot;
}

} // namespace rulehost
