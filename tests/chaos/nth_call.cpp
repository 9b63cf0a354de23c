// Preloaded into the program under test: makes its n-th call of one function fail, once.
//
// DSM_NTH_CALL=malloc:500 fails the 500th malloc. The file that DSM_NTH_MARK names comes to be when
// that call was reached; at the end of the program it holds how many calls there were, also when
// none was to fail (malloc:0). Not part of any program that is shipped.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>

extern "C" void* __libc_malloc(std::size_t size);

namespace {

/// Read once, by a constructor that allocates nothing.
const char* g_function = nullptr;
long g_nth = 0;
std::atomic<long> g_calls{0};

__attribute__((constructor)) void read_order() {
    const char* order = std::getenv("DSM_NTH_CALL");
    const char* colon = order ? std::strchr(order, ':') : nullptr;
    if (!colon) return;
    g_nth = std::strtol(colon + 1, nullptr, 10);
    g_function = order;
}

/// Says how often the function was called.
__attribute__((destructor)) void write_count() {
    const char* mark = g_function ? std::getenv("DSM_NTH_MARK") : nullptr;
    const long calls = g_calls;
    if (!mark || (g_nth > 0 && calls < g_nth)) return;
    char digits[24];
    char* at = digits + sizeof(digits);
    *--at = '\n';
    for (long left = calls; left > 0 || *at == '\n'; left /= 10) {
        *--at = static_cast<char>('0' + left % 10);
    }
    g_function = nullptr;
    const int file = ::open(mark, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) return;
    [[maybe_unused]] const auto done =
        ::write(file, at, static_cast<std::size_t>(digits + sizeof(digits) - at));
    ::close(file);
}

/// True for the one call that is to fail.
bool is_due(const char* function) {
    if (!g_function) return false;
    const std::size_t length = std::strlen(function);
    if (std::strncmp(g_function, function, length) != 0 || g_function[length] != ':') return false;
    if (++g_calls != g_nth) return false;
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
