#pragma once

#include <rulehost/diagnostic.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

struct event_adapter;

/// The producers whose JSON is understood, each described by a YAML document (README, "Adapters"). Fill it, then share
/// it: const members are safe from any thread.
class adapter_table {
public:
    /// The shipped adapters: `config/adapters/`.
    static std::shared_ptr<adapter_table const> shipped();

    adapter_table();
    adapter_table(adapter_table const&);
    ~adapter_table();

    /// Adds the adapters of a file; one replaces another of its name. Returns every finding; a document with an error
    /// adds nothing. `path` is only quoted. Never throws for what the text holds.
    std::vector<diagnostic> add(std::string_view text, std::string_view path);

    std::vector<std::string> names() const;
    /// The payload fields that these adapters name and leave in the payload, sorted, each once.
    std::vector<std::string> payload_fields() const;
    /// Null for a name that nobody has. What it points to lives as long as a table that holds it.
    std::shared_ptr<event_adapter const> find(std::string_view name) const;

    /// In the order in which they were added.
    std::vector<std::shared_ptr<event_adapter const>> const& all() const { return adapters_; }

private:
    std::vector<std::shared_ptr<event_adapter const>> adapters_;
};

} // namespace rulehost
