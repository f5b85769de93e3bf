#include "store/filesystem/state_journal.hpp"

#include "file/durable_file.hpp"
#include "file/read_file.hpp"
#include "rule/decision_json.hpp"
#include "rule/rule_state_json.hpp"

#include <rulehost/json_text.hpp>
#include <rulehost/rule_store.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace rulehost {
namespace {

constexpr std::int64_t format = 2;
constexpr std::int64_t format_without_decisions = 1;
constexpr std::string_view format_key = "rulehost_states";

state_journal::content read_content(std::string_view text) {
    auto const root = boost::json::parse(text).as_object();
    auto const written_as = root.at(format_key).to_number<std::int64_t>();
    if (written_as != format && written_as != format_without_decisions)
        throw std::runtime_error("its format is of another version");
    state_journal::content result;
    result.revision = root.at("revision").to_number<revision>();
    for (auto const& [rule_id, value] : root.at("states").as_object()) {
        auto state = rule_state_from_json(value.as_object());
        require_storable(rule_id, state);
        if (state.revision == 0 || state.revision > result.revision)
            throw std::runtime_error("the revision of " + std::string(rule_id) + " is out of range");
        result.states.put(rule_id, std::move(state));
    }
    if (written_as == format_without_decisions)
        return result;
    for (auto const& value : root.at("decisions").as_array()) {
        auto made = decision_from(value.as_object());
        require_storable(made);
        if (made.id == 0 || made.id > result.revision)
            throw std::runtime_error("decision " + std::to_string(made.id) + " is newer than the file");
        result.states.put(std::move(made));
    }
    return result;
}

std::string written(revision newest, state_table const& states) {
    boost::json::object by_rule;
    for (auto const& [rule_id, state] : states.stored())
        by_rule.emplace(rule_id, to_json(state));
    boost::json::object root;
    // A version without decisions must not start and lose them.
    auto const& decisions = states.decisions();
    root.emplace(format_key, decisions.empty() ? format_without_decisions : format);
    root.emplace("revision", newest);
    root.emplace("states", std::move(by_rule));
    boost::json::array stacked;
    for (auto const& [id, made] : decisions)
        stacked.push_back(to_exact_json(made));
    if (!stacked.empty())
        root.emplace("decisions", std::move(stacked));
    return json_text(root) + '\n';
}

} // namespace

state_journal::state_journal(std::filesystem::path file) : file_(std::move(file)) {
    auto const path = file_.string() + ".lock";
    auto lock = lock_file(path, "cannot open " + path);
    if (!lock)
        throw std::runtime_error("the state file " + file_.string() + " is in use by another process");
    lock_ = std::move(*lock);
    remove_abandoned_replacements(file_);
}

state_journal::content state_journal::load() const {
    if (!std::filesystem::exists(std::filesystem::symlink_status(file_)))
        return {};
    std::string text;
    try {
        text = read_file(file_);
    } catch (std::system_error const& problem) {
        throw std::runtime_error("cannot read the state file " + std::string(problem.what()));
    }
    try {
        return read_content(text);
    } catch (std::exception const& problem) {
        throw std::runtime_error("the state file " + file_.string() + " is damaged (" + problem.what() +
                                 "); repair it, or move it away to start without states");
    }
}

void state_journal::save(rulehost::revision newest, state_table const& states) const {
    try {
        replace_file(file_, written(newest, states), "cannot write the state file " + file_.string());
    } catch (std::system_error const& problem) {
        throw store_unavailable(problem.what());
    }
}

} // namespace rulehost
