// RFC 9112 section 7.1, the writing side.
#include "libs/http/net/chunk_writer.hpp"

namespace dsm::http {
namespace asio = boost::asio;

asio::awaitable<bool> ChunkWriter::write(std::string chunk) {
    if (chunk.empty()) co_return open_;  // an empty chunk would end the body
    if (coding_ == Coding::kPlain) co_return co_await send(std::move(chunk), "");
    std::string size = fmt::format("{:x}\r\n", chunk.size());
    chunk += "\r\n";
    co_return co_await send(std::move(size), std::move(chunk));
}

asio::awaitable<bool> ChunkWriter::end() {
    if (coding_ == Coding::kPlain) co_return open_;
    co_return co_await send("0\r\n\r\n", "");
}

asio::awaitable<bool> ChunkWriter::send(std::string first, std::string second) {
    if (!open_) co_return false;
    transport_.deadline().set(clock_.steady() + timeout_);
    const Transferred sent = co_await transport_.write(first, second);
    transport_.deadline().clear();
    open_ = !sent.error;
    co_return open_;
}

}  // namespace dsm::http
