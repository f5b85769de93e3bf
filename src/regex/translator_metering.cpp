#include "regex/python_translator.hpp"

#include <algorithm>
#include <string>

namespace rulehost {

namespace {

constexpr std::size_t run_without_callout = 16;

} // namespace

void python_translator::callout(callout_number number) {
    if (meter_ == metering::callouts) {
        emit(number == step ? "(?C)" : "(?C1)");
        atoms_since_callout_ = 0;
    }
}

void python_translator::announce_branches(std::size_t where, std::size_t branches) {
    if (meter_ == metering::callouts && branches > branches_without_callout) {
        auto const number = std::min<std::size_t>(255, first_branches + branches);
        insert(where, "(?C" + std::to_string(number) + ")");
    }
}

std::string python_translator::spelling(repeat const& count) {
    if (!count.most && count.least <= 1)
        return count.least == 0 ? "*" : "+";
    if (count.least == 0 && count.most == 1)
        return "?";
    auto text = "{" + std::to_string(count.least);
    if (!count.most)
        text += ",";
    else if (*count.most != count.least)
        text += "," + std::to_string(*count.most);
    return text + "}";
}

void python_translator::apply(repeat count, std::string_view manner) {
    if (meter_ == metering::none || atom_ == atom::assertion) {
        emit(spelling(count));
        emit(manner);
        return;
    }
    auto const repeats = !count.most || *count.most > 1;
    if (atom_ == atom::group && repeats) {
        insert(atom_begin_, "(?:");
        callout(step);
        emit(")");
    }
    if (atom_ == atom::single && count.least > atoms_between_callouts) {
        // A long mandatory run costs work even if it fails at its end.
        auto const one = out_.substr(atom_begin_);
        auto const rounds = count.least / atoms_between_callouts;
        insert(atom_begin_, "(?:");
        emit("{" + std::to_string(atoms_between_callouts) + "}");
        callout(step);
        emit("){" + std::to_string(rounds) + "}" + one);
        count.least -= rounds * atoms_between_callouts;
        if (count.most)
            *count.most -= rounds * atoms_between_callouts;
    }
    // The meter measures a run from its start.
    if (atom_ == atom::single && count.most.value_or(max_repeat) > run_without_callout &&
        !std::string_view(out_).substr(0, atom_begin_).ends_with("(?C)"))
        insert(atom_begin_, "(?C)");
    emit(spelling(count));
    emit(manner);
    callout(step);
}

} // namespace rulehost
