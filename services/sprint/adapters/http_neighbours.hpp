// project-service, backlog-service and chronicle-service over HTTP.
#pragma once

#include "services/sprint/adapters/neighbour_client.hpp"

namespace dsm::sprint {

class HttpProjects final : public Projects {
public:
    explicit HttpProjects(NeighbourClient& client) : client_(client) {}
    boost::asio::awaitable<Outcome<std::vector<std::string>>> team(std::string project_id,
                                                                   Call call) override;

private:
    NeighbourClient& client_;
};

class HttpBacklog final : public Backlog {
public:
    explicit HttpBacklog(NeighbourClient& client) : client_(client) {}
    boost::asio::awaitable<Outcome<std::vector<Task>>> unassigned(std::string project_id,
                                                                  Call call) override;
    boost::asio::awaitable<Outcome<void>> put(BacklogEntry entry, Call call) override;

private:
    NeighbourClient& client_;
};

class HttpNotebook final : public Notebook {
public:
    explicit HttpNotebook(NeighbourClient& client) : client_(client) {}
    boost::asio::awaitable<Outcome<std::string>> record(std::string kind, std::string body,
                                                        std::string event_id, Call call) override;

private:
    NeighbourClient& client_;
};

}  // namespace dsm::sprint
