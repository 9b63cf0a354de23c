#include "tests/chaos/trouble.hpp"

#include <chrono>
#include <future>
#include <memory>

#include "libs/testing/process.hpp"
#include "tests/chaos/pass_time.hpp"

namespace dsm::chaos {
namespace {

using namespace std::chrono_literals;
using Mend = std::function<void()>;

/// How long what is frozen stays so, which is less than anybody's patience with it.
constexpr auto kFrozen = 700ms;

/// Beside the acts, which wait for the store and not for its mending.
template <class F>
Mend beside(F work) {
    auto done = std::make_shared<std::future<void>>(std::async(std::launch::async, work));
    return [done] { done->get(); };
}

Mend freeze_for_a_while(PostgresqlBeside& server) {
    server.freeze();
    return beside([&server] {
        pass_time(kFrozen);
        server.thaw();
    });
}

std::vector<Trouble> redis_troubles() {
    return {{.name = "redis-paused",
             .begin = [](Stage& stage) -> Mend {
                 stage.redis.pause();
                 return [&stage] { stage.redis.resume(); };
             }},
            {.name = "redis-flushed",
             .begin = [](Stage& stage) -> Mend {
                 return [&stage] { stage.redis.command("FLUSHALL"); };
             }},
            // As after the promotion of a replica that was behind.
            {.name = "redis-lost-tail",
             .begin = [](Stage& stage) -> Mend {
                 stage.redis.command("SAVE");
                 return [&stage] {
                     stage.redis.kill();
                     stage.redis.start();
                 };
             }},
            {.name = "redis-full", .begin = [](Stage& stage) -> Mend {
                 stage.redis.command("CONFIG SET maxmemory 1");
                 return [&stage] { stage.redis.command("CONFIG SET maxmemory 0"); };
             }}};
}

std::vector<Trouble> postgresql_troubles() {
    return {{.name = "postgresql-restarted",
             .of_store = true,
             .begin = [](Stage& stage) -> Mend {
                 return beside([server = stage.postgresql] {
                     server->stop();
                     server->start();
                 });
             }},
            {.name = "postgresql-killed",
             .of_store = true,
             .begin = [](Stage& stage) -> Mend {
                 return beside([server = stage.postgresql] {
                     server->kill();
                     server->start();
                 });
             }},
            {.name = "postgresql-frozen", .of_store = true, .begin = [](Stage& stage) {
                 return freeze_for_a_while(*stage.postgresql);
             }}};
}

}  // namespace

std::vector<Trouble> troubles_of(const Stage& stage) {
    auto all = redis_troubles();
    if (!stage.postgresql) return all;
    for (Trouble& trouble : postgresql_troubles()) all.push_back(std::move(trouble));
    return all;
}

}  // namespace dsm::chaos
