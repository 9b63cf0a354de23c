#include "tests/orchestrator/fake_chronicle.hpp"

#include <boost/json.hpp>

namespace dsm::orchestrator::testing {
namespace json = boost::json;

FakeChronicle::FakeChronicle() : server([this](const http::Request& r) { return serve(r); }) {}

json::array FakeChronicle::notes() const {
    return server.locked([&] { return notes_; });
}

json::array FakeChronicle::audits() const {
    return server.locked([&] { return audits_; });
}

http::Response FakeChronicle::serve(const http::Request& request) {
    if (request.method != "POST") return http::Response::json(200, {{"status", "ok"}});
    const json::value body = json::parse(request.body);
    const bool audit = request.segments.back() == "decision_audit";
    const std::string id(body.at(audit ? "audit_id" : "event_id").as_string());
    if (known_.insert(id).second) (audit ? audits_ : notes_).push_back(body);
    return http::Response::json(201, {{"message", "recorded"}, {"note_id", id}});
}

}  // namespace dsm::orchestrator::testing
