// From settings to what each service is handed: the one place that knows all five.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "dsm/client/endpoints.hpp"
#include "dsm/settings/settings.hpp"
#include "libs/base/result.hpp"
#include "libs/http/server.hpp"
#include "libs/kube/access.hpp"
#include "libs/rt/call_policy.hpp"
#include "libs/rt/clock.hpp"
#include "libs/service/host.hpp"
#include "libs/sql/database.hpp"
#include "libs/stream/event_stream.hpp"

namespace dsm::compose {

/// Where the others find a service.
struct Addresses {
    std::string project;
    std::string backlog;
    std::string sprint;
    std::string chronicle;
};

/// `http://project-service.{namespace}.svc.cluster.local` and its sisters, unless a setting says
/// otherwise.
Addresses in_cluster_addresses(const settings::Settings& settings);

/// Where a store ("sprint") is: a file of the directory `data`, or a PostgreSQL server. A decision
/// or a sprint that was answered for outlives a power cut, since nothing else knows of it: those
/// two stores sync each commit.
sql::DatabaseSettings database_of(const settings::Settings& settings, const std::string& data,
                                  std::string_view store);

/// How `callee` is called by the services.
rt::CallPolicy policy_of(const settings::Settings& settings, settings::Callee callee);

/// `data` is the directory of the SQLite files.
service::ServiceFactory make_project(const settings::Settings& settings, const std::string& data);
service::ServiceFactory make_backlog(const settings::Settings& settings, const std::string& data,
                                     const Addresses& addresses);
service::ServiceFactory make_sprint(const settings::Settings& settings, const std::string& data,
                                    const Addresses& addresses);
service::ServiceFactory make_chronicle(const settings::Settings& settings, const std::string& data);
service::ServiceFactory make_orchestrator(const settings::Settings& settings,
                                          const std::string& data, const Addresses& addresses,
                                          const kube::Access& cluster);

/// `name` is the service's own host name too.
http::ServerSettings server_settings(const settings::Settings& settings, const std::string& name,
                                     const std::string& address, std::uint16_t port);

/// Redis when it is set, else a file of `data`.
client::StreamPlace stream_place(const settings::Settings& settings, const std::string& data);
Result<std::unique_ptr<stream::EventStream>> open_streams(const client::StreamPlace& place,
                                                          const std::string& password,
                                                          const rt::CallPolicy& policy,
                                                          const rt::Clock& clock);

}  // namespace dsm::compose
