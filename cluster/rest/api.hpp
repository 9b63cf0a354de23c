// The REST face: one handler for every path of the API server.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "cluster/faults.hpp"
#include "cluster/identity/identity.hpp"
#include "cluster/registry/registry.hpp"
#include "cluster/rest/access.hpp"
#include "cluster/rest/answer.hpp"
#include "cluster/rest/target.hpp"
#include "libs/http/message.hpp"

namespace dsm::cluster {

/// One thread. Everything handed in outlives it; it outlives its answers' streams.
class RestApi {
public:
    RestApi(Registry& registry, const Identity& identity, Faults& faults, const rt::Clock& clock,
            rt::Random& random);

    boost::asio::awaitable<http::Response> handle(http::Request request);

    /// Ends all watches at their next turn and starts none.
    void end_watches();

private:
    /// One request on its way through the API.
    struct Call {
        const http::Request& request;
        Target target;
        User user;
    };

    boost::asio::awaitable<http::Response> serve(const http::Request& request);
    boost::asio::awaitable<http::Response> serve_resource(Call call);
    boost::asio::awaitable<http::Response> get(Call call);
    boost::asio::awaitable<http::Response> list(Call call);
    http::Response watch(const Call& call);
    http::Response create(const Call& call);
    http::Response review(const Call& call);
    http::Response update(const Call& call);
    http::Response patch(const Call& call);
    http::Response remove(const Call& call);
    http::Response remove_collection(const Call& call);
    /// Waits until the store is at `revision`, at most 3 s; false if it never was.
    boost::asio::awaitable<bool> reach(Revision revision);

    Registry& registry_;
    const Identity& identity_;
    Faults& faults_;
    const rt::Clock& clock_;
    rt::Random& random_;
    bool ending_ = false;
};

/// Discovery, OpenAPI, version and health: every page that is no resource.
http::Response serve_page(const http::Request& request, const Target& target);

/// 400 for an `includeObject` that is no known word.
ApiError unknown_include(const http::Request& request);

/// Written as the wish says: the object, its Table, or its metadata.
http::Response answer_object(int status, const ResourceType& type, const json::value& object,
                             const Wish& wish, const http::Request& request, Instant now,
                             const std::vector<std::string>& warnings = {});

}  // namespace dsm::cluster
