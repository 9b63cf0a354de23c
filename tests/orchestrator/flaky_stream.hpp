// A real embedded stream that can be switched off.
#pragma once

#include <atomic>
#include <memory>

#include "libs/stream/event_stream.hpp"

namespace dsm::orchestrator::testing {

class FlakyStream final : public stream::EventStream {
public:
    explicit FlakyStream(std::unique_ptr<stream::EventStream> real) : real_(std::move(real)) {}

    std::atomic<bool> down = false;

    boost::asio::awaitable<Result<std::string>> append(std::string stream, stream::Event event,
                                                       std::size_t max_length, std::string id,
                                                       rt::Deadline deadline) override {
        if (down) co_return fail(ErrorCode::kUnavailable, "switched off");
        co_return co_await real_->append(stream, event, max_length, id, deadline);
    }
    boost::asio::awaitable<Result<void>> ensure_group(std::string stream, std::string group,
                                                      rt::Deadline deadline) override {
        return real_->ensure_group(std::move(stream), std::move(group), deadline);
    }
    boost::asio::awaitable<Result<std::vector<stream::Entry>>> read_group(
        stream::GroupRead read, rt::Deadline deadline) override {
        return real_->read_group(std::move(read), deadline);
    }
    boost::asio::awaitable<Result<void>> acknowledge(std::string stream, std::string group,
                                                     std::vector<std::string> ids,
                                                     rt::Deadline deadline) override {
        return real_->acknowledge(std::move(stream), std::move(group), std::move(ids), deadline);
    }
    boost::asio::awaitable<Result<std::vector<stream::Entry>>> reclaim(
        stream::GroupRead read, std::chrono::milliseconds idle, rt::Deadline deadline) override {
        return real_->reclaim(std::move(read), idle, deadline);
    }
    boost::asio::awaitable<Result<std::vector<stream::Entry>>> range(
        std::string stream, std::string after, std::size_t count, rt::Deadline deadline) override {
        return real_->range(std::move(stream), std::move(after), count, deadline);
    }
    boost::asio::awaitable<Result<void>> remove(std::string stream, std::vector<std::string> ids,
                                                rt::Deadline deadline) override {
        return real_->remove(std::move(stream), std::move(ids), deadline);
    }
    boost::asio::awaitable<Result<stream::StreamEnd>> end(std::string stream,
                                                          rt::Deadline deadline) override {
        return real_->end(std::move(stream), deadline);
    }
    boost::asio::awaitable<Result<stream::GroupLag>> lag(std::string stream, std::string group,
                                                         rt::Deadline deadline) override {
        return real_->lag(std::move(stream), std::move(group), deadline);
    }
    boost::asio::awaitable<bool> healthy(rt::Deadline) override { co_return !down; }

private:
    std::unique_ptr<stream::EventStream> real_;
};

}  // namespace dsm::orchestrator::testing
