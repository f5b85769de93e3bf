#include "nats/nats_connection.hpp"

#include "async/backoff.hpp"
#include "nats/nats_address.hpp"
#include "text/assertion.hpp"
#include "text/failure_reason.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <nats/nats.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <exception>
#include <limits>
#include <map>
#include <mutex>
#include <new>
#include <optional>
#include <string_view>
#include <thread>
#include <variant>

namespace rulehost {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto first_pause = 100ms;
constexpr auto longest_pause = 5s;
constexpr auto pause_without_memory = 100ms;
constexpr auto patience = 100ms;               // of a destructor, which holds up the executor
constexpr std::int64_t connect_timeout = 2000; // milliseconds, a server
constexpr std::int64_t write_timeout = 5000;   // milliseconds
constexpr std::int64_t ping_interval = 10'000; // milliseconds; a server that misses two is gone

std::string text_of(natsStatus status) {
    std::string text = natsStatus_GetText(status);
    natsStatus of = NATS_OK;
    char const* const last = nats_GetLastError(&of);
    std::string_view detail = last && of == status ? last : "";
    if (auto const end = detail.find("): "); detail.starts_with('(') && end != detail.npos) // `(conn.c:2088): `
        detail.remove_prefix(end + 3);
    if (!detail.empty() && detail != text)
        text += ": " + std::string(detail);
    return text;
}

/// A subject that cannot end the protocol line it stands in.
bool is_subject(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        auto const byte = static_cast<unsigned char>(c);
        return byte > 0x20 && byte != 0x7F;
    });
}

struct options_deleter {
    void operator()(natsOptions* options) const { natsOptions_Destroy(options); }
};
struct message_deleter {
    void operator()(natsMsg* message) const { natsMsg_Destroy(message); }
};

// Requests of the executor to the thread.
struct subscribe_command {
    std::uint64_t inbox;
    std::string subject;
};
struct unsubscribe_command {
    std::uint64_t inbox;
};
struct send_command {
    std::vector<nats_message> messages;
};
struct command {
    std::uint64_t link; ///< the link it is meant for
    std::variant<subscribe_command, unsubscribe_command, send_command> what;
};

// Notices of the thread to the executor.
struct arrived {
    std::uint64_t inbox;
    nats_message message;
};
struct link_up {
    std::uint64_t link;
    std::uint64_t largest_payload;
};
struct link_down {};
struct log_line {
    std::string text;
};
using occurrence = std::variant<arrived, link_up, link_down, log_line>;

/// Of connections that are destroyed.
std::atomic<int> threads_left = 0;

/// The side of the client library: one thread that connects and sends, and what the library's threads call back.
class back : public std::enable_shared_from_this<back> {
public:
    back(asio::any_io_executor executor, nats_options options, std::string inbox_prefix)
        : options_(std::move(options)), inbox_prefix_(std::move(inbox_prefix)), executor_(std::move(executor)) {}

    /// `drain` is posted to the executor when there is something to take.
    void start(std::function<void()> drain) {
        drain_ = std::move(drain);
        thread_ = std::thread([self = shared_from_this()] {
            self->run();
            self->end();
        });
    }

    /// The thread begins to end; the executor is told when it has.
    void finish() {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
        changed_.notify_all();
    }

    bool has_ended() const {
        std::lock_guard const lock(mutex_);
        return ended_;
    }

    /// Nothing is posted any more when it returns.
    void stop() {
        {
            std::unique_lock lock(mutex_);
            executor_ = {};
            drain_ = {};
            if (!std::exchange(stopping_, true)) {
                changed_.notify_all();
                changed_.wait_for(lock, patience, [this] { return ended_; }); // as a rule it is at once
            }
            if (!ended_) { // may take as long as a name server does; it keeps this object alive
                left_ = true;
                ++threads_left;
                thread_.detach();
                return;
            }
        }
        thread_.join();
    }

    void enqueue(command given) {
        std::lock_guard const lock(mutex_);
        commands_.push_back(std::move(given));
        changed_.notify_all();
    }

    std::vector<occurrence> take() {
        std::lock_guard const lock(mutex_);
        posted_ = false;
        return std::exchange(occurrences_, {});
    }

private:
    /// A subscription's share of the library. It goes when the library is done with it, which may be at any moment.
    struct subscription {
        back* owner;
        std::uint64_t inbox;
    };

