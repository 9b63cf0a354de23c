#include "libs/http/errors.hpp"

#include <map>

namespace dsm::http {

namespace json = boost::json;

Response error(int status, std::string detail) {
    return Response::json(status, json::object{{"detail", std::move(detail)}});
}

Response validation_error(const std::vector<FieldError>& errors) {
    json::array list;
    for (const FieldError& item : errors) {
        json::object entry{{"type", item.type},
                           {"loc", json::array(item.loc.begin(), item.loc.end())},
                           {"msg", item.msg},
                           {"input", item.input}};
        if (item.ctx) entry["ctx"] = *item.ctx;
        list.push_back(std::move(entry));
    }
    return Response::json(422, json::object{{"detail", std::move(list)}});
}

std::string reason_phrase(int status) {
    static const std::map<int, std::string> kPhrases{
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {301, "Moved Permanently"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {411, "Length Required"},
        {413, "Payload Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {417, "Expectation Failed"},
        {422, "Unprocessable Entity"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
    };
    const auto found = kPhrases.find(status);
    return found == kPhrases.end() ? "Status " + std::to_string(status) : found->second;
}

Response database_unavailable(const Error& failure) {
    auto response = error(503, with_cause("The database is not available.", failure));
    response.headers.set("Retry-After", "2");
    return response;
}

namespace {

int status_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::kInvalid:
            return 422;
        case ErrorCode::kNotFound:
            return 404;
        case ErrorCode::kConflict:
            return 409;
        case ErrorCode::kForbidden:
            return 403;
        case ErrorCode::kUnavailable:
        case ErrorCode::kUnknown:
        case ErrorCode::kCancelled:
            return 503;
    }
    return 503;
}

}  // namespace

Response error(const Error& failure) {
    return error(status_of(failure.code), failure.message);
}

}  // namespace dsm::http
