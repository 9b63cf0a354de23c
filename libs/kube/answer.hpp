// Reads what an API server answered and says what it proves. Pure; the rules by which 404 is
// absent.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libs/http/client.hpp"
#include "libs/kube/outcome.hpp"
#include "libs/kube/resource.hpp"

namespace dsm::kube {

/// What was asked, for comparing with what is answered.
struct Asked {
    std::string_view verb;  ///< "get", as in RBAC rules
    Resource resource;
    std::string name_space;
    std::string name;  ///< empty for a list
};

/// Absent only for a Status NotFound about this very object: a missing route, a missing namespace
/// or a proxy's page prove nothing. Present only for an object of this kind and name.
GetOutcome read_get(const Asked& asked, const http::ClientResponse& answer);

CreateOutcome read_create(const Asked& asked, const http::ClientResponse& answer);
DeleteOutcome read_delete(const Asked& asked, const http::ClientResponse& answer);

/// Allowed and Denied only for a SelfSubjectAccessReview that the API server judged.
ReviewOutcome read_review(const http::ClientResponse& answer);

struct Page {
    std::vector<boost::json::object> items;  ///< with kind and apiVersion filled in
    std::string resource_version;
    std::string next;  ///< continue token; empty: the last page
};
struct Expired {};  ///< 410: the list must begin again

std::variant<Page, Expired, Forbidden, Unknown> read_page(const Asked& asked,
                                                          const http::ClientResponse& answer);

/// At most `limit` bytes of `text` on one line, control characters as spaces, cut at a character.
std::string printable(std::string_view text, std::size_t limit = 400);

}  // namespace dsm::kube
