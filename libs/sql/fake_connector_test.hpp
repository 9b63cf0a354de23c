// A store that is nothing, for tests of what stands before one.
#pragma once

#include <soci/soci.h>

#include "libs/sql/connector.hpp"

namespace dsm::sql {

/// A server whose sessions are not connected and on which everything succeeds. Tests override what
/// they let fail, hang or count.
class FakeConnector : public Connector {
public:
    std::unique_ptr<soci::session> connect(Access) override {
        return std::make_unique<soci::session>();
    }
    std::unique_ptr<rt::Alarms::Alarm> guard(soci::session&, rt::Deadline) override { return {}; }
    std::string begin(soci::session&, Access) override { return {}; }
    void commit(soci::session&) override {}
    void rollback(soci::session&) noexcept override {}
    void begin_migration(soci::session&) override {}
    Fate fate_of(const std::string&, rt::Deadline) noexcept override { return Fate::kUntold; }
    Failure classify(const soci::soci_error& error) const override {
        return {.error = {ErrorCode::kUnavailable, error.get_error_message()}};
    }
    bool answers(soci::session&) const noexcept override { return true; }
    void try_writing(soci::session&) override {}
    void refuse_read_only(soci::session&) override {}
    bool is_remote() const override { return true; }
    std::string where() const override { return "the server"; }
};

}  // namespace dsm::sql