    void run() {
        backoff pauses(first_pause, longest_pause, options_.random);
        bool told = false; // that there is no link
        for (std::size_t turn = 0; !is_stopping(); ++turn) {
            auto const server = parse_nats_address(options_.servers[turn % options_.servers.size()]);
            std::string problem;
            auto* const connection = connect(server, problem);
            if (connection) {
                if (std::exchange(told, false))
                    tell(log_line{"NATS " + server.display() + ": connected"});
                pauses.reset();
                problem = serve(connection);
                if (problem.empty())
                    break;
                tell(log_line{"NATS " + server.display() + ": connection lost: " + problem + "; trying on"});
                told = true;
            } else if (!std::exchange(told, true)) {
                tell(log_line{"NATS " + server.display() + ": no connection: " + problem + "; trying on"});
            }
            if ((connection || (turn + 1) % options_.servers.size() == 0) && !wait(pauses.next()))
                break;
        }
        nats_ReleaseThreadMemory();
    }

    void end() {
        std::lock_guard const lock(mutex_);
        ended_ = true;
        changed_.notify_all();
        if (left_)
            --threads_left;
        else if (executor_ && !std::exchange(posted_, true))
            asio::post(executor_, drain_);
    }

    bool is_stopping() const {
        std::lock_guard const lock(mutex_);
        return stopping_;
    }

    /// False when it is time to end.
    bool wait(duration length) {
        std::unique_lock lock(mutex_);
        return !changed_.wait_for(lock, length, [this] { return stopping_; });
    }

    natsConnection* connect(nats_address const& server, std::string& problem) {
        natsOptions* raw = nullptr;
        natsStatus status = natsOptions_Create(&raw);
        std::unique_ptr<natsOptions, options_deleter> const owned(raw);
        auto const set = [&status](natsStatus outcome) { status = status == NATS_OK ? outcome : status; };
        if (status == NATS_OK) {
            set(natsOptions_SetURL(raw, server.display().c_str()));
            set(natsOptions_SetName(raw, options_.name.c_str()));
            set(natsOptions_SetAllowReconnect(raw, false)); // ours: it sends nothing late and forgets no server
            set(natsOptions_SetTimeout(raw, connect_timeout));
            set(natsOptions_SetWriteDeadline(raw, write_timeout));
            set(natsOptions_SetPingInterval(raw, ping_interval));
            set(natsOptions_SetMaxPingsOut(raw, 2));
            set(natsOptions_SetClosedCB(raw, &back::on_closed, this));
            set(natsOptions_SetErrorHandler(raw, &back::on_error, this));
            set_account(raw, server, set);
            set_tls(raw, server, set);
        }
        natsConnection* connection = nullptr;
        if (status == NATS_OK) {
            {
                std::lock_guard const lock(mutex_);
                closed_ = false;
            }
            set(natsConnection_Connect(&connection, raw));
        }
        if (status != NATS_OK) {
            problem = text_of(status);
            return nullptr;
        }
        return connection;
    }

    template <class Set>
    void set_account(natsOptions* raw, nats_address const& server, Set const& set) const {
        if (server.password)
            set(natsOptions_SetUserInfo(raw, server.user.c_str(), server.password->c_str()));
        else if (!server.user.empty())
            set(natsOptions_SetToken(raw, server.user.c_str()));
        else if (!options_.user.empty())
            set(natsOptions_SetUserInfo(raw, options_.user.c_str(), options_.password.c_str()));
        else if (!options_.token.empty())
            set(natsOptions_SetToken(raw, options_.token.c_str()));
        if (!options_.credentials.empty())
            set(natsOptions_SetUserCredentialsFromFiles(raw, options_.credentials.c_str(), nullptr));
    }

    template <class Set>
    void set_tls(natsOptions* raw, nats_address const& server, Set const& set) const {
        if (server.scheme == "tls://" || !options_.ca_file.empty() || !options_.certificate_file.empty())
            set(natsOptions_SetSecure(raw, true));
        if (!options_.ca_file.empty())
            set(natsOptions_LoadCATrustedCertificates(raw, options_.ca_file.c_str()));
        if (!options_.certificate_file.empty())
            set(natsOptions_LoadCertificatesChain(raw, options_.certificate_file.c_str(), options_.key_file.c_str()));
    }

