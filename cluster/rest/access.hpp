// Who asks, and whether they may: bearer tokens, impersonation, all or nothing.
#pragma once

#include "cluster/identity/identity.hpp"
#include "cluster/objects/status.hpp"
#include "cluster/rest/target.hpp"
#include "libs/http/message.hpp"

namespace dsm::cluster {

/// The user of a request: by token, `system:anonymous` without credentials, or whom an
/// administrator impersonates. 401 for a token nobody has.
ApiResult<User> authenticate(const http::Request& request, const Identity& identity);

/// Administrators may everything, authenticated users read discovery and review themselves,
/// anonymous ones read health and version. 403 with the real texts otherwise.
ApiResult<void> authorize(const User& user, const Target& target);

/// Answers an access or token review by filling in its status. 422 for a review that asks nothing.
ApiResult<json::value> answer_review(const ResourceType& type, json::value review, const User& user,
                                     const Identity& identity);

}  // namespace dsm::cluster
