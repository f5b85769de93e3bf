#include "delivery/tag_lanes.hpp"

#include "async/blocking_call.hpp"
#include "text/failure_reason.hpp"

#include <rulehost/task_group.hpp>

#include <boost/asio/strand.hpp>

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

namespace {

using tag_list = std::vector<tag const*>;

// Tags; fewer do not justify a transaction of their own.
constexpr std::size_t min_lane_size = 1000;

} // namespace

/// The work of one lane.
struct tag_lanes::part {
    tag_list left; ///< neither stored nor refused
    tag_list fresh;
    std::vector<refusal> refused;
    std::size_t known = 0;
    std::optional<database_error> problem;

    /// Marks `piece`, the first of the rest, as done.
    void settle(tag_list const& piece) {
        left.erase(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(piece.size()));
    }

    /// Joins a list of every part, in the original order.
    static tag_list merged(tag_list const& order, std::vector<part> const& parts, tag_list part::*list) {
        tag_list all;
        std::vector<std::size_t> taken(parts.size());
        for (auto const* const each : order) {
            for (std::size_t i = 0; i < parts.size(); ++i) {
                auto const& from = parts[i].*list;
                if (taken[i] < from.size() && from[taken[i]] == each) {
                    all.push_back(each);
                    ++taken[i];
                    break;
                }
            }
        }
        return all;
    }
};

/// Outcome of a database call.
template <class Result>
struct tag_lanes::attempt {
    std::optional<Result> result;
    std::optional<database_error> problem;
};

tag_lanes::tag_lanes(asio::any_io_executor executor, asio::any_io_executor database, database_url const& url,
                     database_access first, std::shared_ptr<call_watch> calls, tag_table::messages_about messages,
                     position_fence const& fence, database_faults faults)
    : executor_(std::move(executor)), messages_(std::move(messages)), faults_(std::move(faults)) {
    for (std::size_t i = 0; i < dialect_of(url.kind).writers; ++i)
        lanes_.push_back({asio::make_strand(database), std::make_shared<tag_table>(url, first, calls, fence)});
}

asio::awaitable<std::vector<input_position>> tag_lanes::positions(std::vector<std::string> inputs) {
    attempt<std::vector<input_position>> read;
    auto look = [inputs = std::move(inputs)](tag_table& table) { return table.positions(inputs); };
    co_await try_call(lanes_.front(), "positions", std::move(look), read);
    if (read.problem)
        throw *read.problem;
    co_return std::move(*read.result);
}

asio::awaitable<tag_lanes::outcome> tag_lanes::store(std::shared_ptr<void const> owner, tag_list tags,
                                                     std::vector<input_position> positions) {
    auto parts = parts_of(tags);
    if (parts.size() == 1) {
        co_await store_part(owner, lanes_.front(), parts.front(), &positions);
    } else {
        task_group tasks(executor_);
        for (std::size_t i = 0; i < parts.size(); ++i)
            tasks.spawn("tags", store_part(owner, lanes_[i], parts[i], nullptr));
        co_await tasks.join();
    }
    outcome done;
    done.fresh = part::merged(tags, parts, &part::fresh);
    done.left = part::merged(tags, parts, &part::left);
    for (auto& each : parts) {
        std::ranges::move(each.refused, std::back_inserter(done.refused));
        done.known += each.known;
        if (each.problem)
            done.problem = std::move(each.problem);
    }
    if (!positions.empty() && !done.problem && done.refused.empty()) { // after the tags before these positions
        attempt<std::vector<std::size_t>> stored;
        tag_list none;
        co_await transact(owner, lanes_.front(), std::move(none), positions, stored);
        if (stored.result)
            positions.clear();
        done.problem = std::move(stored.problem);
    }
    done.positions_are_stored = positions.empty();
    co_return done;
}

/// Splits tags by lane: all of a session in one, so that messages about it are in order and those about an
/// event are made from all of its tags.
std::vector<tag_lanes::part> tag_lanes::parts_of(tag_list const& tags) const {
    std::vector<part> parts(std::clamp<std::size_t>(tags.size() / min_lane_size, 1, lanes_.size()));
    std::hash<std::string_view> const hash;
    for (auto const* const each : tags)
        parts[hash(each->session_id.empty() ? each->source_id : each->session_id) % parts.size()].left.push_back(each);
    return parts;
}

/// Stores the rest of `share`, and `positions` (null: none) with it if one transaction suffices. Clears them once
/// stored.
asio::awaitable<void> tag_lanes::store_part(std::shared_ptr<void const> owner, lane on, part& share,
                                            std::vector<input_position>* positions) const {
    // Halves of a rejected piece, the first one on top; normally just the whole.
    std::vector<tag_list> pieces;
    auto const whole = share.left.size();
    if (whole > 0)
        pieces.push_back(share.left);
    while (!pieces.empty()) {
        auto const piece = std::move(pieces.back());
        pieces.pop_back();
        auto const with_positions = positions && piece.size() == whole;
        attempt<std::vector<std::size_t>> stored;
        auto along = with_positions ? *positions : std::vector<input_position>();
        co_await transact(owner, on, piece, std::move(along), stored);
        if (stored.result) {
            for (auto const index : *stored.result)
                share.fresh.push_back(piece[index]);
            auto const is_withheld = [](tag const* each) { return each->withheld_by != 0; };
            auto const withheld = static_cast<std::size_t>(std::ranges::count_if(piece, is_withheld));
            share.known += piece.size() - withheld - stored.result->size();
            share.settle(piece);
            if (with_positions)
                positions->clear();
            continue;
        }
        if (stored.problem->what_kind() != database_error::kind::other) {
            share.problem = std::move(stored.problem);
            co_return;
        }
        if (piece.size() > 1) {
            auto const middle = piece.begin() + static_cast<std::ptrdiff_t>(piece.size() / 2);
            pieces.emplace_back(middle, piece.end());
            pieces.emplace_back(piece.begin(), middle);
            continue;
        }
        // Probes whether the database rejects this tag or every tag.
        attempt<bool> probed;
        auto probe = [](tag_table& table) {
            table.probe();
            return true;
        };
        co_await try_call(on, "probe", std::move(probe), probed);
        if (probed.problem) {
            share.problem = std::move(probed.problem);
            co_return;
        }
        share.refused.push_back({piece.front(), stored.problem->what()});
        share.settle(piece);
    }
}

asio::awaitable<void> tag_lanes::transact(std::shared_ptr<void const> owner, lane on, tag_list tags,
                                          std::vector<input_position> positions,
                                          attempt<std::vector<std::size_t>>& stored) const {
    auto store = [owner = std::move(owner), tags = std::move(tags), positions = std::move(positions),
                  messages = messages_](tag_table& table) { return table.store(tags, positions, messages); };
    co_await try_call(std::move(on), "store", std::move(store), stored);
}

/// Runs `function(tag_table&)` on a lane.
template <class Function, class Result>
asio::awaitable<void> tag_lanes::try_call(lane on, char const* name, Function function, attempt<Result>& tried) const {
    try {
        if (faults_.before)
            co_await faults_.before(name);
        auto work = [table = on.table, function = std::move(function)]() mutable {
            try {
                return function(*table);
            } catch (database_error const&) {
                throw;
            } catch (std::exception const& error) { // usually about one tag, which bisection finds
                throw database_error(database_error::kind::other, failure_reason(error));
            }
        };
        tried.result.emplace(co_await blocking_call(on.strand, std::move(work)));
        if (faults_.after)
            co_await faults_.after(name);
    } catch (database_error const& error) {
        tried.result.reset();
        tried.problem = error;
    }
}

} // namespace rulehost