    /// Sends what is asked until the link is gone: why. Empty: it is time to end.
    std::string serve(natsConnection* connection) {
        ++link_;
        tell(link_up{link_, static_cast<std::uint64_t>(natsConnection_GetMaxPayload(connection))});
        std::string problem;
        for (;;) {
            auto const next = await_command();
            if (!next)
                break;
            if (next->link != link_)
                continue;
            if (auto const status = std::visit([&](auto const& what) { return execute(connection, what); }, next->what);
                status != NATS_OK) {
                problem = text_of(status);
                break;
            }
        }
        char const* last = nullptr;
        if (problem.empty() && natsConnection_GetLastError(connection, &last) != NATS_OK && last && *last)
            problem = last;
        for (auto const& [inbox, each] : subscriptions_)
            natsSubscription_Destroy(each);
        subscriptions_.clear();
        natsConnection_Destroy(connection);
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return closed_ && live_subscriptions_ == 0; });
        tell_locked(link_down{});
        if (stopping_)
            return {};
        return problem.empty() ? "closed by the server" : problem;
    }

    /// None when the link is gone or it is time to end.
    std::optional<command> await_command() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return stopping_ || closed_ || !commands_.empty(); });
        // Messages sent before the end go out before the end.
        if (closed_ || commands_.empty())
            return std::nullopt;
        auto first = std::move(commands_.front());
        commands_.pop_front();
        return first;
    }

    natsStatus execute(natsConnection* connection, subscribe_command const& what) {
        auto added = std::make_unique<subscription>();
        added->owner = this;
        added->inbox = what.inbox;
        natsSubscription* handle = nullptr;
        auto const status =
            natsConnection_Subscribe(&handle, connection, what.subject.c_str(), &back::on_message, added.get());
        if (status != NATS_OK)
            return status;
        {
            std::lock_guard const lock(mutex_);
            ++live_subscriptions_;
        }
        if (auto const refused = natsSubscription_SetOnCompleteCB(handle, &back::on_complete, added.get());
            refused != NATS_OK) {
            // Closed meanwhile, so nobody will tell when the library is done with it: it is left to the process.
            natsSubscription_Destroy(handle);
            static_cast<void>(added.release());
            std::lock_guard const lock(mutex_);
            --live_subscriptions_;
            return refused;
        }
        static_cast<void>(added.release()); // deleted by on_complete
        subscriptions_.emplace(what.inbox, handle);
        return NATS_OK;
    }

    natsStatus execute(natsConnection*, unsubscribe_command const& what) {
        if (auto const found = subscriptions_.find(what.inbox); found != subscriptions_.end()) {
            natsSubscription_Destroy(found->second);
            subscriptions_.erase(found);
        }
        return NATS_OK;
    }

    natsStatus execute(natsConnection* connection, send_command const& what) {
        for (auto const& each : what.messages) {
            auto const status = is_subject(each.subject) ? send(connection, each) : NATS_INVALID_SUBJECT;
            if (status == NATS_INVALID_SUBJECT || status == NATS_MAX_PAYLOAD || status == NATS_INVALID_ARG)
                refuse(each, text_of(status));
            else if (status != NATS_OK)
                return status;
        }
        return NATS_OK;
    }

    static natsStatus send(natsConnection* connection, nats_message const& message) {
        if (message.payload.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
            return NATS_MAX_PAYLOAD;
        natsMsg* raw = nullptr;
        auto status =
            natsMsg_Create(&raw, message.subject.c_str(), message.reply.empty() ? nullptr : message.reply.c_str(),
                           message.payload.data(), static_cast<int>(message.payload.size()));
        std::unique_ptr<natsMsg, message_deleter> const owned(raw);
        for (auto const& [key, value] : message.headers)
            if (status == NATS_OK)
                status = natsMsgHeader_Set(raw, key.c_str(), value.c_str());
        return status == NATS_OK ? natsConnection_PublishMsg(connection, raw) : status;
    }

    /// Answers in the place of the server.
    void refuse(nats_message const& message, std::string why) {
        if (!message.reply.starts_with(inbox_prefix_))
            return;
        auto const number = message.reply.substr(inbox_prefix_.size());
        arrived answer;
        answer.inbox = std::strtoull(number.c_str(), nullptr, 10);
        answer.message.subject = message.reply;
        answer.message.status = 400;
        answer.message.description = std::move(why);
        tell(std::move(answer));
    }

    void tell(occurrence what) {
        std::lock_guard const lock(mutex_);
        tell_locked(std::move(what));
    }

    void tell_locked(occurrence what) {
        if (stopping_)
            return;
        occurrences_.push_back(std::move(what));
        if (!std::exchange(posted_, true))
            asio::post(executor_, drain_);
    }

    static void on_message(natsConnection*, natsSubscription*, natsMsg* raw, void* closure) {
        std::unique_ptr<natsMsg, message_deleter> const owned(raw);
        auto const* const from = static_cast<subscription*>(closure);
        while (!from->owner->is_stopping()) {
            try {
                return from->owner->tell(message_of(raw, from->inbox));
            } catch (std::bad_alloc const&) { // which the library does not know; what comes next waits meanwhile
                std::this_thread::sleep_for(pause_without_memory);
            }
        }
    }

    static arrived message_of(natsMsg* raw, std::uint64_t inbox) {
        arrived what;
        what.inbox = inbox;
        what.message.subject = natsMsg_GetSubject(raw);
        if (char const* const reply = natsMsg_GetReply(raw))
            what.message.reply = reply;
        what.message.payload.assign(natsMsg_GetData(raw), static_cast<std::size_t>(natsMsg_GetDataLength(raw)));
        // A stream's message may have any header; what the server itself says has no way back.
        char const* value = nullptr;
        if (what.message.reply.empty() && natsMsgHeader_Get(raw, "Status", &value) == NATS_OK) {
            what.message.status = std::atoi(value);
            if (natsMsgHeader_Get(raw, "Description", &value) == NATS_OK)
                what.message.description = value;
        }
        return what;
    }

    static void on_complete(void* closure) {
        std::unique_ptr<subscription> const ended(static_cast<subscription*>(closure));
        std::lock_guard const lock(ended->owner->mutex_);
        --ended->owner->live_subscriptions_;
        ended->owner->changed_.notify_all();
    }

    static void on_closed(natsConnection*, void* closure) {
        auto* const self = static_cast<back*>(closure);
        std::lock_guard const lock(self->mutex_);
        self->closed_ = true;
        self->changed_.notify_all();
    }

    static void on_error(natsConnection*, natsSubscription*, natsStatus status, void* closure) {
        // The default handler prints. A connection that fails is told by on_closed; this one goes on.
        if (status == NATS_SLOW_CONSUMER)
            static_cast<back*>(closure)->tell(log_line{"NATS: messages were dropped: " + text_of(status)});
    }

    nats_options const options_;
    std::string const inbox_prefix_;
    std::thread thread_;
    std::uint64_t link_ = 0;                                   ///< of the thread, as are
    std::map<std::uint64_t, natsSubscription*> subscriptions_; ///< those of the present link

    mutable std::mutex mutex_; ///< for all below
    std::condition_variable changed_;
    asio::any_io_executor executor_;
    std::function<void()> drain_;
    std::deque<command> commands_;
    std::vector<occurrence> occurrences_;
    bool posted_ = false;
    bool stopping_ = false;
    bool ended_ = false;
    bool left_ = false; ///< nobody will join the thread
    bool closed_ = false;
    std::size_t live_subscriptions_ = 0;
};

