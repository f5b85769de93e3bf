#include "event/adapted_event.hpp"

#include "event/command_list.hpp"
#include "event/deterministic_uuid.hpp"
#include "event/document_fields.hpp"
#include "text/utf8.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/json/array.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace rulehost {

namespace {

namespace json = boost::json;
using tokens_of_topic = std::vector<std::pair<std::string_view, std::string_view>>;

/// Most addresses are of version 4; trying that first costs half of `make_address`.
std::optional<boost::asio::ip::address> address_from(std::string_view text) {
    boost::system::error_code no_address;
    boost::asio::ip::address address = boost::asio::ip::make_address_v4(text, no_address);
    if (no_address)
        address = boost::asio::ip::make_address_v6(text, no_address);
    return no_address ? std::nullopt : std::optional(address);
}

/// One document during its conversion to events.
class adapted_document {
public:
    adapted_document(event_adapter const& adapter, known_members& document, std::string_view line,
                     tokens_of_topic const& tokens, time_point arrived, event_list& out)
        : adapter_(adapter), document_(document), line_(line), tokens_(tokens), arrived_(arrived), out_(out) {}

    boost::system::result<void, bad_line> read() {
        auto const holds = [this](member_condition const& each) { return each.holds(document_.find(each.member)); };
        boost::container::small_vector<event_recipe const*, 8> fitting;
        for (auto const& recipe : adapter_.events)
            if (std::ranges::all_of(recipe.when, holds))
                fitting.push_back(&recipe);
        if (fitting.empty())
            return {};
        read_shared();
        if (!problem_.empty())
            return bad_line{std::move(problem_)};
        for (auto const* const recipe : fitting) {
            // Only the last recipe may move from the document.
            if (recipe != fitting.back()) {
                json::object copy(document_.document(), document_.document().storage());
                known_members copied(adapter_.names, copy);
                read(*recipe, copied);
            } else {
                read(*recipe, document_);
            }
        }
        return {};
    }

private:
    /// The part that all events of the document share.
    void read_shared() {
        for (auto const& path : adapter_.times)
            if (auto* const found = document_.find(path)) {
                if (auto const problem = read_instant(*found, adapter_.time_unit, adapter_.zone, observed_);
                    !problem.empty())
                    refuse(to_text(path) + problem);
                break;
            }
        if (!observed_)
            out_.note_untimed();
        anchor(adapter_.attacker_uuid, attacker_uuid_);
        read_source();
        anchor(adapter_.identity_uuid, identity_uuid_);
        anchor(adapter_.session_id, session_id_);
        anchor(adapter_.decky_id, decky_id_);
        if (!adapter_.source_id.empty())
            identifier(adapter_.source_id, own_id_);
    }

    /// The address that identifies the attacker, if present.
    void read_source() {
        for (auto const& source : adapter_.attacker_uuid)
            if (source.what == anchor_source::how::address_uuid)
                if (auto const* const found = document_.find(source.member); found && found->is_string()) {
                    if (auto const& text = found->get_string(); text.size() <= max_shared_text)
                        source_.assign(text.data(), text.size());
                    return;
                }
    }

    void anchor(std::vector<anchor_source> const& sources, std::string& into) {
        for (auto const& source : sources) {
            if (source.what == anchor_source::how::itself)
                identifier(source.member, into);
            else
                address(source.member, into);
            if (!into.empty())
                return;
        }
    }

    void identifier(member_path const& path, std::string& into) {
        auto const* const found = document_.find(path);
        if (!found)
            return;
        if (auto const problem = read_identifier(*found, into); !problem.empty())
            refuse(to_text(path) + problem);
    }

    void address(member_path const& path, std::string& into) {
        auto const* const found = document_.find(path);
        if (!found)
            return;
        auto const* const text = found->if_string();
        auto const address = text ? address_from({text->data(), text->size()}) : std::nullopt;
        if (address)
            into = address_uuid(*address);
        else
            refuse(to_text(path) + " is not an address");
    }

    /// Converts parallel lists, `{"a": [1, 2], "b": [3, 4]}`, to a list of objects; null for anything else.
    static json::value rows_of(json::object& columns) {
        json::array rows(columns.storage());
        for (auto& [name, column] : columns) {
            auto* const values = column.if_array();
            if (!values)
                return nullptr;
            for (std::size_t row = 0; row != values->size(); ++row) {
                if (row == rows.size())
                    rows.emplace_back(json::object(columns.storage()));
                rows[row].get_object().emplace(name, std::move((*values)[row]));
            }
        }
        return rows;
    }

    bool is_time(member_path const& path) const {
        return std::ranges::any_of(adapter_.times, [&](member_path const& each) { return each.keys == path.keys; });
    }

