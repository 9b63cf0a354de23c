// Measures how many decisions a second a SQLite store takes when each commit is synced: one after
// another, so that each has a commit of its own, and many at once, so that they share commits.
//
//   dsm_bench_group_commit [folder] [seconds]
//
// The folder decides which disk is measured; a tmpfs has nothing to sync. A decision is a row of
// 2 kB and three messages of the outbox, one of 2 kB each.
#include <soci/soci.h>

#include <cstdio>
#include <cstdlib>

#include "libs/outbox/outbox.hpp"
#include "libs/rt/parallel.hpp"
#include "libs/testing/await.hpp"

namespace {

namespace asio = boost::asio;
namespace sql = dsm::sql;

const dsm::rt::SystemClock kClock;

dsm::Result<void> record_decision(soci::session& session, const std::string& document) {
    session << "INSERT INTO decisions (document) VALUES (:document)", soci::use(document);
    for (const char* destination : {"chronicle:/note", "chronicle:/audit", "stream:events"}) {
        dsm::outbox::enqueue(session,
                             {.destination = destination, .order_key = "P", .payload = document},
                             kClock.wall());
    }
    return {};
}

asio::awaitable<void> record_until(sql::Database& database, dsm::rt::Steady end, int& recorded) {
    const std::string document(2'000, 'd');
    while (kClock.steady() < end) {
        auto done = co_await database.write(
            [&](soci::session& session) { return record_decision(session, document); });
        if (!done) {
            std::fprintf(stderr, "%s\n", done.error().message.c_str());
            std::exit(1);
        }
        ++recorded;
    }
}

double decisions_a_second(sql::Database& database, std::size_t writers, int seconds) {
    int recorded = 0;
    const auto end = kClock.steady() + std::chrono::seconds(seconds);
    std::vector<std::function<asio::awaitable<void>()>> tasks(
        writers, [&] { return record_until(database, end, recorded); });
    dsm::testing::await(dsm::rt::when_all(std::move(tasks)));
    return static_cast<double>(recorded) / seconds;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string folder = argc > 1 ? argv[1] : ".";
    const int seconds = argc > 2 ? std::atoi(argv[2]) : 5;
    const std::string file = folder + "/group_commit_bench.db";
    std::remove(file.c_str());
    auto opened = sql::Database::open(
        {.path = file, .service = "bench", .durability = sql::Durability::kFull},
        {{1, "outbox", dsm::outbox::kSqliteSchema, nullptr},
         {2, "decisions", "CREATE TABLE decisions (document TEXT NOT NULL)", nullptr}});
    if (!opened) {
        std::fprintf(stderr, "%s\n", opened.error().message.c_str());
        return 1;
    }
    const double alone = decisions_a_second(**opened, 1, seconds);
    std::printf("one after another: %.0f decisions/s\n", alone);
    for (const std::size_t writers : {8, 64}) {
        const double together = decisions_a_second(**opened, writers, seconds);
        std::printf("%zu at once: %.0f decisions/s, %.1f times as many\n", writers, together,
                    together / alone);
    }
    opened->reset();
    for (const char* suffix : {"", "-wal", "-shm"}) std::remove((file + suffix).c_str());
}
