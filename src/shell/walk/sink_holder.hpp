#pragma once

#include "shell/walk/walker.hpp"

namespace rulehost::shell {

/// Holds a sink while a node is walked. Sinks are reused.
class sink_holder {
public:
    explicit sink_holder(walker& of) : of_(&of), it_(&of.take_sink()) {}
    ~sink_holder() { --of_->sinks_used_; }
    sink_holder(sink_holder const&) = delete;
    sink_holder& operator=(sink_holder const&) = delete;

    walker::sink& operator*() const { return *it_; }
    walker::sink* operator->() const { return it_; }

private:
    walker* of_;
    walker::sink* it_;
};

} // namespace rulehost::shell
