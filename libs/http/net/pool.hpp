// The open connections of a client, kept alive between calls and bounded for each host.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "libs/http/client.hpp"
#include "libs/http/net/transport.hpp"
#include "libs/http/net/url.hpp"

namespace dsm::http {

class Pool;

/// One connection, out of the pool until this is destroyed; closed then unless `keep` was called.
class Lease {
public:
    Lease(std::shared_ptr<Pool> pool, std::string key, std::unique_ptr<Transport> transport,
          bool reused);
    ~Lease();
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&&) = delete;

    Transport& transport() { return *transport_; }
    bool reused() const { return reused_; }  ///< it has carried a call before
    void keep() { keep_ = true; }

private:
    std::shared_ptr<Pool> pool_;
    std::string key_;
    std::unique_ptr<Transport> transport_;
    bool reused_;
    bool keep_ = false;
};

enum class Reuse { kAllowed, kForbidden };

/// One thread.
class Pool : public std::enable_shared_from_this<Pool> {
public:
    Pool(boost::asio::any_io_executor executor, ClientSettings settings, const rt::Clock& clock);

    /// A connection with `deadline` set. kUnavailable says what failed: finding the address,
    /// connecting, TLS, or that none became free in time. kCancelled after `close`.
    boost::asio::awaitable<Result<Lease>> lease(Url url, Reuse reuse, rt::Deadline deadline);

    void close();
    bool closed() const { return closed_; }

private:
    friend class Lease;

    struct Idle {
        std::unique_ptr<Transport> transport;
        rt::Steady since;
    };
    struct Host {
        std::deque<Idle> idle;
        std::size_t open = 0;                            ///< idle ones and leased ones
        std::deque<boost::asio::steady_timer*> waiting;  ///< in the order they came
    };

    std::unique_ptr<Transport> take_idle(Host& host);
    static void drop_idle(Host& host);
    boost::asio::awaitable<std::optional<Error>> open(Transport& transport, Url url,
                                                      rt::Deadline deadline);
    boost::asio::awaitable<bool> wait_for_place(std::string key, rt::Deadline deadline);
    Result<boost::asio::ssl::context*> tls_context();
    void give_back(const std::string& key, std::unique_ptr<Transport> transport, bool keep);
    void free_place(const std::string& key);
    static void wake_one(Host& host);

    boost::asio::any_io_executor executor_;
    ClientSettings settings_;
    const rt::Clock& clock_;
    std::shared_ptr<boost::asio::ssl::context> tls_;
    std::map<std::string, Host> hosts_;
    std::set<Transport*> leased_;  ///< in use, or being opened for that
    bool closed_ = false;
};

}  // namespace dsm::http
