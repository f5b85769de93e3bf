#include <rulehost/directory_reader.hpp>

#include "directory/rule_corpus.hpp"
#include "directory/rule_directory.hpp"

#include <memory>

namespace rulehost {

rule_snapshot read_directory(std::filesystem::path const& path) {
    rule_corpus corpus(path, {});
    corpus.update(rule_directory(path).scan(rule_directory::reading::everything));
    rule_snapshot snapshot;
    snapshot.revision = 1;
    for (auto const& definition : corpus.live())
        snapshot.rules.push_back(std::make_shared<compiled_rule const>(definition, rule_state()));
    snapshot.quarantine = corpus.quarantine();
    snapshot.lists = corpus.lists();
    return snapshot;
}

} // namespace rulehost
