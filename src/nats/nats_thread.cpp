#include "nats/nats_thread.hpp"

#include "text/failure_reason.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <new>
#include <string_view>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto first_pause = 100ms;
constexpr auto max_pause = 5s;
constexpr auto pause_without_memory = 100ms;
constexpr auto patience = 100ms;               // in the destructor, which blocks the executor
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

/// Whether `text` is a subject that cannot break its protocol line.
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

/// Threads of destroyed connections.
std::atomic<int> threads_left = 0;

} // namespace

std::string make_inbox_prefix() {
    natsInbox* inbox = nullptr;
    if (auto const status = natsInbox_Create(&inbox); status != NATS_OK)
        throw nats_error("NATS: " + text_of(status));
    std::string prefix(inbox);
    natsInbox_Destroy(inbox);
    return prefix + ".";
}

nats_thread::nats_thread(asio::any_io_executor executor, nats_options options, std::string inbox_prefix)
    : options_(std::move(options)),
      inbox_prefix_(std::move(inbox_prefix)),
      pauses_(first_pause, max_pause, options_.random),
      executor_(std::move(executor)) {}

void nats_thread::start(std::function<void()> drain) {
    drain_ = std::move(drain);
    thread_ = std::thread([self = shared_from_this()] {
        self->run();
        self->end();
    });
}

void nats_thread::finish() {
    std::lock_guard const lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
}

bool nats_thread::has_ended() const {
    std::lock_guard const lock(mutex_);
    return ended_;
}

void nats_thread::stop() {
    {
        std::unique_lock lock(mutex_);
        executor_ = {};
        drain_ = {};
        if (!std::exchange(stopping_, true)) {
            changed_.notify_all();
            changed_.wait_for(lock, patience, [this] { return ended_; }); // usually at once
        }
        if (!ended_) { // a DNS query may hold it up; the thread keeps this object alive
            left_ = true;
            ++threads_left;
            thread_.detach();
            return;
        }
    }
    thread_.join();
}

void nats_thread::enqueue(command given) {
    std::lock_guard const lock(mutex_);
    commands_.push_back(std::move(given));
    changed_.notify_all();
}

void nats_thread::give_up(std::uint64_t link) {
    std::lock_guard const lock(mutex_);
    given_up_ = link;
    changed_.notify_all();
}

std::vector<nats_thread::occurrence> nats_thread::take() {
    std::lock_guard const lock(mutex_);
    posted_ = false;
    return std::exchange(occurrences_, {});
}

void nats_thread::run() {
    for (std::size_t turn = 0; !is_stopping(); ++turn) {
        bool pauses_now = (turn + 1) % options_.servers.size() == 0;
        try {
            pauses_now = try_server(options_.servers[turn % options_.servers.size()]) || pauses_now;
        } catch (std::bad_alloc const&) {
            pauses_now = true;
        }
        if (pauses_now && !wait(pauses_.next()))
            break;
    }
    nats_ReleaseThreadMemory();
}

bool nats_thread::try_server(std::string const& url) {
    auto const server = parse_nats_address(url);
    std::string problem;
    auto* const connection = connect(server, problem);
    if (!connection) {
        if (!failure_logged_)
            report(log_line{"NATS " + server.display() + ": no connection: " + problem + "; retrying"});
        failure_logged_ = true;
        return false;
    }
    pauses_.reset();
    try {
        problem = serve(connection, server);
    } catch (std::bad_alloc const& error) {
        problem = failure_reason(error);
    }
    disconnect(connection);
    if (is_stopping())
        return true;
    report(log_line{"NATS " + server.display() + ": connection lost: " + problem + "; retrying"});
    failure_logged_ = true;
    return true;
}

void nats_thread::end() {
    std::lock_guard const lock(mutex_);
    ended_ = true;
    changed_.notify_all();
    if (left_) {
        --threads_left;
        return;
    }
    try {
        post_drain();
    } catch (std::bad_alloc const&) {
        // The owner waits for the end for a limited time.
    }
}

bool nats_thread::is_stopping() const {
    std::lock_guard const lock(mutex_);
    return stopping_;
}

bool nats_thread::wait(duration length) {
    std::unique_lock lock(mutex_);
    return !changed_.wait_for(lock, length, [this] { return stopping_; });
}

