#pragma once

#include "shell/walker.hpp"

namespace rulehost::shell {

/// A sink for as long as a node is walked. Sinks are kept for the next use.
class sink_holder {
public:
    sink_holder(std::deque<walker::sink>& all, std::size_t& used) : used_(&used) {
        if (used == all.size())
            all.emplace_back();
        it_ = &all[used++];
        it_->text.clear();
        it_->known = true;
    }
    ~sink_holder() { --*used_; }
    sink_holder(sink_holder const&) = delete;
    sink_holder& operator=(sink_holder const&) = delete;

    walker::sink& operator*() const { return *it_; }
    walker::sink* operator->() const { return it_; }

private:
    std::size_t* used_;
    walker::sink* it_;
};

} // namespace rulehost::shell
