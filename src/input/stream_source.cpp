#include "input/stream_source.hpp"

namespace rulehost {

namespace asio = boost::asio;

asio::awaitable<std::optional<event_batch>> stream_source::next() {
    for (;;) {
        while (!builder_.is_full()) {
            auto line = framer_.next();
            if (!line && ended_)
                line = framer_.last();
            if (!line)
                break;
            builder_.add(*line);
        }
        if (!builder_.is_empty()) {
            auto batch = builder_.take(++batches_);
            batch.bytes = batch.memory.size() + batch.lines.size();
            co_return batch;
        }
        if (ended_)
            co_return std::nullopt;
        auto const count = co_await stream_.read_some(framer_.prepare(batch_builder::max_bytes));
        framer_.commit(count);
        ended_ = count == 0;
    }
}

asio::awaitable<void> stream_source::run() {
    co_return;
}

} // namespace rulehost
