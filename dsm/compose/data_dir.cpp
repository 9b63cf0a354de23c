// flock for the one process, a small JSON file for what is remembered.
#include "dsm/compose/data_dir.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "dsm/client/files.hpp"

namespace dsm::compose {

namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

Result<void> make_directory(const std::string& path) {
    std::error_code wrong;
    const bool fresh = fs::create_directories(path, wrong);
    if (wrong || !fs::is_directory(path)) {
        return fail(ErrorCode::kInvalid,
                    fmt::format("cannot make the data directory {}: {}", path,
                                wrong ? wrong.message() : "something else is there"));
    }
    if (fresh) fs::permissions(path, fs::perms::owner_all, wrong);
    return {};
}

}  // namespace

Result<DataDir> DataDir::open(const std::string& path) {
    if (auto made = make_directory(path); !made) return std::unexpected(made.error());
    const auto lock_path = path + "/lock";
    const int lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0) {
        return fail(ErrorCode::kInvalid, fmt::format("cannot write in the data directory {}: {}",
                                                     path, std::strerror(errno)));
    }
    if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
        ::close(lock);
        return fail(ErrorCode::kConflict,
                    fmt::format("another `dsm up` runs on {}: stop it, or give this one a "
                                "directory and ports of its own (--data DIR --port-base N)",
                                path));
    }
    return DataDir(path, lock);
}

DataDir::~DataDir() {
    if (lock_ >= 0) ::close(lock_);
}

DataDir::DataDir(DataDir&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

Result<State> DataDir::load() const {
    const auto name = file("state.json");
    auto text = client::read_whole(name, 16 * 1024 * 1024);
    if (!text) {
        if (text.error().code == ErrorCode::kNotFound) return State{};
        return std::unexpected(text.error());
    }
    boost::system::error_code wrong;
    const auto value = json::parse(*text, wrong);
    const auto* object = wrong ? nullptr : value.if_object();
    if (object == nullptr) {
        return fail(ErrorCode::kInvalid,
                    name + " is damaged: remove it (imports are looked at again then)");
    }
    State state;
    if (const auto* offset = object->if_contains("clock_offset_us"); offset && offset->is_int64()) {
        state.clock_offset = std::chrono::microseconds(offset->get_int64());
    }
    if (const auto* taken = object->if_contains("taken_in"); taken && taken->is_array()) {
        for (const auto& digest : taken->get_array()) {
            if (digest.is_string()) state.taken_in.emplace(digest.get_string());
        }
    }
    return state;
}

Result<void> DataDir::save(const State& state) const {
    json::object object;
    if (state.clock_offset) object["clock_offset_us"] = state.clock_offset->count();
    json::array taken;
    for (const auto& digest : state.taken_in) taken.emplace_back(digest);
    object["taken_in"] = std::move(taken);
    return client::write_whole(file("state.json"), json::serialize(object) + "\n");
}

}  // namespace dsm::compose
