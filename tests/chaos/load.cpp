#include "tests/chaos/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <thread>

#include "libs/rt/clock.hpp"
#include "tests/chaos/pass_time.hpp"
#include "tests/chaos/scene.hpp"

namespace dsm::chaos {
namespace {

using namespace std::chrono_literals;
using std::chrono::duration_cast;
using std::chrono::milliseconds;
using testing::eventually;

constexpr auto kDeletionEvery = 400ms;
/// For one POST to be answered with 200.
constexpr auto kPatience = 120s;

class Client {
public:
    Client(const Scene& scene, const Load& load, int number, const std::atomic<bool>& over)
        : scene_(scene), load_(load), number_(number), over_(over) {}

    void ask_until_over() {
        for (int i = 0; !over_; ++i) {
            const std::string name = fmt::format("client-{}.{}", number_, i);
            ask(name, i % 2 == 0 ? name : std::string());
            pass_time(load_.pace);
        }
    }

    std::vector<Reply> replies;
    milliseconds slowest{0};
    std::string trouble;  ///< empty: every POST got its 200

private:
    void ask(const std::string& name, const std::string& key) {
        const auto began = clock_.steady();
        int attempt = 0;
        const bool answered = eventually(
            [&] {
                replies.push_back(scene_.post(fmt::format("{}.{}", name, ++attempt), key));
                return replies.back().status == 200;
            },
            kPatience);
        slowest = std::max(slowest, duration_cast<milliseconds>(clock_.steady() - began));
        if (!answered && trouble.empty()) {
            trouble = "no 200 for " + name + ": " + replies.back().body;
        }
    }

    const rt::SystemClock clock_;
    const Scene& scene_;
    const Load& load_;
    const int number_;
    const std::atomic<bool>& over_;
};

/// The trouble comes again and again; how often.
int make_trouble(Stage& stage, Scene& scene, const Load& load) {
    const rt::SystemClock clock;
    const auto end = clock.steady() + load.lasts;
    auto next = clock.steady() + load.every;
    std::function<void()> mend;
    auto mend_at = next;
    int count = 0;
    while (clock.steady() < end || count < load.at_least) {
        if (!scene.victim().alive()) throw std::runtime_error("dsm up did not live through it");
        scene.delete_cronjobs();
        if (!mend && clock.steady() >= next) {
            ++count;
            mend = load.trouble.begin(stage);
            next += load.every;
            mend_at = clock.steady() + load.stays;
        }
        if (mend && clock.steady() >= mend_at) std::exchange(mend, nullptr)();
        pass_time(kDeletionEvery);
    }
    if (mend) mend();
    return count;
}

LoadTold play(Stage& stage, const Load& load, Scene& scene) {
    LoadTold result;
    scene.begin(load.trouble.of_store);
    scene.victim().ensure_running();
    std::atomic<bool> over = false;
    std::vector<Client> clients;
    for (int i = 0; i < load.clients; ++i) clients.emplace_back(scene, load, i, over);
    {
        std::vector<std::jthread> threads;
        for (Client& client : clients) {
            threads.emplace_back([&client] { client.ask_until_over(); });
        }
        try {
            result.troubles = make_trouble(stage, scene, load);
        } catch (...) {
            over = true;
            throw;
        }
        over = true;
    }
    auto& replies = scene.told().history.replies;
    for (const Client& client : clients) {
        if (!client.trouble.empty()) throw std::runtime_error(client.trouble);
        replies.insert(replies.end(), client.replies.begin(), client.replies.end());
        result.slowest = std::max(result.slowest, client.slowest);
    }
    scene.finish();
    result.told = scene.told();
    return result;
}

}  // namespace

LoadTold tell_load(Stage& stage, const Load& load, const std::string& name_space) {
    const Cell nothing{.point = "load"};
    Scene scene(stage, nothing, name_space);
    try {
        return play(stage, load, scene);
    } catch (const std::exception& error) {
        throw std::runtime_error(error.what() + ("\n" + scene.outputs()));
    }
}

}  // namespace dsm::chaos
