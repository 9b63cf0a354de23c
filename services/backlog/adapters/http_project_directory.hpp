// Asks project-service over HTTP whether a project exists.
#pragma once

#include <memory>

#include "libs/http/client.hpp"
#include "services/backlog/app/project_directory.hpp"

namespace dsm::backlog {

class HttpProjectDirectory final : public ProjectDirectory {
public:
    /// `client` outlives this. `url` has no slash at the end.
    HttpProjectDirectory(http::Client& client, std::string url)
        : client_(client), url_(std::move(url)) {}

    boost::asio::awaitable<ProjectAnswer> look_up(std::string project_id,
                                                  std::string correlation_id,
                                                  std::string traceparent,
                                                  rt::Deadline deadline) override;
    boost::asio::awaitable<bool> alive(rt::Deadline deadline) override;

private:
    http::Client& client_;
    std::string url_;
};

}  // namespace dsm::backlog
