// The calls of the client and their retries; what answers mean is in answer.cpp.
#include "libs/kube/client.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "libs/http/retry_after.hpp"
#include "libs/http/verdict.hpp"
#include "libs/kube/answer.hpp"
#include "libs/kube/credentials.hpp"
#include "libs/rt/random.hpp"
#include "libs/rt/task_scope.hpp"

namespace dsm::kube {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr int kRenewals = 2;  // of one call
constexpr int kListRestarts = 3;

std::string query(std::initializer_list<std::pair<std::string_view, std::string_view>> items) {
    std::string text;
    for (const auto& [name, value] : items) {
        if (value.empty()) continue;
        text += fmt::format("{}{}={}", text.empty() ? '?' : '&', name, http::escape(value));
    }
    return text;
}

const char* name_of(Propagation propagation) {
    switch (propagation) {
        case Propagation::kForeground:
            return "Foreground";
        case Propagation::kOrphan:
            return "Orphan";
        case Propagation::kBackground:
            break;
    }
    return "Background";
}

Unknown no_answer(const Error& error) {
    return {.why = error.message, .health = http::health_of(std::unexpected(error))};
}

std::string metadata_name(const json::object& object) {
    const json::value* metadata = object.if_contains("metadata");
    if (metadata == nullptr || !metadata->is_object()) return {};
    const json::value* name = metadata->get_object().if_contains("name");
    if (name == nullptr || !name->is_string()) return {};
    return std::string(name->get_string());
}

}  // namespace

/// Shared with the calls in progress, so that a client may go while they end.
class Client::Impl {
public:
    Impl(asio::any_io_executor executor, Access access, ClientSettings settings,
         const rt::Clock& clock)
        : clock_(clock),
          executor_(std::move(executor)),
          server_(access.server),
          name_space_(access.name_space),
          settings_(std::move(settings)),
          sends_token_(server_.starts_with("https://")),
          credentials_(std::move(access), clock),
          own_budget_(settings_.policy.repeats),
          budget_(settings_.repeats ? *settings_.repeats : own_budget_),
          random_(rt::make_system_random()) {
        connect();
    }

    asio::awaitable<Result<http::ClientResponse>> exchange(std::string method, std::string path,
                                                           std::string body,
                                                           rt::Deadline deadline) {
        int renewals = 0;
        rt::Backoff backoff(settings_.policy.backoff, *random_);
        budget_.begin_call();
        for (http::Attempt attempt;;) {
            const auto http = current();
            auto answer = co_await http->send(make_request(method, path, body), deadline);
            // Of such a call nothing happened, whatever its method.
            const bool refused =
                answer ? answer->status == 401 : answer.error().code == ErrorCode::kUnavailable;
            if (refused && renewals < kRenewals && credentials_.renew()) {
                ++renewals;
                continue;
            }
            // Whatever the API server answers with a time was not done, a write neither.
            const bool asked = answer && http::retry_after_seconds(*answer);
            if (!asked && method != "GET") co_return answer;
            attempt.backoff = backoff.next();
            attempt.time_left = deadline.left(clock_);
            const auto wait = http::wait_before_repeat(answer, attempt, settings_.policy);
            if (!wait || !budget_.take()) co_return answer;
            ++attempt.made;
            const bool slept = co_await rt::sleep_for(*wait);
            if (!slept) co_return fail(ErrorCode::kCancelled, "the call was given up");
        }
    }

    http::ClientRequest make_request(const std::string& method, const std::string& path,
                                     const std::string& body) {
        http::ClientRequest request{.method = method, .url = server_ + path, .body = body};
        request.headers.set("Accept", "application/json");
        request.headers.set("User-Agent", settings_.user_agent);
        if (!body.empty()) request.headers.set("Content-Type", "application/json");
        if (sends_token_) {
            const std::string& token = credentials_.token();
            if (!token.empty()) request.headers.set("Authorization", "Bearer " + token);
        }
        return request;
    }

    /// Ends every call and begins none again.
    void close() {
        closed_ = true;
        http_->close();
        for (const auto& old : retired_) {
            if (const auto still_used = old.lock()) still_used->close();
        }
    }

    const rt::Clock& clock_;
    asio::any_io_executor executor_;
    std::string server_;
    std::string name_space_;
    ClientSettings settings_;

private:
    void connect() {
        std::erase_if(retired_, [](const auto& old) { return old.expired(); });
        if (http_) retired_.push_back(http_);
        http_ = std::make_shared<http::Client>(
            executor_,
            http::ClientSettings{.response_body_limit = settings_.response_limit,
                                 .tls = credentials_.tls()},
            clock_);
        generation_ = credentials_.generation();
    }

    /// The connections of the present credentials; calls on older ones end there.
    std::shared_ptr<http::Client> current() {
        if (closed_) return http_;
        credentials_.follow();
        if (generation_ != credentials_.generation()) connect();
        return http_;
    }

    bool sends_token_;
    Credentials credentials_;
    rt::RetryBudget own_budget_;
    rt::RetryBudget& budget_;  ///< of all calls together
    std::unique_ptr<rt::Random> random_;
    int generation_ = 0;
    std::shared_ptr<http::Client> http_;
    std::vector<std::weak_ptr<http::Client>> retired_;  ///< as long as calls go on there
    bool closed_ = false;
};

Client::Client(asio::any_io_executor executor, Access access, ClientSettings settings,
               const rt::Clock& clock)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(access), std::move(settings),
                                   clock)) {}

Client::~Client() {
    close();
}

void Client::close() {
    impl_->close();
}

const std::string& Client::default_namespace() const {
    return impl_->name_space_;
}