std::string make_inbox_prefix() {
    natsInbox* inbox = nullptr;
    if (auto const status = natsInbox_Create(&inbox); status != NATS_OK)
        throw nats_error("NATS: " + text_of(status));
    std::string prefix(inbox);
    natsInbox_Destroy(inbox);
    return prefix + ".";
}

} // namespace

/// The side of the executor.
class nats_connection::front : public std::enable_shared_from_this<front> {
public:
    struct handlers {
        std::function<void(nats_message)> received;
        std::function<void()> link_changed;
    };

    front(asio::any_io_executor executor, nats_options options)
        : inbox_prefix_(make_inbox_prefix()),
          log_(options.log),
          changed_(executor, asio::steady_timer::time_point::max()),
          ended_(executor),
          back_(std::make_shared<back>(std::move(executor), std::move(options), inbox_prefix_)) {}

    void start() {
        back_->start([weak = weak_from_this()] {
            if (auto const self = weak.lock())
                self->drain();
        });
    }

    void finish() { back_->finish(); }

    asio::awaitable<void> finished(std::chrono::microseconds at_most) {
        if (back_->has_ended())
            co_return;
        ended_.expires_after(at_most);
        boost::system::error_code ignored;
        co_await ended_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }

    void stop() {
        back_->stop();
        stopped_ = true;
        inboxes_.clear();
    }

    std::uint64_t link() const { return link_; }
    std::uint64_t largest_payload() const { return largest_payload_; }

    asio::awaitable<void> connected() {
        auto const cancelled = co_await asio::this_coro::cancellation_state;
        while (link_ == 0) {
            boost::system::error_code ignored;
            co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
            if (cancelled.cancelled() != asio::cancellation_type::none)
                throw boost::system::system_error(asio::error::operation_aborted);
        }
    }

    std::pair<std::uint64_t, std::string> open(handlers given) {
        auto const number = ++last_inbox_;
        inboxes_.emplace(number, std::make_shared<handlers const>(std::move(given)));
        subscribe(number);
        return {number, inbox_prefix_ + std::to_string(number)};
    }

    void close(std::uint64_t number) {
        if (inboxes_.erase(number) != 0 && link_ != 0)
            back_->enqueue({link_, unsubscribe_command{number}});
    }

