#include "nats/nats_connection.hpp"

#include "async/notification.hpp"
#include "nats/nats_thread.hpp"
#include "text/assertion.hpp"
#include "text/failure_reason.hpp"

#include <exception>
#include <map>
#include <optional>
#include <variant>

namespace rulehost {

namespace asio = boost::asio;

/// The part that runs on the executor.
class nats_connection::front : public std::enable_shared_from_this<front> {
public:
    struct handlers {
        std::function<void(nats_message)> received;
        std::function<void()> link_changed;
    };

    front(asio::any_io_executor executor, nats_options options)
        : inbox_prefix_(make_inbox_prefix()),
          log_(options.log),
          thread_(std::make_shared<nats_thread>(std::move(executor), std::move(options), inbox_prefix_)) {}

    void start() {
        thread_->start([weak = weak_from_this()] {
            if (auto const self = weak.lock())
                self->drain();
        });
    }

    void finish() { thread_->finish(); }

    asio::awaitable<void> finished(std::chrono::microseconds at_most) {
        if (thread_->has_ended())
            co_return;
        co_await ended_.wait_for(at_most);
    }

    void stop() {
        thread_->stop();
        stopped_ = true;
        inboxes_.clear();
    }

    std::uint64_t link() const { return link_; }
    std::uint64_t max_payload() const { return max_payload_; }

    asio::awaitable<void> connected() {
        while (link_ == 0)
            co_await changed_.wait();
    }

    std::pair<std::uint64_t, std::string> open(handlers given) {
        auto const number = ++last_inbox_;
        auto subject = inbox_prefix_ + std::to_string(number);
        auto const added = inboxes_.emplace(number, std::make_shared<handlers const>(std::move(given))).first;
        try {
            subscribe(number);
        } catch (std::bad_alloc const&) {
            inboxes_.erase(added);
            throw;
        }
        return {number, std::move(subject)};
    }

    void close(std::uint64_t number) {
        try {
            if (inboxes_.erase(number) != 0 && link_ != 0)
                thread_->enqueue({link_, nats_thread::unsubscribe_command{number}});
        } catch (std::bad_alloc const&) {
            // The subscription stays; its messages are ignored.
        }
    }

    void send(std::vector<nats_message> messages) {
        if (link_ == 0 || messages.empty())
            return;
        thread_->enqueue({link_, nats_thread::send_command{std::move(messages)}});
    }

    /// A request that waits for its answer.
    struct pending_request {
        notification done; ///< after an answer, or once none can come
        std::optional<nats_message> answer;
        bool lost = false;
    };

    /// The pending requests share one inbox.
    std::map<std::string, pending_request*, std::less<>> requests;
    nats_inbox answers;
    std::uint64_t last_request = 0;

    void answered(nats_message message) {
        if (auto const found = requests.find(message.subject); found != requests.end()) {
            found->second->answer = std::move(message);
            found->second->done.notify();
        }
    }

    void link_changed() {
        if (link_ != 0)
            return;
        for (auto const& [subject, each] : requests) {
            each->lost = true;
            each->done.notify();
        }
    }

private:
    void subscribe(std::uint64_t number) {
        if (link_ != 0)
            thread_->enqueue(
                {link_, nats_thread::subscribe_command{number, inbox_prefix_ + std::to_string(number) + ".*"}});
    }

    void drain() {
        auto const self = shared_from_this(); // a handler may destroy the connection
        for (auto& each : thread_->take()) {
            if (stopped_)
                return;
            try {
                std::visit([this](auto& what) { happened(what); }, each);
            } catch (std::exception const& error) {
                if (std::holds_alternative<nats_thread::link_up>(each)) // otherwise a part of its inboxes waits forever
                    thread_->give_up(std::exchange(link_, 0));
                else
                    log_dropped(error);
            }
        }
        if (thread_->has_ended())
            ended_.notify();
    }

    /// The other messages continue. This one counts as lost in transit: its receiver times out and repeats the request.
    void log_dropped(std::exception const& error) {
        try {
            if (log_)
                log_("NATS: a message was dropped: " + failure_reason(error));
        } catch (std::exception const&) {
            // No memory for the log either.
        }
    }

    void happened(nats_thread::arrived& what) {
        auto const found = inboxes_.find(what.inbox);
        if (found == inboxes_.end())
            return;
        auto const kept = found->second; // the handler may close its own inbox
        kept->received(std::move(what.message));
    }

    void happened(nats_thread::link_up& what) {
        link_ = what.link;
        max_payload_ = what.max_payload;
        for (auto const& [number, each] : inboxes_)
            subscribe(number);
        changed_.notify();
        notify_inboxes();
    }

    void happened(nats_thread::link_down&) {
        link_ = 0;
        notify_inboxes();
    }

