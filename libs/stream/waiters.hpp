// Lets readers sleep until an append of this process wakes them. Internal to libs/stream.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace dsm::stream {

/// Safe from any thread; each waiter sleeps on its own executor.
class Waiters {
public:
    /// One reader's place. Taken before the reader looks, so that an append in between is noticed.
    class Place {
    public:
        Place(Waiters& owner, std::string stream, boost::asio::any_io_executor executor);
        ~Place();
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

        /// Returns at once if there was a wake since the last sleep; else after the next one, after
        /// `limit`, or when cancelled.
        boost::asio::awaitable<void> sleep(std::chrono::milliseconds limit);

    private:
        friend class Waiters;
        struct Bell;
        Waiters& owner_;
        std::shared_ptr<Bell> bell_;
        std::multimap<std::string, std::shared_ptr<Bell>>::iterator position_;
    };

    /// Wakes everybody who waits for `stream`.
    void wake(const std::string& stream);

private:
    std::mutex mutex_;
    std::multimap<std::string, std::shared_ptr<Place::Bell>> bells_;
};

}  // namespace dsm::stream
