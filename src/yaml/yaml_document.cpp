#include "yaml/yaml_document.hpp"

#include "text/utf8.hpp"
#include "yaml/yaml_advice.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <utility>

namespace rulehost {
namespace {

constexpr std::size_t max_document_size = 256 * 1024;
constexpr std::size_t deepest_level = 32;
// The largest document without aliases stays below it.
constexpr std::size_t max_tree_size = 16 * 1024 * 1024;
constexpr std::size_t cost_of_node = 64;
constexpr std::string_view text_tag = "tag:yaml.org,2002:str";

struct refusal {
    finding what;
    position where;
    std::string message;
};

/// Whether `text`, starting with possible prefixes of a quoted text, holds an unterminated one. yaml-cpp would end it
/// at the end of the document and take the keys in between for its words.
bool is_left_open(std::string_view text) {
    while (text.starts_with('&') || text.starts_with('!')) {
        text.remove_prefix(std::min(text.size(), text.find_first_of(" \t\r\n")));
        text.remove_prefix(std::min(text.size(), text.find_first_not_of(" \t\r\n")));
    }
    if (!text.starts_with('"') && !text.starts_with('\''))
        return false;
    auto const quote = text.front();
    for (std::size_t at = 1; at < text.size(); ++at) {
        if (quote == '"' && text[at] == '\\') {
            ++at;
        } else if (text[at] == quote) {
            auto const is_doubled = quote == '\'' && text.substr(at + 1).starts_with(quote);
            if (!is_doubled)
                return false;
            ++at;
        }
    }
    return true;
}

/// Builds the tree from yaml-cpp's events. Limits are checked as the events come, before yaml-cpp, which
/// recurses for each level, gets deep.
class tree_builder final : public YAML::EventHandler {
public:
    tree_builder(std::string_view text, std::size_t first_line) : text_(text), first_line_(first_line) {}

    yaml_node take() { return std::move(root_); }

    position at(YAML::Mark const& mark) const {
        return mark.is_null()
            ? position{}
            : position{first_line_ + static_cast<std::size_t>(mark.line), 1 + static_cast<std::size_t>(mark.column)};
    }

    void OnDocumentStart(YAML::Mark const& mark) override {
        if (root_.what != yaml_node::kind::null) {
            throw refusal{finding::invalid_yaml, at(mark),
                          "nothing may follow here; a further document starts with a line ---"};
        }
    }
    void OnDocumentEnd() override {}

    void OnNull(YAML::Mark const& mark, YAML::anchor_t anchor) override {
        add(made(yaml_node::kind::null, mark), anchor);
    }

    void OnScalar(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor,
                  std::string const& value) override {
        auto node = made(yaml_node::kind::scalar, mark);
        node.text = value;
        node.written = tag == "?" ? yaml_node::style::plain : yaml_node::style::quoted;
        if (tag != "!" && tag != text_tag)
            refuse_tag(tag, mark);
        if (node.written == yaml_node::style::quoted && !mark.is_null() &&
            is_left_open(text_.substr(std::min(text_.size(), static_cast<std::size_t>(mark.pos)))))
            throw refusal{finding::invalid_yaml, at(mark), "the quote that opens here is never closed"};
        add(std::move(node), anchor);
    }

    void OnAlias(YAML::Mark const& mark, YAML::anchor_t anchor) override {
        auto const found = anchored_.find(anchor);
        if (found == anchored_.end())
            throw refusal{finding::invalid_yaml, at(mark), "an alias inside of its own anchor"};
        charge(found->second.cost, at(mark));
        if (open_.size() + found->second.height > deepest_level)
            too_deep(mark);
        cost_ = found->second.cost;
        height_ = found->second.height;
        attach(found->second.node);
    }

    void OnSequenceStart(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        enter(yaml_node::kind::sequence, mark, tag, anchor);
    }
    void OnSequenceEnd() override { leave(); }

    void OnMapStart(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        enter(yaml_node::kind::map, mark, tag, anchor);
    }
    void OnMapEnd() override { leave(); }

private:
    struct level {
        yaml_node node;
        YAML::anchor_t anchor;
        std::size_t cost = cost_of_node;
        std::size_t height = 1;
    };
    struct anchored_node {
        yaml_node node;
        std::size_t cost;
        std::size_t height;
    };

    yaml_node made(yaml_node::kind what, YAML::Mark const& mark) const {
        yaml_node node;
        node.what = what;
        node.where = at(mark);
        return node;
    }

