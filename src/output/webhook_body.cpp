#include "output/webhook_body.hpp"

#include "event/typed_text.hpp"
#include "output/tag_texts.hpp"
#include "text/json_members.hpp"

#include <rulehost/diagnostic.hpp>
#include <rulehost/json_text.hpp>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <array>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace rulehost {

namespace {

namespace json = boost::json;
using receiver = webhook_template::receiver;

constexpr std::array<std::pair<std::string_view, receiver>, 5> names{{{"tags", receiver::tags},
                                                                      {"slack", receiver::slack},
                                                                      {"discord", receiver::discord},
                                                                      {"teams", receiver::teams},
                                                                      {"mattermost", receiver::mattermost}}};
// Bytes of an escaped text from outside: an attacker must not make a message too long to be accepted.
constexpr std::size_t max_field = 60;
constexpr std::size_t max_quoted = 200;

/// On one line, and without the backtick that would end a piece of code.
std::string code_text(std::string_view text, std::size_t limit) {
    std::string safe;
    for (char const c : visible(text, limit))
        if (c == '`')
            safe += "\xcb\x8b"; // U+02CB, which looks like it
        else
            safe += c;
    return safe;
}

std::string for_slack(std::string text) {
    std::string safe;
    for (char const c : text)
        if (c == '&')
            safe += "&amp;";
        else if (c == '<')
            safe += "&lt;";
        else if (c == '>')
            safe += "&gt;";
        else
            safe += c;
    return safe;
}

/// Pairs of a name and a value.
std::vector<std::pair<std::string_view, std::string>> facts_of(tag const& t) {
    std::vector<std::pair<std::string_view, std::string>> facts;
    auto const add = [&](std::string_view name, std::string_view value) {
        if (!value.empty())
            facts.emplace_back(name, value);
    };
    add("time", format_time(happened_at(t)));
    add("from", t.src_ip);
    add("sensor", t.decky_id);
    add("session", t.session_id);
    add("rule", t.rule_name.empty() ? t.rule_id : t.rule_id + " " + t.rule_name);
    return facts;
}

/// Markdown for Slack, Discord and Mattermost: every text from outside is code.
std::string chat_text(std::span<tag const> tags, std::string_view bold) {
    std::string text;
    for (auto const& t : tags) {
        text.append(text.empty() ? "" : "\n").append(bold).append(headline(t)).append(bold);
        for (auto const& [name, value] : facts_of(t))
            text.append(" ").append(name).append(" `").append(code_text(value, max_field)).append("`");
        if (auto const typed = typed_text(t); !typed.empty())
            text.append("\n```").append(code_text(typed, max_quoted)).append("```");
    }
    return text;
}

/// Runs of text without markdown.
json::value teams_card(std::span<tag const> tags) {
    json::array body;
    for (auto const& t : tags) {
        std::string rest;
        for (auto const& [name, value] : facts_of(t))
            rest.append("  ").append(name).append(" ").append(visible(value, max_field));
        json::array runs{json::object{{"type", "TextRun"}, {"text", headline(t)}, {"weight", "bolder"}},
                         json::object{{"type", "TextRun"}, {"text", rest}}};
        body.push_back(json::object{{"type", "RichTextBlock"}, {"inlines", std::move(runs)}});
        if (auto const typed = typed_text(t); !typed.empty())
            body.push_back(json::object{
                {"type", "RichTextBlock"},
                {"inlines",
                 json::array{json::object{
                     {"type", "TextRun"}, {"text", visible(typed, max_quoted)}, {"fontType", "monospace"}}}}});
    }
    json::object card{{"type", "AdaptiveCard"}, {"version", "1.4"}, {"body", std::move(body)}};
    json::object attachment{{"contentType", "application/vnd.microsoft.card.adaptive"}, {"content", std::move(card)}};
    return json::object{{"type", "message"}, {"attachments", json::array{std::move(attachment)}}};
}

std::string member_text(json::object const& members, std::string_view name) {
    auto const* const value = members.if_contains(name);
    if (!value || value->is_null())
        return {};
    auto const* const text = value->if_string();
    return text ? std::string(text->data(), text->size()) : json_text(*value);
}

std::string filled(std::string_view text, json::object const& members) {
    std::string out;
    while (!text.empty()) {
        auto const open = text.find('{');
        auto const close = open == text.npos ? text.npos : text.find('}', open);
        if (close == text.npos)
            break;
        out += text.substr(0, open);
        auto const name = text.substr(open + 1, close - open - 1);
        out += escape_for_terminal(member_text(members, name));
        text.remove_prefix(close + 1);
    }
    return out.append(text);
}

void fill(json::value& into, json::object const& members) {
    if (auto* const text = into.if_string())
        into = filled({text->data(), text->size()}, members);
    else if (auto* const list = into.if_array())
        for (auto& each : *list)
            fill(each, members);
    else if (auto* const object = into.if_object())
        for (auto& each : *object)
            fill(each.value(), members);
}

/// Throws for a name in braces that no tag has.
void check_names(json::value const& in, json::object const& members) {
    if (auto const* const found = in.if_string()) {
        std::string_view text(found->data(), found->size());
        for (auto open = text.find('{'); open != text.npos; open = text.find('{', open + 1)) {
            auto const name = text.substr(open + 1, text.find('}', open) - open - 1);
            if (!members.contains(name))
                throw std::invalid_argument("a tag has no member '" + std::string(name) + "'");
        }
    } else if (auto const* const list = in.if_array()) {
        for (auto const& each : *list)
            check_names(each, members);
    } else if (auto const* const object = in.if_object()) {
        for (auto const& each : *object)
            check_names(each.value(), members);
    }
}

json::object members_of(tag const& t) {
    auto members = to_json(t);
    members["typed"] = typed_text(t);
    return members;
}

} // namespace

webhook_template webhook_template::parse(std::string_view text) {
    for (auto const& [name, what] : names)
        if (name == text)
            return webhook_template(what);
    json::error_code problem;
    webhook_template made(receiver::own);
    made.own_ = json::parse({text.data(), text.size()}, problem);
    if (problem || !made.own_.is_object())
        throw std::invalid_argument("a template is one of tags, slack, discord, teams, mattermost, or a JSON object");
    check_names(made.own_, members_of({}));
    return made;
}

std::size_t webhook_template::max_tags() const {
    switch (what_) {
    case receiver::tags:
        return 100;
    case receiver::discord:
        return 2; // of 2000 characters
    case receiver::slack:
    case receiver::teams:
    case receiver::mattermost:
        return 10;
    case receiver::own:
        break;
    }
    return 1;
}

std::string webhook_template::body(std::span<tag const> tags) const {
    switch (what_) {
    case receiver::tags: {
        std::string text = "{\"tags\":[";
        for (auto const& each : tags) {
            text += &each == tags.data() ? "" : ",";
            append_json(text, each);
        }
        return text + "]}";
    }
    case receiver::slack:
        return json_text(json::object{{"text", for_slack(chat_text(tags, "*"))}});
    case receiver::discord:
        return json_text(json::object{{"content", chat_text(tags, "**")},
                                      {"allowed_mentions", json::object{{"parse", json::array()}}}});
    case receiver::mattermost:
        return json_text(json::object{{"text", chat_text(tags, "**")}});
    case receiver::teams:
        return json_text(teams_card(tags));
    case receiver::own:
        break;
    }
    auto filled_in = own_;
    fill(filled_in, members_of(tags.front()));
    return json_text(filled_in);
}

} // namespace rulehost