    /// Notifies every inbox even if one throws, then rethrows.
    void notify_inboxes() {
        std::exception_ptr failure;
        auto const last = last_inbox_;
        for (auto at = inboxes_.begin(); at != inboxes_.end() && at->first <= last;) {
            auto const [number, kept] = *at;
            try {
                if (kept->link_changed)
                    kept->link_changed();
            } catch (...) {
                failure = std::current_exception();
            }
            at = inboxes_.upper_bound(number); // the handler may have closed any inbox
        }
        if (failure)
            std::rethrow_exception(failure);
    }

    void happened(nats_thread::log_line& what) {
        if (log_)
            log_(what.text);
    }

    std::string const inbox_prefix_;
    std::function<void(std::string const&)> log_;
    notification changed_; ///< when there is a link
    notification ended_;   ///< when the thread has ended
    std::shared_ptr<nats_thread> thread_;
    std::map<std::uint64_t, std::shared_ptr<handlers const>> inboxes_;
    std::uint64_t last_inbox_ = 0;
    std::uint64_t link_ = 0;
    std::uint64_t max_payload_ = 0;
    bool stopped_ = false;
};

nats_inbox::nats_inbox(nats_inbox&& other) noexcept
    : owner_(std::exchange(other.owner_, nullptr)), number_(other.number_), subject_(std::move(other.subject_)) {}

nats_inbox& nats_inbox::operator=(nats_inbox&& other) noexcept {
    if (this != &other) {
        if (owner_)
            owner_->close_inbox(number_);
        owner_ = std::exchange(other.owner_, nullptr);
        number_ = other.number_;
        subject_ = std::move(other.subject_);
    }
    return *this;
}

nats_inbox::~nats_inbox() {
    if (owner_)
        owner_->close_inbox(number_);
}

nats_connection::nats_connection(asio::any_io_executor executor, nats_options options) {
    if (options.servers.empty())
        throw std::invalid_argument("NATS: no server is named");
    front_ = std::make_shared<front>(std::move(executor), std::move(options));
    front_->answers = open_inbox([this](nats_message message) { front_->answered(std::move(message)); },
                                 [this] { front_->link_changed(); });
    try {
        front_->start();
    } catch (...) {
        front_->answers = {};
        throw;
    }
}

nats_connection::~nats_connection() {
    RULEHOST_ASSERT(front_->requests.empty());
    front_->answers = {};
    front_->stop();
}

void nats_connection::close() {
    front_->finish();
}

asio::awaitable<void> nats_connection::closed(std::chrono::microseconds at_most) {
    return front_->finished(at_most);
}

bool nats_connection::has_threads_left() {
    return nats_thread::is_any_left();
}

std::uint64_t nats_connection::link() const {
    return front_->link();
}

asio::awaitable<void> nats_connection::connected() {
    return front_->connected();
}

std::uint64_t nats_connection::max_payload() const {
    return front_->max_payload();
}

nats_inbox nats_connection::open_inbox(std::function<void(nats_message)> received, std::function<void()> link_changed) {
    auto [number, subject] = front_->open({std::move(received), std::move(link_changed)});
    return {*this, number, std::move(subject)};
}

void nats_connection::close_inbox(std::uint64_t number) {
    front_->close(number);
}

void nats_connection::send(std::vector<nats_message> messages) {
    front_->send(std::move(messages));
}

asio::awaitable<nats_message> nats_connection::request(nats_message message, std::chrono::milliseconds timeout) {
    if (front_->link() == 0)
        throw nats_error("NATS: no connection");
    auto const what = message.subject;
    front::pending_request waiting;
    message.reply = front_->answers.subject() + "." + std::to_string(++front_->last_request);
    struct registration {
        front& owner;
        std::string subject;
        ~registration() { owner.requests.erase(subject); }
    };
    registration const registered{*front_, message.reply};
    front_->requests.emplace(message.reply, &waiting);
    if (what.empty())
        message.subject = message.reply; // a flush: a message to this connection
    std::vector<nats_message> messages;
    messages.push_back(std::move(message));
    front_->send(std::move(messages));
    co_await waiting.done.wait_for(timeout);
    if (!waiting.answer)
        throw nats_error("NATS: " + std::string(waiting.lost ? "connection lost" : "no answer in time"));
    if (waiting.answer->status == 503)
        throw nats_error("NATS: no responder for " + what);
    if (waiting.answer->status != 0)
        throw nats_error("NATS: " + what + ": " + waiting.answer->description);
    co_return std::move(*waiting.answer);
}

asio::awaitable<void> nats_connection::flush() {
    nats_message back_to_us;
    co_await request(std::move(back_to_us));
}

} // namespace rulehost