    void send(std::vector<nats_message> messages) {
        if (link_ == 0 || messages.empty())
            return;
        back_->enqueue({link_, send_command{std::move(messages)}});
    }

    /// A request that waits for its answer.
    struct pending_request {
        explicit pending_request(asio::any_io_executor const& executor) : done(executor) {}
        asio::steady_timer
            done; ///< expires when the time is over; cancelled when there is an answer, or none will come
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
            found->second->done.cancel();
        }
    }

    void link_changed() {
        if (link_ != 0)
            return;
        for (auto const& [subject, each] : requests) {
            each->lost = true;
            each->done.cancel();
        }
    }

private:
    void subscribe(std::uint64_t number) {
        if (link_ != 0)
            back_->enqueue({link_, subscribe_command{number, inbox_prefix_ + std::to_string(number) + ".*"}});
    }

    void drain() {
        auto const self = shared_from_this(); // a handler may destroy the connection
        for (auto& each : back_->take()) {
            if (stopped_)
                return;
            try {
                std::visit([this](auto& what) { happened(what); }, each);
            } catch (std::exception const& error) {
                tell_of_failure(error);
            }
        }
        if (back_->has_ended())
            ended_.cancel();
    }

    /// The others go on. What arrived is as good as lost on its way: who needs it waits for it in vain, and asks again.
    void tell_of_failure(std::exception const& error) {
        try {
            if (log_)
                log_("NATS: a message was dropped: " + failure_reason(error));
        } catch (std::exception const&) {
            // Not even that.
        }
    }

    void happened(arrived& what) {
        auto const found = inboxes_.find(what.inbox);
        if (found == inboxes_.end())
            return;
        auto const kept = found->second; // it may close itself
        kept->received(std::move(what.message));
    }

    void happened(link_up& what) {
        link_ = what.link;
        largest_payload_ = what.largest_payload;
        for (auto const& [number, each] : inboxes_)
            subscribe(number);
        changed_.cancel();
        tell_inboxes();
    }

    void happened(link_down&) {
        link_ = 0;
        tell_inboxes();
    }

    void tell_inboxes() {
        auto const all = inboxes_;
        for (auto const& [number, each] : all)
            if (inboxes_.contains(number) && each->link_changed)
                each->link_changed();
    }

    void happened(log_line& what) {
        if (log_)
            log_(what.text);
    }

    std::string const inbox_prefix_;
    std::function<void(std::string const&)> log_;
    asio::steady_timer changed_; ///< never expires; cancelled when there is a link
    asio::steady_timer ended_;   ///< cancelled when the thread has ended
    std::shared_ptr<back> back_;
    std::map<std::uint64_t, std::shared_ptr<handlers const>> inboxes_;
    std::uint64_t last_inbox_ = 0;
    std::uint64_t link_ = 0;
    std::uint64_t largest_payload_ = 0;
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
    front_->start();
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
    return threads_left > 0;
}

std::uint64_t nats_connection::link() const {
    return front_->link();
}

asio::awaitable<void> nats_connection::connected() {
    return front_->connected();
}

std::uint64_t nats_connection::largest_payload() const {
    return front_->largest_payload();
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
    auto const cancelled = co_await asio::this_coro::cancellation_state;
    front::pending_request waiting(co_await asio::this_coro::executor);
    message.reply = front_->answers.subject() + "." + std::to_string(++front_->last_request);
    struct registration {
        front& owner;
        std::string subject;
        ~registration() { owner.requests.erase(subject); }
    };
    registration const registered{*front_, message.reply};
    front_->requests.emplace(message.reply, &waiting);
    if (what.empty())
        message.subject = message.reply; // a flush: back to ourselves
    std::vector<nats_message> messages;
    messages.push_back(std::move(message));
    front_->send(std::move(messages));
    waiting.done.expires_after(timeout);
    boost::system::error_code ignored;
    co_await waiting.done.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (cancelled.cancelled() != asio::cancellation_type::none)
        throw boost::system::system_error(asio::error::operation_aborted);
    if (!waiting.answer)
        throw nats_error("NATS: " + std::string(waiting.lost ? "connection lost" : "no answer in time"));
    if (waiting.answer->status == 503)
        throw nats_error("NATS: nobody answers to " + what);
    if (waiting.answer->status != 0)
        throw nats_error("NATS: " + what + ": " + waiting.answer->description);
    co_return std::move(*waiting.answer);
}

asio::awaitable<void> nats_connection::flush() {
    nats_message back_to_us;
    co_await request(std::move(back_to_us));
}

} // namespace rulehost
