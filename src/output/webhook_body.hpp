#pragma once

#include <rulehost/tag.hpp>

#include <boost/json/value.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace rulehost {

/// Format of a webhook's JSON: for a chat, as tags, or by a template of the operator.
class webhook_template {
public:
    enum class receiver { tags, slack, discord, teams, mattermost, own };

    webhook_template() = default; ///< `tags`
    explicit webhook_template(receiver what) : what_(what) {}

    /// `slack`, `discord`, `teams`, `mattermost` or `tags`; else a JSON text whose strings hold members of a tag in
    /// braces (`{technique_id}`, `{src_ip}`), and `{typed}`. Throws std::invalid_argument for anything else.
    static webhook_template parse(std::string_view text);

    /// Maximum number of tags in one body.
    std::size_t max_tags() const;

    /// The body about `tags`, at most `max_tags`. Text from an attacker is escaped: it cannot mention a person, format
    /// or hide anything.
    std::string body(std::span<tag const> tags) const;

private:
    receiver what_ = receiver::tags;
    boost::json::value own_;
};

} // namespace rulehost
