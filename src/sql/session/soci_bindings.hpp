#pragma once

#include "sql/session/session.hpp"
#include "text/assertion.hpp"

#include <soci/soci.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace rulehost {

/// The values of one statement, which outlive its run. A NULL is a text with an indicator.
class soci_bindings {
public:
    soci_bindings(soci::statement& statement, std::vector<sql_value> const& values) {
        for (auto const& value : values)
            if (auto const* const text = std::get_if<std::string>(&value))
                statement.exchange(soci::use(*text));
            else if (auto const* const number = std::get_if<std::int64_t>(&value))
                statement.exchange(soci::use(integers_.emplace_back(*number)));
            else if (auto const* const real = std::get_if<double>(&value))
                statement.exchange(soci::use(*real));
            else
                statement.exchange(soci::use(nothing_, null_));
    }

private:
    std::deque<long long> integers_;
    std::string nothing_;
    soci::indicator null_ = soci::i_null;
};

/// The values of a statement that runs repeatedly with new ones.
class soci_places {
public:
    explicit soci_places(std::vector<sql_value> const& first) : all_(first.size()) {
        for (std::size_t i = 0; i < first.size(); ++i)
            all_[i].type = first[i].index() == 0 ? text : first[i].index();
    }

    void bind(soci::statement& statement) {
        for (auto& each : all_)
            if (each.type == text)
                statement.exchange(soci::use(each.characters, each.presence));
            else if (each.type == integer)
                statement.exchange(soci::use(each.number));
            else
                statement.exchange(soci::use(each.real));
    }

    void take(std::vector<sql_value>& values) {
        for (std::size_t i = 0; i < all_.size(); ++i) {
            auto& each = all_[i];
            if (values[i].index() == 0) {
                each.presence = soci::i_null;
                continue;
            }
            RULEHOST_ASSERT(values[i].index() == each.type);
            each.presence = soci::i_ok;
            if (each.type == text)
                each.characters = std::move(std::get<text>(values[i]));
            else if (each.type == integer)
                each.number = std::get<integer>(values[i]);
            else
                each.real = std::get<real_number>(values[i]);
        }
    }

private:
    static constexpr std::size_t text = 1, integer = 2, real_number = 3; ///< of sql_value

    struct place {
        std::size_t type = text;
        soci::indicator presence = soci::i_ok;
        std::string characters;
        long long number = 0;
        double real = 0;
    };
    std::vector<place> all_; ///< never resized: SOCI keeps pointers into it
};

} // namespace rulehost
