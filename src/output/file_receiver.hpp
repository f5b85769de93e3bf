#pragma once

#include "output/tag_file.hpp"
#include "output/tag_receiver.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace rulehost {

/// Writes tags to a file as NDJSON. Calls run on `files`.
class file_receiver final : public tag_receiver {
public:
    file_receiver(boost::asio::any_io_executor files, tag_file to)
        : files_(std::move(files)), to_(std::make_shared<tag_file const>(std::move(to))) {}

    std::size_t max_tags() const override { return 256; }
    boost::asio::awaitable<std::string> send(std::span<tag const> tags) override;

private:
    boost::asio::any_io_executor files_;
    std::shared_ptr<tag_file const> to_; ///< kept alive by a running call
};

} // namespace rulehost
