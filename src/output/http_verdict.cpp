#include "output/http_verdict.hpp"

namespace rulehost {

namespace {

using meaning = http_verdict::meaning;

} // namespace

http_verdict judge(unsigned status, duration pause) {
    if (status >= 200 && status < 300)
        return {meaning::taken, {}, {}};
    // The others do not concern this document: a missing permission, a moved address, a busy receiver.
    if (status == 400 || status == 409 || status == 413 || status == 422)
        return {meaning::refused, {}, {}};
    return {meaning::later, pause, {}};
}

} // namespace rulehost
