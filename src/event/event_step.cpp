#include "event/event_step.hpp"

#include "event/typed_text.hpp"

#include <algorithm>

namespace rulehost {

namespace {

constexpr std::size_t room_of_ellipsis = 3;

bool is_kept(std::string const& id) {
    return !id.empty() && id.size() <= event_step::max_id;
}

} // namespace

std::optional<event_step> step_of(event const& observed, time_point arrived) {
    if (!is_kept(observed.session_id) || !is_kept(observed.source_kind) || !is_kept(observed.source_id))
        return std::nullopt;
    event_step step;
    step.typed = typed_text(observed.payload, event_step::max_typed - room_of_ellipsis);
    if (step.typed.empty())
        return std::nullopt;
    step.session_id = observed.session_id;
    step.source_kind = observed.source_kind;
    step.source_id = observed.source_id;
    step.happened_at = observed.observed_at == time_point{} ? arrived : observed.observed_at;
    return step;
}

std::size_t weight_of(event_step const& step) {
    return sizeof step + step.session_id.size() + step.source_kind.size() + step.source_id.size() + step.typed.size();
}

} // namespace rulehost
