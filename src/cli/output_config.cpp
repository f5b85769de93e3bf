#include "cli/output_config.hpp"

#include "file/read_file.hpp"
#include "http/http_target.hpp"
#include "output/elasticsearch_bulk.hpp"
#include "output/syslog_target.hpp"
#include "output/webhook_body.hpp"
#include "yaml/node_reader.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace rulehost::cli {

namespace {

constexpr std::size_t max_name = 64;

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= max_name && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

class outputs_reader {
public:
    explicit outputs_reader(findings& found) : found_(found), read_(found) {}

    output_options output(yaml_node const& node) {
        map_reader keys(node, "an output", found_);
        output_options made;
        auto const* const name = keys.require("name");
        made.name = read_.text(name, "name").value_or("");
        if (name && !is_name(made.name))
            read_.invalid(*name, "the name of an output has 1 to 64 letters, digits, '_' and '-'");
        made.techniques = read_.texts(keys.find("techniques"), "techniques");
        made.rules = read_.texts(keys.find("rules"), "rules");
        auto const* const confidence = keys.find("min_confidence");
        if (auto const number = read_.number(confidence, "min_confidence")) {
            if (*number < 0 || *number > 1)
                read_.invalid(*confidence, "a confidence is between 0 and 1");
            made.min_confidence = *number;
        }
        read_kind(node, keys, made);
        keys.finish();
        return made;
    }

private:
    /// The one key that names the kind of an output.
    void read_kind(yaml_node const& node, map_reader& keys, output_options& made) {
        using reader = decltype(output_options::to) (outputs_reader::*)(yaml_node const&);
        static constexpr std::array<std::pair<std::string_view, reader>, 6> kinds{
            {{"webhook", &outputs_reader::webhook},
             {"file", &outputs_reader::file},
             {"syslog", &outputs_reader::syslog},
             {"elasticsearch", &outputs_reader::elasticsearch},
             {"falcosidekick", &outputs_reader::falcosidekick},
             {"alertmanager", &outputs_reader::alertmanager}}};
        std::size_t given = 0;
        for (auto const& [name, read] : kinds)
            if (auto const* const found = keys.find(name)) {
                ++given;
                made.to = (this->*read)(*found);
            }
        if (keys.is_map() && given != 1)
            read_.invalid(node,
                          "an output has one of 'webhook', 'file', 'syslog', 'elasticsearch', 'falcosidekick' and "
                          "'alertmanager'");
    }

    decltype(output_options::to) webhook(yaml_node const& node) {
        map_reader keys(node, "a webhook", found_);
        webhook_output made;
        read_endpoint(node, keys, made);
        auto const* const body = keys.find("template");
        if (auto const text = read_.text(body, "template")) {
            made.body = *text;
            check(*body, [&] { webhook_template::parse(made.body); });
        }
        keys.finish();
        return made;
    }

    decltype(output_options::to) elasticsearch(yaml_node const& node) {
        map_reader keys(node, "elasticsearch", found_);
        elasticsearch_output made;
        read_base(node, keys, made);
        auto const* const index = keys.find("index");
        if (auto const name = read_.text(index, "index")) {
            made.index = *name;
            if (!is_index_name(made.index))
                read_.invalid(*index, "the name of an index has lower-case letters, digits, '-', '_' and '.'");
        }
        keys.finish();
        return made;
    }

    decltype(output_options::to) falcosidekick(yaml_node const& node) {
        map_reader keys(node, "falcosidekick", found_);
        falcosidekick_output made;
        read_endpoint(node, keys, made);
        keys.finish();
        return made;
    }

    decltype(output_options::to) alertmanager(yaml_node const& node) {
        map_reader keys(node, "alertmanager", found_);
        alertmanager_output made;
        read_base(node, keys, made);
        keys.finish();
        return made;
    }

    decltype(output_options::to) syslog(yaml_node const& node) {
        map_reader keys(node, "syslog", found_);
        syslog_output made;
        auto const* const address = keys.require("address");
        if (auto const text = read_.text(address, "address")) {
            made.address = *text;
            check(*address, [&] { syslog_target::parse(made.address); });
        }
        auto const* const format = keys.find("format");
        if (auto const name = read_.text(format, "format")) {
            made.text = *name == "cef" ? syslog_output::format::cef : syslog_output::format::json;
            if (*name != "cef" && *name != "json")
                read_.invalid(*format, "the format of syslog is 'json' or 'cef'");
        }
        if (auto const file = read_.text(keys.find("ca_file"), "ca_file"))
            made.ca_file = *file;
        keys.finish();
        return made;
    }

