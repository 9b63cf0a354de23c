// Preloaded into the program under test: makes its n-th call of one function fail, once.
//
// DSM_NTH_CALL=malloc:500 fails the 500th malloc. The file that DSM_NTH_MARK names comes to be when
// that call was reached; at the end of the program it holds how many calls there were, also when
// none was to fail (malloc:0). With DSM_NTH_FRAMES=8 a call is known by the 8 places in the code
// that led to it, which are the same in every run: malloc:0 writes each such path with its first
// call into the file, and malloc:500@PATH fails the first call on PATH from the 500th on. With
// DSM_NTH_IN=libcrypto only those calls count to which code of that library led, in the last 8
// places or DSM_NTH_FRAMES. `malloc` is also calloc and realloc. Not part of any program that is
// shipped.
#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

extern "C" void* __libc_malloc(std::size_t size);
extern "C" void* __libc_calloc(std::size_t count, std::size_t size);
extern "C" void* __libc_realloc(void* memory, std::size_t size);

namespace {

constexpr int kUsualFrames = 8;
constexpr int kMostFrames = 64;
/// Between a call and the frame that made it are `look_at_caller`, `is_due` and the function.
constexpr int kOwnFrames = 3;

/// Read once, by a constructor that allocates nothing.
const char* g_function = nullptr;
long g_nth = 0;
std::uint64_t g_path = 0;    ///< 0: any
int g_frames = 0;            ///< 0: nobody asks who calls
const char* g_in = nullptr;  ///< a part of a library's file name; null: any
std::atomic<long> g_calls{0};
std::atomic<bool> g_done{false};

/// Each path with its first call, by open addressing; a path that finds no room is left out.
struct Path {
    std::atomic<std::uint64_t> path{0};
    std::atomic<long> first{0};
};
std::array<Path, 1 << 17> g_paths;

/// Static, so that to look at it allocates nothing.
[[gnu::tls_model("initial-exec")]] thread_local bool t_unwinding = false;

__attribute__((constructor)) void read_order() {
    const char* order = std::getenv("DSM_NTH_CALL");
    const char* colon = order ? std::strchr(order, ':') : nullptr;
    if (!colon) return;
    g_nth = std::strtol(colon + 1, nullptr, 10);
    g_in = std::getenv("DSM_NTH_IN");
    const char* frames = std::getenv("DSM_NTH_FRAMES");
    if (g_in || frames) {
        std::array<void*, 2> loads_the_unwinder{};
        ::backtrace(loads_the_unwinder.data(), 2);
        g_frames = frames ? std::atoi(frames) : kUsualFrames;
    }
    if (const char* at = std::strchr(colon, '@')) g_path = std::strtoull(at + 1, nullptr, 16);
    g_function = order;
}

struct Caller {
    std::uint64_t path = 0;  ///< the same wherever the code was loaded
    bool counts = false;     ///< false also for what the look itself allocates
};

[[gnu::noinline]] Caller look_at_caller() {
    if (t_unwinding) return {};
    t_unwinding = true;
    std::array<void*, kMostFrames + kOwnFrames> frames{};
    const int wanted = (g_frames < kMostFrames ? g_frames : kMostFrames) + kOwnFrames;
    const int found = ::backtrace(frames.data(), wanted);
    Caller caller{.path = 14'695'981'039'346'656'037U, .counts = g_in == nullptr};  // FNV-1a
    for (int i = kOwnFrames; i < found; ++i) {
        void* frame = frames[static_cast<std::size_t>(i)];
        auto place = reinterpret_cast<std::uint64_t>(frame);
        dl_find_object object{};
        if (::_dl_find_object(frame, &object) == 0) {
            place -= reinterpret_cast<std::uint64_t>(object.dlfo_map_start);
            caller.counts |= g_in && std::strstr(object.dlfo_link_map->l_name, g_in);
        }
        caller.path = (caller.path ^ place) * 1'099'511'628'211U;
    }
    t_unwinding = false;
    return caller;
}

void note(std::uint64_t path, long call) {
    for (std::size_t i = 0; i < g_paths.size(); ++i) {
        Path& slot = g_paths[(path + i) % g_paths.size()];
        std::uint64_t there = 0;
        if (slot.path.compare_exchange_strong(there, path)) slot.first = call;
        if (there == 0 || there == path) return;
    }
}

/// Says how often the function was called, and on which paths.
__attribute__((destructor)) void write_count() {
    const char* mark = g_function ? std::getenv("DSM_NTH_MARK") : nullptr;
    const long calls = g_calls;
    if (!mark || (g_nth > 0 && !g_done)) return;
    g_function = nullptr;
    std::FILE* file = std::fopen(mark, "we");
    if (!file) return;
    std::fprintf(file, "%ld\n", calls);
    for (const Path& slot : g_paths) {
        if (slot.path == 0) continue;
        std::fprintf(file, "%ld@%llx\n", slot.first.load(),
                     static_cast<unsigned long long>(slot.path));
    }
    std::fclose(file);
}

bool is_named(const char* function) {
    if (!g_function) return false;
    const std::size_t length = std::strlen(function);
    return std::strncmp(g_function, function, length) == 0 && g_function[length] == ':';
}

/// True for the one call that is to fail.
[[gnu::noinline]] bool is_due(const char* function) {
    if (!is_named(function) || g_done) return false;
    Caller caller;
    if (g_frames > 0 && (g_path == 0 || g_in || g_calls + 1 >= g_nth)) {
        caller = look_at_caller();
        if (!caller.counts) return false;
    }
    const long call = ++g_calls;
    if (g_nth == 0) {
        if (g_frames > 0) note(caller.path, call);
        return false;
    }
    const bool due = g_path == 0 ? call == g_nth : call >= g_nth && caller.path == g_path;
    if (!due) return false;
    if (g_done.exchange(true)) return false;
    if (const char* mark = std::getenv("DSM_NTH_MARK")) {
        const int file = ::open(mark, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        if (file >= 0) ::close(file);
    }
    return true;
}

template <class F>
F* next(const char* name) {
    return reinterpret_cast<F*>(::dlsym(RTLD_NEXT, name));
}

/// Only what goes to a disk can be full.
bool is_file(int descriptor) {
    struct stat status{};
    return ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

int refuse(int error) {
    errno = error;
    return -1;
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) {
    if (is_due("malloc")) {
        errno = ENOMEM;
        return nullptr;
    }
    return __libc_malloc(size);
}

void* calloc(std::size_t count, std::size_t size) {
    if (is_due("malloc")) {
        errno = ENOMEM;
        return nullptr;
    }
    return __libc_calloc(count, size);
}

void* realloc(void* memory, std::size_t size) {
    if (size > 0 && is_due("malloc")) {
        errno = ENOMEM;
        return nullptr;
    }
    return __libc_realloc(memory, size);
}

ssize_t write(int descriptor, const void* bytes, std::size_t count) {
    static auto* real = next<decltype(write)>("write");
    if (is_file(descriptor) && is_due("write")) return refuse(ENOSPC);
    return real(descriptor, bytes, count);
}

ssize_t pwrite64(int descriptor, const void* bytes, std::size_t count, off64_t offset) {
    static auto* real = next<decltype(pwrite64)>("pwrite64");
    if (is_file(descriptor) && is_due("write")) return refuse(ENOSPC);
    return real(descriptor, bytes, count, offset);
}

int fdatasync(int descriptor) {
    static auto* real = next<decltype(fdatasync)>("fdatasync");
    if (is_due("fdatasync")) return refuse(EIO);
    return real(descriptor);
}

int connect(int descriptor, const sockaddr* address, socklen_t length) {
    static auto* real = next<decltype(connect)>("connect");
    if (is_due("connect")) return refuse(ECONNREFUSED);
    return real(descriptor, address, length);
}

int accept(int descriptor, sockaddr* address, socklen_t* length) {
    static auto* real = next<decltype(accept)>("accept");
    if (is_due("accept")) return refuse(EMFILE);
    return real(descriptor, address, length);
}

int accept4(int descriptor, sockaddr* address, socklen_t* length, int flags) {
    static auto* real = next<decltype(accept4)>("accept4");
    if (is_due("accept")) return refuse(EMFILE);
    return real(descriptor, address, length, flags);
}

}  // extern "C"