    void refuse_tag(std::string const& tag, YAML::Mark const& mark) const {
        if (!tag.empty() && tag != "?" && tag != "!")
            throw refusal{finding::invalid_yaml, at(mark), "YAML tags such as '" + tag + "' are not supported"};
    }

    [[noreturn]] void too_deep(YAML::Mark const& mark) const {
        throw refusal{finding::too_deep, at(mark), "nested deeper than " + std::to_string(deepest_level) + " levels"};
    }

    void charge(std::size_t cost, position where) {
        total_ += cost;
        if (total_ > max_tree_size)
            throw refusal{finding::too_many_aliases, where, "the aliases of this text expand to too much"};
    }

    void enter(yaml_node::kind what, YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor) {
        refuse_tag(tag, mark);
        if (open_.size() >= deepest_level)
            too_deep(mark);
        charge(cost_of_node, at(mark));
        open_.push_back({made(what, mark), anchor});
    }

    void leave() {
        auto closed = std::move(open_.back());
        open_.pop_back();
        cost_ = closed.cost;
        height_ = closed.height;
        keep(closed.node, closed.anchor);
        attach(std::move(closed.node));
    }

    void add(yaml_node node, YAML::anchor_t anchor) {
        cost_ = cost_of_node + node.text.size();
        height_ = 0;
        charge(cost_, node.where);
        keep(node, anchor);
        attach(std::move(node));
    }

    /// Copies a node that an alias may refer to; the copy counts too.
    void keep(yaml_node const& node, YAML::anchor_t anchor) {
        if (anchor != YAML::NullAnchor) {
            charge(cost_, node.where);
            anchored_.insert_or_assign(anchor, anchored_node{node, cost_, height_});
        }
    }

    void attach(yaml_node node) {
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        auto& parent = open_.back();
        parent.cost += cost_;
        parent.height = std::max(parent.height, height_ + 1);
        auto& into = parent.node;
        if (into.what == yaml_node::kind::map && into.keys.size() == into.items.size()) {
            if (node.what != yaml_node::kind::scalar)
                throw refusal{finding::invalid_yaml, node.where, "a key must be a word or a quoted text"};
            into.keys.push_back({std::move(node.text), node.where});
            return;
        }
        if (into.what == yaml_node::kind::map && node.what == yaml_node::kind::null)
            node.where = into.keys.back().where; // yaml-cpp names the token after it, often on another line
        into.items.push_back(std::move(node));
    }

