#pragma once

#include <rulehost/tag.hpp>

#include <boost/json/value.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace rulehost {

/// How the JSON of a webhook is written: for a chat, as tags, or after a text of the operator's own.
class webhook_template {
public:
    enum class receiver { tags, slack, discord, teams, mattermost, own };

    webhook_template() = default; ///< `tags`
    explicit webhook_template(receiver what) : what_(what) {}

    /// `slack`, `discord`, `teams`, `mattermost` or `tags`; else a JSON text whose strings hold members of a tag in braces
    /// (`{technique_id}`, `{src_ip}`), and `{typed}`. Throws std::invalid_argument for anything else.
    static webhook_template parse(std::string_view text);

    /// How many tags one body takes.
    std::size_t max_tags() const;

    /// The body about `tags`, at most `max_tags`. What an attacker sent stands in it as text and nothing else: it mentions
    /// nobody, formats nothing and hides nothing.
    std::string body(std::span<tag const> tags) const;

private:
    receiver what_ = receiver::tags;
    boost::json::value own_;
};

} // namespace rulehost