asio::awaitable<GetOutcome> Client::get(Resource resource, std::string name_space, std::string name,
                                        rt::Deadline deadline) {
    const auto impl = impl_;
    const Asked asked{"get", resource, name_space, name};
    // Without a name this would be a list, and a list's 200 would be no answer to the question.
    if (name.empty()) co_return Unknown{"no name was asked for", http::Health::kUnsaid};
    auto answer = co_await impl->exchange("GET", path_of(resource, name_space, name), "", deadline);
    if (!answer) co_return no_answer(answer.error());
    co_return read_get(asked, *answer);
}

asio::awaitable<ListOutcome> Client::list(ListRequest request, rt::Deadline deadline) {
    const auto impl = impl_;
    const Asked asked{"list", request.resource, request.name_space, ""};
    const std::string path = path_of(request.resource, request.name_space);
    const std::string limit = std::to_string(impl->settings_.page_size);
    Listed listed;
    std::string next;
    for (int restarts = 0;;) {
        auto answer =
            co_await impl->exchange("GET",
                                    path + query({{"limit", limit},
                                                  {"labelSelector", request.label_selector},
                                                  {"fieldSelector", request.field_selector},
                                                  {"continue", next}}),
                                    "", deadline);
        if (!answer) co_return no_answer(answer.error());
        auto outcome = read_page(asked, *answer);
        if (auto* no = std::get_if<Forbidden>(&outcome)) co_return std::move(*no);
        if (auto* unknown = std::get_if<Unknown>(&outcome)) co_return std::move(*unknown);
        if (std::holds_alternative<Expired>(outcome)) {
            if (++restarts > kListRestarts) {
                co_return Unknown{"the API server forgot the list before its last page",
                                  http::Health::kWell};
            }
            listed = {};
            next.clear();
            continue;
        }
        Page& page = std::get<Page>(outcome);
        std::ranges::move(page.items, std::back_inserter(listed.items));
        listed.resource_version = std::move(page.resource_version);
        if (page.next.empty()) co_return listed;
        if (page.next == next) co_return Unknown{"the API server gave the same page twice"};
        next = std::move(page.next);
    }
}

asio::awaitable<PageOutcome> Client::page(ListRequest request, std::string next,
                                          rt::Deadline deadline) {
    const auto impl = impl_;
    const Asked asked{"list", request.resource, request.name_space, ""};
    const std::string path = path_of(request.resource, request.name_space) +
                             query({{"limit", std::to_string(impl->settings_.page_size)},
                                    {"labelSelector", request.label_selector},
                                    {"fieldSelector", request.field_selector},
                                    {"continue", next}});
    auto answer = co_await impl->exchange("GET", path, "", deadline);
    if (!answer) co_return no_answer(answer.error());
    auto outcome = read_page(asked, *answer);
    if (auto* no = std::get_if<Forbidden>(&outcome)) co_return std::move(*no);
    if (auto* unknown = std::get_if<Unknown>(&outcome)) co_return std::move(*unknown);
    if (std::holds_alternative<Expired>(outcome)) {
        co_return Unknown{"the API server forgot the list before its last page",
                          http::Health::kWell};
    }
    Page& page = std::get<Page>(outcome);
    co_return ListedPage{.items = std::move(page.items), .next = std::move(page.next)};
}

asio::awaitable<CreateOutcome> Client::create(Resource resource, std::string name_space,
                                              json::object object, rt::Deadline deadline) {
    const auto impl = impl_;
    const Asked asked{"create", resource, name_space, metadata_name(object)};
    const std::string path =
        path_of(resource, name_space) + query({{"fieldManager", impl->settings_.field_manager}});
    auto answer = co_await impl->exchange("POST", path, json::serialize(object), deadline);
    if (!answer) co_return no_answer(answer.error());
    co_return read_create(asked, *answer);
}

asio::awaitable<DeleteOutcome> Client::remove(DeleteRequest request, rt::Deadline deadline) {
    const auto impl = impl_;
    const Asked asked{"delete", request.resource, request.name_space, request.name};
    // Without a name this would delete the whole collection.
    if (request.name.empty()) co_return Refused{"Invalid", "no name was given"};
    json::object options{{"kind", "DeleteOptions"},
                         {"apiVersion", "v1"},
                         {"propagationPolicy", name_of(request.propagation)}};
    if (!request.uid.empty()) options["preconditions"] = json::object{{"uid", request.uid}};
    auto answer = co_await impl->exchange(
        "DELETE", path_of(request.resource, request.name_space, request.name),
        json::serialize(options), deadline);
    if (!answer) co_return no_answer(answer.error());
    co_return read_delete(asked, *answer);
}

asio::awaitable<ReviewOutcome> Client::review(std::string verb, Resource resource,
                                              std::string name_space, rt::Deadline deadline) {
    const auto impl = impl_;
    const json::object question{{"kind", "SelfSubjectAccessReview"},
                                {"apiVersion", "authorization.k8s.io/v1"},
                                {"spec",
                                 {{"resourceAttributes",
                                   {{"verb", verb},
                                    {"group", resource.group},
                                    {"resource", resource.plural},
                                    {"namespace", name_space}}}}}};
    auto answer = co_await impl->exchange("POST", path_of(kSelfSubjectAccessReviews, ""),
                                          json::serialize(question), deadline);
    if (!answer) co_return no_answer(answer.error());
    co_return read_review(*answer);
}

asio::awaitable<bool> Client::reachable(rt::Deadline deadline) {
    const auto impl = impl_;
    auto answer = co_await impl->exchange("GET", "/version", "", deadline);
    co_return answer && answer->status == 200;
}

}  // namespace dsm::kube
