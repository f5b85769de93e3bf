#include "text/json_escape.hpp"

#include "text/utf8.hpp"

namespace rulehost {

std::string ascii_json(std::string_view json) {
    std::string plain;
    plain.reserve(json.size());
    while (!json.empty()) {
        auto const unit = first_unit(json);
        if (static_cast<unsigned char>(json.front()) < 0x80)
            plain += json.front();
        else
            append_json_escape(plain, unit.valid ? unit.code_point : U'\ufffd');
        json.remove_prefix(unit.length);
    }
    return plain;
}

} // namespace rulehost
