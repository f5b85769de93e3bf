#pragma once

#include <rulehost/diagnostic.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

struct event_adapter;

/// The event producers that rulehost understands, each described by a YAML document (docs/events.md, "Adapters"). Fill
/// it, then share it: const members are safe from any thread.
class adapter_table {
public:
    /// The shipped adapters: `config/adapters/`.
    static std::shared_ptr<adapter_table const> shipped();

    adapter_table();
    adapter_table(adapter_table const&);
    ~adapter_table();

    /// Adds the adapters of a file; an adapter replaces an earlier one of the same name. Returns every finding; a
    /// document with an error adds nothing. `path` is only quoted in findings. Never throws for any content of the
    /// text.
    std::vector<diagnostic> add(std::string_view text, std::string_view path);

    std::vector<std::string> names() const;
    /// Payload fields that these adapters name and keep, sorted, each once.
    std::vector<std::string> payload_fields() const;
    /// Null for an unknown name. The result is valid as long as any table that holds the adapter.
    std::shared_ptr<event_adapter const> find(std::string_view name) const;

    /// Names in insertion order.
    std::vector<std::shared_ptr<event_adapter const>> const& all() const { return adapters_; }

private:
    std::vector<std::shared_ptr<event_adapter const>> adapters_;
};

} // namespace rulehost