natsConnection* nats_thread::connect(nats_address const& server, std::string& problem) {
    natsOptions* raw = nullptr;
    natsStatus status = natsOptions_Create(&raw);
    std::unique_ptr<natsOptions, options_deleter> const owned(raw);
    auto const set = [&status](natsStatus outcome) { status = status == NATS_OK ? outcome : status; };
    if (status == NATS_OK) {
        set(natsOptions_SetURL(raw, server.display().c_str()));
        set(natsOptions_SetName(raw, options_.name.c_str()));
        set(natsOptions_SetAllowReconnect(raw,
                                          false)); // this class reconnects: it sends nothing late and drops no server
        set(natsOptions_SetTimeout(raw, connect_timeout));
        set(natsOptions_SetWriteDeadline(raw, write_timeout));
        set(natsOptions_SetPingInterval(raw, ping_interval));
        set(natsOptions_SetMaxPingsOut(raw, 2));
        set(natsOptions_SetClosedCB(raw, &nats_thread::on_closed, this));
        set(natsOptions_SetErrorHandler(raw, &nats_thread::on_error, this));
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
void nats_thread::set_account(natsOptions* raw, nats_address const& server, Set const& set) const {
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
void nats_thread::set_tls(natsOptions* raw, nats_address const& server, Set const& set) const {
    if (server.scheme == "tls://" || !options_.ca_file.empty() || !options_.certificate_file.empty())
        set(natsOptions_SetSecure(raw, true));
    if (!options_.ca_file.empty())
        set(natsOptions_LoadCATrustedCertificates(raw, options_.ca_file.c_str()));
    if (!options_.certificate_file.empty())
        set(natsOptions_LoadCertificatesChain(raw, options_.certificate_file.c_str(), options_.key_file.c_str()));
}

std::string nats_thread::serve(natsConnection* connection, nats_address const& server) {
    ++link_;
    if (failure_logged_)
        report(log_line{"NATS " + server.display() + ": connected"});
    failure_logged_ = false;
    report(link_up{link_, static_cast<std::uint64_t>(natsConnection_GetMaxPayload(connection))});
    while (auto const next = await_command()) {
        if (next->link != link_)
            continue;
        if (auto const status = std::visit([&](auto const& what) { return execute(connection, what); }, next->what);
            status != NATS_OK)
            return text_of(status);
    }
    char const* last = nullptr;
    if (natsConnection_GetLastError(connection, &last) != NATS_OK && last && *last)
        return last;
    return is_given_up() ? "out of memory" : "closed by the server";
}

void nats_thread::disconnect(natsConnection* connection) {
    for (auto const& [inbox, each] : subscriptions_)
        natsSubscription_Destroy(each);
    subscriptions_.clear();
    natsConnection_Destroy(connection);
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return closed_ && live_subscriptions_ == 0; });
    }
    do {
        try {
            return report(link_down{});
        } catch (std::bad_alloc const&) {} // retried: the executor must be notified
    } while (wait(pause_without_memory));
}

bool nats_thread::is_given_up() const {
    std::lock_guard const lock(mutex_);
    return given_up_ == link_;
}

std::optional<nats_thread::command> nats_thread::await_command() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopping_ || closed_ || given_up_ == link_ || !commands_.empty(); });
    // Messages sent before the end go out before the end.
    if (closed_ || given_up_ == link_ || commands_.empty())
        return std::nullopt;
    auto first = std::move(commands_.front());
    commands_.pop_front();
    return first;
}

natsStatus nats_thread::execute(natsConnection* connection, subscribe_command const& what) {
    auto added = std::make_unique<subscription>();
    added->owner = this;
    added->inbox = what.inbox;
    auto*& kept = subscriptions_[what.inbox]; // first, so that a lack of memory leaves nothing to undo
    natsSubscription* handle = nullptr;
    auto const status =
        natsConnection_Subscribe(&handle, connection, what.subject.c_str(), &nats_thread::on_message, added.get());
    if (status != NATS_OK)
        return status;
    {
        std::lock_guard const lock(mutex_);
        ++live_subscriptions_;
    }
    if (auto const refused = natsSubscription_SetOnCompleteCB(handle, &nats_thread::on_complete, added.get());
        refused != NATS_OK) {
        // Closed meanwhile: the library never reports that it is done with the subscription, which is leaked.
        natsSubscription_Destroy(handle);
        static_cast<void>(added.release());
        std::lock_guard const lock(mutex_);
        --live_subscriptions_;
        return refused;
    }
    static_cast<void>(added.release()); // deleted by on_complete
    kept = handle;
    return NATS_OK;
}

natsStatus nats_thread::execute(natsConnection*, unsubscribe_command const& what) {
    if (auto const found = subscriptions_.find(what.inbox); found != subscriptions_.end()) {
        natsSubscription_Destroy(found->second);
        subscriptions_.erase(found);
    }
    return NATS_OK;
}