    std::string_view text_;
    std::size_t first_line_;
    yaml_node root_;
    std::vector<level> open_;
    std::map<YAML::anchor_t, anchored_node> anchored_;
    std::size_t total_ = 0;
    std::size_t cost_ = 0;   // of the node that is about to be attached
    std::size_t height_ = 0; // levels below and including it
};

bool starts_document(std::string_view line) {
    return line.starts_with("---") && (line.size() == 3 || line[3] == ' ' || line[3] == '\t' || line[3] == '\r');
}

/// Whether the line is blank, a comment or the end marker of a document.
bool holds_nothing(std::string_view line) {
    auto const first = line.find_first_not_of(" \t\r");
    return first == std::string_view::npos || line[first] == '#' || line == "..." || line == "...\r";
}

template <class Each>
void each_line(std::string_view text, Each each) {
    for (std::size_t begin = 0; begin < text.size();) {
        auto const end = std::min(text.find('\n', begin), text.size());
        each(text.substr(begin, end - begin), begin);
        begin = end + 1;
    }
}

/// True when every character is one that YAML allows in a file; else reports the first that is not.
bool is_text(std::string_view text, std::size_t first_line, std::string_view hint, findings& out) {
    position where{first_line, 1};
    for (std::size_t at = 0; at < text.size();) {
        auto const unit = first_unit(text.substr(at));
        // Some YAML readers take a lone carriage return as a line break, yaml-cpp as a letter.
        auto const lone_return = unit.code_point == '\r' && !text.substr(at + 1).starts_with('\n');
        auto const control =
            (unit.code_point < 0x20 && unit.code_point != '\t' && unit.code_point != '\n' && unit.code_point != '\r') ||
            unit.code_point == 0x7f;
        if (!unit.valid || control || lone_return) {
            out.report(finding::not_text, where,
                       lone_return      ? "a carriage return that no line feed follows"
                           : unit.valid ? "a control character"
                                        : "a byte that is not UTF-8",
                       lone_return ? "a line ends with a line feed, or with a carriage return and a line feed"
                                   : std::string(hint));
            return false;
        }
        if (unit.code_point == '\n')
            where = {where.line + 1, 1};
        else
            where.column += unit.length;
        at += unit.length;
    }
    return true;
}

/// yaml-cpp takes the blanks of an unterminated last line for a word of a folded text.
std::string_view without_unfinished_blanks(std::string_view text) {
    auto const last = text.find_last_not_of(' ');
    return last != std::string_view::npos && text[last] == '\n' ? text.substr(0, last + 1) : text;
}

/// The only word of a line, quoted or not, apart from a comment; empty if there is more.
std::string_view word_of(std::string_view line) {
    auto const begin = line.find_first_not_of(" \t");
    if (begin == std::string_view::npos)
        return {};
    line.remove_prefix(begin);
    auto const quoted = line.front() == '"' || line.front() == '\'';
    auto const end = quoted ? line.find(line.front(), 1) : line.find_first_of(" \t\r");
    auto const word = line.substr(quoted ? 1 : 0, end == std::string_view::npos ? end : end - (quoted ? 1 : 0));
    auto const rest = end == std::string_view::npos ? std::string_view() : line.substr(end + (quoted ? 1 : 0));
    return holds_nothing(rest) ? word : std::string_view();
}

} // namespace

std::vector<document_text> split_documents(std::string_view text) {
    std::vector<document_text> documents;
    document_text current{text, 1};
    std::size_t begin = 0;
    std::size_t line_number = 0;
    bool has_content = false;
    bool has_marker = false;
    auto const finish = [&](std::size_t end) {
        current.text = text.substr(begin, end - begin);
        if (has_content)
            documents.push_back(current);
    };
    each_line(text, [&](std::string_view line, std::size_t at) {
        ++line_number;
        if (at == 0 && line.starts_with(byte_order_mark)) {
            line.remove_prefix(byte_order_mark.size());
        }
        if (starts_document(line)) {
            // Comments and directives before the first marker belong to the document that it starts.
            if (has_content || has_marker) {
                finish(at);
                begin = at;
                current.line = line_number;
            }
            has_marker = true;
            has_content = !holds_nothing(line.substr(3));
        } else if (!holds_nothing(line) && !(line.starts_with('%') && !has_marker)) {
            has_content = true;
        }
    });
    finish(text.size());
    if (documents.empty())
        documents.push_back({text, 1});
    return documents;
}

std::optional<yaml_node> parse_document(document_text document, document_kind kind, findings& out) {
    auto text = document.text;
    if (text.starts_with(byte_order_mark))
        text.remove_prefix(byte_order_mark.size());
    if (text.size() > max_document_size) {
        out.report(finding::too_large, {},
                   "the " + std::string(kind.name) + " has " + std::to_string(text.size()) +
                       " bytes; 262144 are allowed");
        return std::nullopt;
    }
    if (!is_text(text, document.line, kind.text_hint, out))
        return std::nullopt;
    tree_builder builder(text, document.line);
    try {
        std::istringstream stream{std::string(without_unfinished_blanks(text))};
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {}
        return builder.take();
    } catch (refusal const& refused) {
        out.report(refused.what, refused.where, refused.message);
    } catch (YAML::Exception const& refused) {
        auto const at = refused.mark.is_null() ? position{}
                                               : position{1 + static_cast<std::size_t>(refused.mark.line),
                                                          1 + static_cast<std::size_t>(refused.mark.column)};
        auto advice = advice_on(text, at, refused.msg);
        if (advice.where.line != 0)
            advice.where.line += document.line - 1;
        out.report(finding::invalid_yaml, advice.where, std::move(advice.message), std::move(advice.hint));
    }
    return std::nullopt;
}

std::vector<found_word> find_words(document_text document, std::string_view key) {
    std::vector<found_word> found;
    std::size_t line_number = document.line;
    each_line(document.text, [&](std::string_view line, std::size_t at) {
        if (at == 0 && line.starts_with(byte_order_mark))
            line.remove_prefix(byte_order_mark.size());
        if (line.starts_with(key) && line.substr(key.size()).starts_with(':')) {
            if (auto const word = word_of(line.substr(key.size() + 1)); !word.empty())
                found.push_back({word, {line_number, 1}});
        }
        ++line_number;
    });
    return found;
}

} // namespace rulehost