    void read(event_recipe const& recipe, known_members& document) {
        for (auto const& path : recipe.required) {
            auto const* const found = document.find(path);
            if (!found)
                return out_.refuse(to_text(path) + " is missing");
            if (!found->is_string())
                return out_.refuse(to_text(path) + " is not a text");
        }
        if (recipe.for_each.empty())
            return read_event(recipe, document, {});
        auto* const value = document.find(recipe.for_each);
        if (value && value->is_object())
            *value = rows_of(value->get_object());
        auto* const list = value ? value->if_array() : nullptr;
        if (!list)
            return out_.refuse(to_text(recipe.for_each) + " is not a list");
        auto const count = std::min(list->size(), event_reader::max_commands);
        out_.leave_out(list->size() - count);
        for (std::size_t index = 0; index != count; ++index) {
            auto* const element = (*list)[index].if_object();
            if (!element) {
                out_.refuse(to_text(recipe.for_each) + "[" + std::to_string(index) + "] is not an object");
                continue;
            }
            for (auto const& name : recipe.with) {
                auto const* const shared = document.document().if_contains(name);
                if (shared && !shared->is_structured() &&
                    (!shared->is_string() || shared->get_string().size() <= max_shared_text))
                    element->emplace(name, *shared);
            }
            known_members members(adapter_.names, *element);
            read_event(recipe, members, std::to_string(index));
        }
    }

    void read_event(event_recipe const& recipe, known_members& document, std::string const& index) {
        auto const at = out_.size();
        auto& e = out_.add();
        e.source_kind = recipe.source_kind;
        e.attacker_uuid = attacker_uuid_;
        e.identity_uuid = identity_uuid_;
        e.session_id = session_id_;
        e.decky_id = decky_id_;
        e.observed_at = observed_.value_or(arrived_);
        e.untimed = !observed_;
        e.source_id = source_id(recipe, document, index);
        auto made = payload(recipe, document);
        if (!source_.empty() && !made.contains("src") && !made.contains("src_ip"))
            made.emplace("src", source_);
        event_list::put_payload(e, std::move(made));
        add_commands(out_, at);
    }

    std::string source_id(event_recipe const& recipe, known_members const& document, std::string const& index) {
        if (!own_id_.empty() && index.empty())
            return own_id_;
        event_name name;
        if (recipe.id.empty() && own_id_.empty()) {
            name.add(line_);
            for (auto const& [_, token] : tokens_)
                name.add(token);
        }
        for (auto const& path : recipe.id) {
            if (is_time(path)) {
                name.add(observed_ ? format_time(*observed_) : std::string());
                continue;
            }
            auto const* found = document.find(path);
            if (!found && &document != &document_)
                found = document_.find(path);
            auto const* const text = found ? found->if_string() : nullptr;
            if (text)
                name.add({text->data(), text->size()});
            else
                name.add(found ? text_of_scalar(*found) : std::string());
        }
        if (!own_id_.empty())
            name.add(own_id_);
        if (!index.empty())
            name.add(index);
        return name.uuid();
    }

    json::object payload(event_recipe const& recipe, known_members& members) {
        auto& document = members.document();
        json::object payload(document.storage());
        payload.reserve(document.size() + recipe.add.size());
        auto number = members.numbers().begin();
        for (auto& member : document) {
            auto const fate = recipe.fate(*number++);
            if (fate == event_recipe::kept) {
                payload.insert_or_assign(member.key(), std::move(member.value()));
            } else if (fate != event_recipe::left_out) {
                auto const& move = recipe.moves[static_cast<std::size_t>(fate)];
                apply(move.how, member.value());
                payload.insert_or_assign(move.to, std::move(member.value()));
            }
        }
        for (auto const& move : recipe.moves)
            if (move.from.keys.size() > 1)
                move_out(move, payload);
        for (auto const& [name, value] : recipe.add)
            payload.insert_or_assign(name, value);
        for (auto const& [name, token] : tokens_)
            payload.insert_or_assign(name, to_valid_utf8(token));
        return payload;
    }

    static void move_out(member_move const& move, json::object& payload) {
        auto const& keys = move.from.keys;
        auto* parent = &payload;
        for (auto key = keys.begin(); parent && key + 1 != keys.end(); ++key) {
            auto* const value = parent->if_contains(*key);
            parent = value ? value->if_object() : nullptr;
        }
        auto const found = parent ? parent->find(keys.back()) : nullptr;
        if (!parent || found == parent->end() || found->value().is_null())
            return;
        json::value taken(std::move(found->value()), payload.storage());
        parent->erase(found);
        if (parent->empty() && keys.size() == 2)
            payload.erase(keys.front());
        apply(move.how, taken);
        payload.insert_or_assign(move.to, std::move(taken));
    }

    void refuse(std::string reason) {
        if (problem_.empty())
            problem_ = std::move(reason);
    }

    event_adapter const& adapter_;
    known_members& document_;
    std::string_view line_;
    tokens_of_topic const& tokens_;
    time_point arrived_;
    event_list& out_;
    std::optional<time_point> observed_;
    std::string source_;
    std::string attacker_uuid_;
    std::string identity_uuid_;
    std::string session_id_;
    std::string decky_id_;
    std::string own_id_;
    std::string problem_;
};

} // namespace

boost::system::result<void, bad_line> read_adapted_events(
    event_adapter const& adapter, known_members& document, std::string_view line,
    std::vector<std::pair<std::string_view, std::string_view>> const& tokens, time_point arrived, event_list& out) {
    return adapted_document(adapter, document, line, tokens, arrived, out).read();
}

} // namespace rulehost
