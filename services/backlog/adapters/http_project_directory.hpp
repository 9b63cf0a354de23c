// Asks project-service over HTTP whether a project exists.
#pragma once

#include "libs/http/dependency_client.hpp"
#include "services/backlog/app/project_directory.hpp"

namespace dsm::backlog {

class HttpProjectDirectory final : public ProjectDirectory {
public:
    /// All outlive this. `url` has no slash at the end.
    HttpProjectDirectory(http::Client& client, std::string url, rt::CallPolicy policy,
                         const rt::Clock& clock, rt::Random& random);

    boost::asio::awaitable<ProjectAnswer> look_up(std::string project_id,
                                                  std::string correlation_id,
                                                  std::string traceparent,
                                                  rt::Deadline deadline) override;

    /// Asks for its health, which makes it ask nobody: seen in `standing`, and no call is let
    /// through for it.
    boost::asio::awaitable<void> probe(rt::Deadline deadline);
    rt::Standing standing() const { return dependency_.standing(); }
    rt::CallTally tally() const { return dependency_.tally(); }

private:
    http::Client& client_;
    std::string url_;
    rt::Dependency dependency_;
    http::DependencyClient caller_;
};

}  // namespace dsm::backlog
