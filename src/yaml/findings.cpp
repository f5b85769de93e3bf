#include "yaml/findings.hpp"

#include "text/utf8.hpp"

#include <algorithm>
#include <utility>

namespace rulehost {
namespace {

constexpr std::size_t max_findings = 200; // a person reads fewer; a hostile text must not cost memory
constexpr std::size_t max_quote_length = 400;

std::string quote(std::string_view line) {
    if (line.size() > max_quote_length) {
        auto end = max_quote_length;
        while (end > max_quote_length - 4 && (static_cast<unsigned char>(line[end]) & 0xc0) == 0x80)
            --end;
        line = line.substr(0, end);
    }
    return std::string(line);
}

} // namespace

findings::findings(std::string_view path, document_text document) : path_(path), first_line_(document.line) {
    auto text = document.text;
    if (text.starts_with(byte_order_mark))
        text.remove_prefix(byte_order_mark.size());
    for (;;) {
        auto const end = text.find('\n');
        auto line = text.substr(0, end);
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        lines_.push_back(line);
        if (end == std::string_view::npos)
            break;
        text.remove_prefix(end + 1);
    }
}

std::string_view findings::line_text(std::size_t line) const {
    return line >= first_line_ && line - first_line_ < lines_.size() ? lines_[line - first_line_] : std::string_view();
}

bool findings::has_room() const {
    return found_.size() < max_findings;
}

void findings::report(finding what, position where, std::string message, std::string hint) {
    if (!has_room()) {
        ++unlisted_;
        return;
    }
    auto const& code = code_of(what);
    auto const place = [](diagnostic const& each) { return std::pair(each.line, each.column); };
    found_.insert(std::ranges::upper_bound(found_, std::pair(where.line, where.column), {}, place),
                  {code.level,
                   std::string(code.code),
                   std::move(message),
                   path_,
                   where.line,
                   where.column,
                   quote(line_text(where.line)),
                   std::move(hint),
                   {}});
}

position findings::inside(yaml_node const& scalar, std::size_t offset) const {
    auto const line = line_text(scalar.where.line);
    if (scalar.where.column == 0 || scalar.where.column > line.size())
        return scalar.where;
    auto const at = scalar.where.column - 1;
    auto const& text = scalar.text;
    if (line[at] == '|') {
        auto const before = std::string_view(text).substr(0, offset);
        auto const begin = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
        auto const row = scalar.where.line + 1 + static_cast<std::size_t>(std::ranges::count(before, '\n'));
        auto const content = std::string_view(text).substr(begin, text.find('\n', begin) - begin);
        auto const source = line_text(row);
        return source.ends_with(content) ? position{row, source.size() - content.size() + (offset - begin) + 1}
                                         : scalar.where;
    }
    if (line[at] != '\'' && line[at] != '"') {
        return line.substr(at).starts_with(text) ? position{scalar.where.line, scalar.where.column + offset}
                                                 : scalar.where;
    }
    auto source = at + 1;
    for (std::size_t i = 0; i < offset; ++i) {
        auto const doubled = line[at] == '\'' ? text[i] == '\'' : text[i] == '\\' || text[i] == '"';
        auto const written = line.substr(std::min(source, line.size()));
        if (doubled ? written.size() < 2 || written[1] != text[i] : written.empty() || written[0] != text[i])
            return scalar.where;
        source += doubled ? 2 : 1;
    }
    return {scalar.where.line, source + 1};
}

std::vector<diagnostic> findings::take(std::string_view rule_id) {
    if (unlisted_ != 0) {
        auto const& code = code_of(finding::too_many_findings);
        found_.push_back({code.level,
                          std::string(code.code),
                          std::to_string(unlisted_) + " more findings are not listed",
                          path_,
                          0,
                          0,
                          {},
                          {},
                          {}});
    }
    for (auto& each : found_)
        each.rule_id = rule_id;
    return std::exchange(found_, {});
}

} // namespace rulehost
