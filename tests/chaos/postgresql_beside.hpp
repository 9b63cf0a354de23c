// A real PostgreSQL server of the test's own, which asks for a password, and what befalls it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "libs/testing/process.hpp"

namespace dsm::chaos {

/// Debian's server on a free loopback port. Throws std::runtime_error where it cannot do its part,
/// which fails the test. Its commits outlive a kill, not a power cut.
class PostgresqlBeside {
public:
    explicit PostgresqlBeside(std::string password);
    ~PostgresqlBeside();  ///< stopped by pid
    PostgresqlBeside(const PostgresqlBeside&) = delete;
    PostgresqlBeside& operator=(const PostgresqlBeside&) = delete;

    /// The settings with which the product keeps its stores in this database.
    testing::ProcessEnvironment environment(const std::string& database) const;

    /// Empty, or a copy of `model`, to which nobody is connected.
    void create_database(const std::string& name, const std::string& model = "") const;
    void drop_database(const std::string& name) const;

    /// A file of its data folder that none but it may read; its settings count from its next start.
    void put(const std::string& name, const std::string& text) const;

    /// Ends it as an administrator's restart does: open transactions are rolled back.
    void stop();
    /// SIGKILL to all its processes at once.
    void kill();
    /// Starts it again, on the same port and data; returns when it answers.
    void start();
    /// SIGSTOP: connections are accepted, and nothing is answered.
    void freeze() const;
    void thaw() const;

private:
    void initialize() const;
    bool try_start();
    void execute(const std::string& statement) const;
    std::vector<int> processes() const;
    void signal_all(int number) const;
    testing::Arguments as_server(testing::Arguments command) const;

    testing::TemporaryFolder folder_;
    const std::string password_;
    std::string programs_;  ///< the folder of postgres, initdb and psql
    std::uint16_t port_ = 0;
    std::unique_ptr<testing::BackgroundProcess> process_;
};

}  // namespace dsm::chaos
