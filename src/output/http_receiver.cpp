#include "output/http_receiver.hpp"

#include "text/utf8.hpp"

#include <rulehost/diagnostic.hpp>

#include <stdexcept>
#include <utility>

namespace rulehost {

namespace {

constexpr std::size_t max_quote = 200; // bytes of an answer
constexpr duration max_answer_time = std::chrono::seconds{10};

std::string reason_of(http_answer const& answer, http_verdict const& verdict) {
    if (answer.status == 0)
        return answer.problem;
    if (!verdict.reason.empty())
        return escape_for_terminal(verdict.reason);
    auto text = "HTTP " + std::to_string(answer.status);
    if (!answer.body.empty())
        text += ": " + escape_for_terminal(answer.body.substr(0, max_quote));
    return text;
}

} // namespace

boost::asio::awaitable<std::string> http_receiver::send(std::span<tag const> tags) {
    if (time_.elapsed() < quiet_until_)
        throw std::runtime_error("the receiver asked for a pause");
    auto body = to_valid_utf8(form_.body(tags));
    auto const answer = co_await poster_.post(form_.content_type, std::move(body), max_answer_time);
    auto const verdict = answer.status == 0 ? http_verdict{}
        : form_.judge                       ? form_.judge(answer)
                                            : judge(answer.status, answer.retry_after.value_or(duration{}));
    switch (verdict.what) {
    case http_verdict::meaning::taken:
        co_return std::string();
    case http_verdict::meaning::refused:
        co_return reason_of(answer, verdict);
    case http_verdict::meaning::later:
        break;
    }
    quiet_until_ = time_.elapsed() + verdict.pause;
    throw std::runtime_error(reason_of(answer, verdict));
}

} // namespace rulehost
