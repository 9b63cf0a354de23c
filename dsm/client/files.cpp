// POSIX files, so that mode, rename and the reason of a failure are exact.
#include "dsm/client/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace dsm::client {

namespace {

/// Closes on every way out.
class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    int get() const { return fd_; }

private:
    int fd_;
};

std::unexpected<Error> failed(ErrorCode code, const std::string& verb, const std::string& path) {
    return fail(code, fmt::format("cannot {} {}: {}", verb, path, std::strerror(errno)));
}

}  // namespace

Result<std::string> read_whole(const std::string& path, std::size_t limit) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) {
        return failed(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kInvalid, "read", path);
    }
    std::string text;
    char buffer[64 * 1024];
    while (true) {
        const auto count = ::read(file.get(), buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failed(ErrorCode::kInvalid, "read", path);
        if (count == 0) return text;
        text.append(buffer, static_cast<std::size_t>(count));
        if (text.size() > limit) {
            return fail(ErrorCode::kInvalid,
                        fmt::format("{} is larger than {} bytes", path, limit));
        }
    }
}

Result<void> write_whole(const std::string& path, const std::string& text) {
    const auto beside = fmt::format("{}.{}.tmp", path, ::getpid());
    {
        const Descriptor file(
            ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        if (file.get() < 0) return failed(ErrorCode::kInvalid, "write", beside);
        std::size_t done = 0;
        while (done < text.size()) {
            const auto count = ::write(file.get(), text.data() + done, text.size() - done);
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) {
                auto error = failed(ErrorCode::kInvalid, "write", beside);
                ::unlink(beside.c_str());
                return error;
            }
            done += static_cast<std::size_t>(count);
        }
    }
    if (std::rename(beside.c_str(), path.c_str()) != 0) {
        return failed(ErrorCode::kInvalid, "replace", path);
    }
    return {};
}

Result<void> remove_file(const std::string& path) {
    if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
    return failed(ErrorCode::kInvalid, "remove", path);
}

}  // namespace dsm::client
