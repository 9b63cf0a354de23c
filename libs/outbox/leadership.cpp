#include "libs/outbox/leadership.hpp"

namespace dsm::outbox {

boost::asio::awaitable<bool> Leadership::seek() {
    if (ours()) co_return true;
    lock_.reset();
    auto taken = co_await turns_->take("outbox", rt::Deadline{clock_.steady()});
    if (taken) lock_ = std::move(*taken);
    co_return taken.has_value();
}

}  // namespace dsm::outbox