natsStatus nats_thread::execute(natsConnection* connection, send_command const& what) {
    for (auto const& each : what.messages) {
        auto const status = is_subject(each.subject) ? send(connection, each) : NATS_INVALID_SUBJECT;
        if (status == NATS_INVALID_SUBJECT || status == NATS_MAX_PAYLOAD || status == NATS_INVALID_ARG)
            refuse(each, text_of(status));
        else if (status != NATS_OK)
            return status;
    }
    return NATS_OK;
}

natsStatus nats_thread::send(natsConnection* connection, nats_message const& message) {
    if (message.payload.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
        return NATS_MAX_PAYLOAD;
    natsMsg* raw = nullptr;
    auto status = natsMsg_Create(&raw, message.subject.c_str(), message.reply.empty() ? nullptr : message.reply.c_str(),
                                 message.payload.data(), static_cast<int>(message.payload.size()));
    std::unique_ptr<natsMsg, message_deleter> const owned(raw);
    for (auto const& [key, value] : message.headers)
        if (status == NATS_OK)
            status = natsMsgHeader_Set(raw, key.c_str(), value.c_str());
    return status == NATS_OK ? natsConnection_PublishMsg(connection, raw) : status;
}

void nats_thread::refuse(nats_message const& message, std::string why) {
    if (!message.reply.starts_with(inbox_prefix_))
        return;
    auto const number = message.reply.substr(inbox_prefix_.size());
    arrived answer;
    answer.inbox = std::strtoull(number.c_str(), nullptr, 10);
    answer.message.subject = message.reply;
    answer.message.status = 400;
    answer.message.description = std::move(why);
    report(std::move(answer));
}

void nats_thread::report(occurrence what) {
    std::lock_guard const lock(mutex_);
    if (stopping_)
        return;
    post_drain(); // first: the caller repeats a failed call
    occurrences_.push_back(std::move(what));
}

void nats_thread::post_drain() {
    if (posted_ || !executor_)
        return;
    asio::post(executor_, drain_);
    posted_ = true;
}

void nats_thread::on_message(natsConnection*, natsSubscription*, natsMsg* raw, void* closure) {
    std::unique_ptr<natsMsg, message_deleter> const owned(raw);
    auto const* const from = static_cast<subscription*>(closure);
    while (!from->owner->is_stopping()) {
        try {
            return from->owner->report(message_of(raw, from->inbox));
        } catch (std::bad_alloc const&) { // the library cannot handle it; later messages wait
            std::this_thread::sleep_for(pause_without_memory);
        }
    }
}

nats_thread::arrived nats_thread::message_of(natsMsg* raw, std::uint64_t inbox) {
    arrived what;
    what.inbox = inbox;
    what.message.subject = natsMsg_GetSubject(raw);
    if (char const* const reply = natsMsg_GetReply(raw))
        what.message.reply = reply;
    what.message.payload.assign(natsMsg_GetData(raw), static_cast<std::size_t>(natsMsg_GetDataLength(raw)));
    // Status messages of the server itself have no reply subject; a message of a stream may have any header.
    char const* value = nullptr;
    if (what.message.reply.empty() && natsMsgHeader_Get(raw, "Status", &value) == NATS_OK) {
        what.message.status = std::atoi(value);
        if (natsMsgHeader_Get(raw, "Description", &value) == NATS_OK)
            what.message.description = value;
    }
    return what;
}

void nats_thread::on_complete(void* closure) {
    std::unique_ptr<subscription> const ended(static_cast<subscription*>(closure));
    std::lock_guard const lock(ended->owner->mutex_);
    --ended->owner->live_subscriptions_;
    ended->owner->changed_.notify_all();
}

void nats_thread::on_closed(natsConnection*, void* closure) {
    auto* const self = static_cast<nats_thread*>(closure);
    std::lock_guard const lock(self->mutex_);
    self->closed_ = true;
    self->changed_.notify_all();
}

void nats_thread::on_error(natsConnection*, natsSubscription*, natsStatus status, void* closure) {
    // The default handler prints. on_closed reports a failed connection; this one continues.
    if (status != NATS_SLOW_CONSUMER)
        return;
    try {
        static_cast<nats_thread*>(closure)->report(log_line{"NATS: messages were dropped: " + text_of(status)});
    } catch (std::bad_alloc const&) {} // the C library cannot handle exceptions
}

bool nats_thread::is_any_left() {
    return threads_left > 0;
}

} // namespace rulehost
