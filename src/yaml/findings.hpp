#pragma once

#include <rulehost/diagnostic.hpp>

#include "yaml/diagnostic_codes.hpp"
#include "yaml/yaml_node.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// One document of a file: a view of its bytes, and the line of the file where it starts.
struct document_text {
    std::string_view text;
    std::size_t line = 1;
};

/// Collects the findings about one document.
class findings {
public:
    /// `path` is only quoted. The document outlives this object.
    findings(std::string_view path, document_text document);

    /// Reports a finding at `where`; a line of 0 means the whole document.
    void report(finding what, position where, std::string message, std::string hint = {});

    /// Whether another finding would be listed; else a costly hint is not worth its time.
    bool has_room() const;

    /// The place in the file of byte `offset` of a scalar's text; the scalar's own place if its spelling (a folded
    /// block, an escape) obscures it.
    position inside(yaml_node const& scalar, std::size_t offset) const;

    /// Everything that was reported, in the order of the text, each stamped with `rule_id`.
    std::vector<diagnostic> take(std::string_view rule_id);

private:
    std::string_view line_text(std::size_t line) const;

    std::string path_;
    std::size_t first_line_;
    std::vector<std::string_view> lines_;
    std::vector<diagnostic> found_;
    std::size_t unlisted_ = 0;
};

} // namespace rulehost