    /// URL, authorization and authorities.
    void read_endpoint(yaml_node const& node, map_reader& keys, http_endpoint& made) {
        yaml_node const* where = nullptr;
        auto const url = secret(keys, {"url", "url_file", "url_env"}, where);
        made.url = url.value_or("");
        if (!where && keys.is_map())
            read_.invalid(node, "it has one of 'url', 'url_file' and 'url_env'");
        if (url && url->empty())
            read_.invalid(*where, "the URL is empty");
        if (!made.url.empty())
            check(*where, [&] { http_target::parse(made.url); });
        yaml_node const* ignored = nullptr;
        made.authorization =
            secret(keys, {"authorization", "authorization_file", "authorization_env"}, ignored).value_or("");
        if (auto const file = read_.text(keys.find("ca_file"), "ca_file"))
            made.ca_file = *file;
    }

    /// The same for a URL that a path is added to.
    void read_base(yaml_node const& node, map_reader& keys, http_endpoint& made) {
        read_endpoint(node, keys, made);
        if (made.url.find('?') != std::string::npos)
            read_.invalid(node, "its URL has no query: a path is added to it");
    }

    decltype(output_options::to) file(yaml_node const& node) {
        map_reader keys(node, "a file", found_);
        file_output made;
        if (auto const path = read_.text(keys.require("path"), "path"))
            made.path = *path;
        if (auto const limit = read_.integer(keys.find("max_size"), "max_size", 1 << 20, std::int64_t{1} << 40))
            made.max_bytes = static_cast<std::uint64_t>(*limit);
        if (auto const count = read_.integer(keys.find("keep"), "keep", 0, 1000))
            made.keep = static_cast<std::size_t>(*count);
        keys.finish();
        return made;
    }

    template <class Function>
    void check(yaml_node const& node, Function parse) {
        try {
            parse();
        } catch (std::invalid_argument const& problem) {
            read_.invalid(node, problem.what());
        }
    }

    struct secret_keys {
        std::string_view text, file, environment;
    };

    /// The first line of a text under one of three keys; `where`: the key used, null: none.
    std::optional<std::string> secret(map_reader& keys, secret_keys names, yaml_node const*& where) {
        auto const* const plain = keys.find(names.text);
        auto const* const file = keys.find(names.file);
        auto const* const variable = keys.find(names.environment);
        where = plain ? plain : file ? file : variable;
        if ((plain != nullptr) + (file != nullptr) + (variable != nullptr) > 1) {
            read_.invalid(*where,
                          "only one of '" + std::string(names.text) + "', '" + std::string(names.file) + "' and '" +
                              std::string(names.environment) + "' can be given");
            return std::nullopt;
        }
        if (plain)
            return read_.text(plain, names.text);
        if (file)
            return from_file(*file, names.file);
        return variable ? from_environment(*variable, names.environment) : std::nullopt;
    }

    std::optional<std::string> from_file(yaml_node const& node, std::string_view what) {
        auto const path = read_.text(&node, what);
        if (!path)
            return std::nullopt;
        try {
            auto const text = read_file(*path);
            return text.substr(0, text.find_first_of("\r\n"));
        } catch (std::exception const& problem) {
            read_.invalid(node, problem.what());
            return std::nullopt;
        }
    }

    std::optional<std::string> from_environment(yaml_node const& node, std::string_view what) {
        auto const name = read_.text(&node, what);
        if (!name)
            return std::nullopt;
        auto const* const value = std::getenv(name->c_str());
        if (!value) {
            read_.invalid(node, "the environment has no variable '" + *name + "'");
            return std::nullopt;
        }
        return std::string(value);
    }

    findings& found_;
    value_reader read_;
};

} // namespace

std::vector<output_options> read_outputs(yaml_node const* list, findings& found) {
    value_reader const read(found);
    outputs_reader one(found);
    std::vector<output_options> all;
    for (auto const& node : read.list(list, "outputs")) {
        auto made = one.output(node);
        if (std::ranges::find(all, made.name, &output_options::name) != all.end())
            read.invalid(node, "the output '" + made.name + "' is given twice");
        all.push_back(std::move(made));
    }
    return all;
}

} // namespace rulehost::cli
