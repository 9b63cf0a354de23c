// Plays the steps of a record against a cluster and keeps its answers in the file.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <fstream>

#include "libs/kube/access.hpp"
#include "libs/rt/random.hpp"
#include "tests/kube/wire.hpp"

int main(int count, char** arguments) {
    using namespace dsm::kube;
    if (count != 3) {
        fmt::print(stderr,
                   "usage: dsm_wire_record RECORD.json KUBECONFIG\n"
                   "The user of the kubeconfig is an administrator of a Kubernetes 1.34.\n");
        return 2;
    }
    const auto access = load_access({.kubeconfig = arguments[2]}, {});
    if (!access) {
        fmt::print(stderr, "{}\n", access.error().message);
        return 1;
    }
    const auto record = testing::read_wire_record(arguments[1]);
    const auto random = dsm::rt::make_system_random();
    const auto played = testing::play(record, *access, "wire-" + random->hex(3));
    std::ofstream(arguments[1]) << testing::to_text(played);
    fmt::print("{} answers recorded\n", played.steps.size());
}
