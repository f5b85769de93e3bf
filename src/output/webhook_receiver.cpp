#include "output/webhook_receiver.hpp"

#include "output/http_verdict.hpp"

#include <rulehost/diagnostic.hpp>

#include <stdexcept>
#include <utility>

namespace rulehost {

namespace {

constexpr std::size_t max_quote = 200; // bytes of an answer

std::string reason_of(http_answer const& answer) {
    if (answer.status == 0)
        return answer.problem;
    auto text = "HTTP " + std::to_string(answer.status);
    if (!answer.body.empty())
        text += ": " + escape_for_terminal(answer.body.substr(0, max_quote));
    return text;
}

} // namespace

boost::asio::awaitable<std::string> webhook_receiver::send(std::span<tag const> tags) {
    if (time_.elapsed() < quiet_until_)
        throw std::runtime_error("the receiver asked for a pause");
    auto body = body_.body(tags);
    auto const answer = co_await poster_.post("application/json", std::move(body));
    auto const verdict = answer.status == 0 ? http_verdict{} : judge(answer.status, answer.retry_after);
    switch (verdict.what) {
    case http_verdict::meaning::taken:
        co_return std::string();
    case http_verdict::meaning::refused:
        co_return reason_of(answer);
    case http_verdict::meaning::later:
        break;
    }
    quiet_until_ = time_.elapsed() + verdict.pause;
    throw std::runtime_error(reason_of(answer));
}

} // namespace rulehost
