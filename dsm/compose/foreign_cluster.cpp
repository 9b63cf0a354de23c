// One question to the API server, before anything starts.
#include "dsm/compose/foreign_cluster.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <variant>

#include "libs/kube/client.hpp"

namespace dsm::compose {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds kLookLimit{3'000};

kube::GetOutcome look(const kube::Access& access, const std::string& name_space,
                      const rt::Clock& clock) {
    asio::io_context context{1};
    kube::Client client(context.get_executor(), access, {}, clock);
    std::optional<kube::GetOutcome> outcome;
    asio::co_spawn(
        context,
        client.get(kube::kNamespaces, "", name_space, rt::Deadline::after(clock, kLookLimit)),
        [&](std::exception_ptr thrown, kube::GetOutcome found) {
            if (thrown) std::rethrow_exception(thrown);
            outcome = std::move(found);
        });
    while (!outcome) context.run_one();
    client.close();
    return std::move(*outcome);
}

}  // namespace

Result<kube::Access> find_foreign_cluster(const std::string& kubeconfig, const std::string& context,
                                          const std::string& name_space, const rt::Clock& clock) {
    auto access = kube::load_access({.kubeconfig = kubeconfig, .context = context},
                                    kube::Surroundings::of_this_process());
    if (!access) return fail(ErrorCode::kInvalid, access.error().message);
    const auto found = look(*access, name_space, clock);
    if (std::holds_alternative<kube::Absent>(found)) {
        return fail(ErrorCode::kInvalid,
                    fmt::format("{} has no namespace {}: make it with `kubectl create namespace "
                                "{}`, or name another with --k8s-namespace",
                                access->source, name_space, name_space));
    }
    return access;
}

}  // namespace dsm::compose
