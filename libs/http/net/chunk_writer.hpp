// The body of a streamed answer: each write is one chunk, sent at once.
#pragma once

#include "libs/http/message.hpp"
#include "libs/http/net/transport.hpp"

namespace dsm::http {

class ChunkWriter final : public BodyWriter {
public:
    enum class Coding { kChunked, kPlain };

    ChunkWriter(Transport& transport, const rt::Clock& clock, std::chrono::milliseconds timeout,
                Coding coding)
        : transport_(transport), clock_(clock), timeout_(timeout), coding_(coding) {}

    /// A reader slower than the timeout ends the stream.
    boost::asio::awaitable<bool> write(std::string chunk) override;

    /// The last chunk. False when the client is gone.
    boost::asio::awaitable<bool> end();

    /// False once a write failed.
    bool open() const { return open_; }

private:
    boost::asio::awaitable<bool> send(std::string first, std::string second);

    Transport& transport_;
    const rt::Clock& clock_;
    std::chrono::milliseconds timeout_;
    Coding coding_;
    bool open_ = true;
};

}  // namespace dsm::http
