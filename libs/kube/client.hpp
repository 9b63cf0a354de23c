// Talks to a Kubernetes API server: get, list, create, delete, and what we may, with typed outcomes
// and no exceptions.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>
#include <memory>
#include <string>

#include "libs/kube/access.hpp"
#include "libs/kube/outcome.hpp"
#include "libs/kube/resource.hpp"
#include "libs/rt/call_policy.hpp"
#include "libs/rt/clock.hpp"

namespace dsm::kube {

struct ClientSettings {
    std::string user_agent = "dsm";  ///< "dsm/0.1.0"
    std::string field_manager;       ///< of what we create; empty: the server's default
    std::size_t page_size = 500;     ///< of a list
    std::size_t response_limit = 64 * 1024 * 1024;
    /// Repeats: whatever was answered with a `Retry-After`, and reads that broke. The deadline is
    /// each call's own, and no breaker is asked here.
    rt::CallPolicy policy{};
    rt::RetryBudget* repeats = nullptr;  ///< outlives the client; null: one of its own
};

struct ListRequest {
    Resource resource;
    std::string name_space;  ///< empty: all namespaces
    std::string label_selector;
    std::string field_selector;
};

enum class Propagation { kBackground, kForeground, kOrphan };

struct DeleteRequest {
    Resource resource;
    std::string name_space;
    std::string name;
    std::string uid;  ///< if not empty, only this object and no later one of the same name
    Propagation propagation = Propagation::kBackground;
};

/// One client a thread; every call ends by its deadline.
///
/// 429 and 5xx with `Retry-After` are repeated (any verb, at most ten times), a GET also after a
/// broken connection, while the deadline and a budget of a tenth of the calls allow it. A token
/// goes over TLS only. Files of the configuration that changed are noticed within a minute, and at
/// once after a 401 or a connection that could not be made: if they hold something new, a call of
/// which nothing happened is made again with it.
class Client {
public:
    Client(boost::asio::any_io_executor executor, Access access, ClientSettings settings,
           const rt::Clock& clock);
    ~Client();

    boost::asio::awaitable<GetOutcome> get(Resource resource, std::string name_space,
                                           std::string name, rt::Deadline deadline);

    /// All pages of one consistent list; begins again when the server forgot it in the middle
    /// (410).
    boost::asio::awaitable<ListOutcome> list(ListRequest request, rt::Deadline deadline);

    /// One page of a list, after the one whose `next` is given; empty: the first. Unknown also when
    /// the server forgot that list (410): begin again.
    boost::asio::awaitable<PageOutcome> page(ListRequest request, std::string next,
                                             rt::Deadline deadline);

    /// `object` has kind, apiVersion and metadata.name. AlreadyExists says nothing about whose the
    /// existing object is.
    boost::asio::awaitable<CreateOutcome> create(Resource resource, std::string name_space,
                                                 boost::json::object object, rt::Deadline deadline);

    /// Deleted also when the object only got its deletion mark (finalizers).
    boost::asio::awaitable<DeleteOutcome> remove(DeleteRequest request, rt::Deadline deadline);

    /// Whether we may do `verb` to objects of this resource in this namespace, as the API server
    /// itself sees it (SelfSubjectAccessReview). Changes nothing; every user may ask.
    boost::asio::awaitable<ReviewOutcome> review(std::string verb, Resource resource,
                                                 std::string name_space, rt::Deadline deadline);

    /// True if the API server answered `/version` with 200.
    boost::asio::awaitable<bool> reachable(rt::Deadline deadline);

    /// The namespace of the configuration.
    const std::string& default_namespace() const;

    /// Calls in progress end as Unknown.
    void close();

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace dsm::kube
