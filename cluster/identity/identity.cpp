// The identity's files and the kubeconfig's text.
#include "cluster/identity/identity.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "libs/base/digest.hpp"

namespace dsm::cluster {

namespace {

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::unexpected<Error> cannot(const std::string& what, const std::string& path) {
    return fail(ErrorCode::kUnavailable,
                "cannot " + what + " " + path + ": " + std::strerror(errno));
}

Result<void> write_all(int file, const std::string& text, const std::string& path) {
    std::size_t done = 0;
    while (done < text.size()) {
        const ssize_t wrote = ::write(file, text.data() + done, text.size() - done);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return cannot("write", path);
        done += static_cast<std::size_t>(wrote);
    }
    return {};
}

Result<void> save(const Identity& identity, const std::string& folder) {
    const std::pair<const char*, const std::string*> files[] = {
        {"ca.crt", &identity.certificates.ca_pem},
        {"server.crt", &identity.certificates.server_pem},
        {"server.key", &identity.certificates.server_key_pem},
        {"token", &identity.admin_token},
    };
    for (const auto& [name, text] : files) {
        if (auto kept = write_private_file(folder + "/" + name, *text); !kept) return kept;
    }
    return {};
}

}  // namespace

Result<void> write_private_file(const std::string& path, const std::string& text) {
    const auto folder = std::filesystem::path(path).parent_path();
    std::error_code bad;
    if (!folder.empty() && !std::filesystem::exists(folder, bad)) {
        std::filesystem::create_directories(folder, bad);
        if (bad) return fail(ErrorCode::kUnavailable, "cannot make " + folder.string());
        ::chmod(folder.c_str(), 0700);
    }
    const std::string fresh = path + ".new";
    const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return cannot("open", fresh);
    ::fchmod(file, 0600);
    auto written = write_all(file, text, fresh);
    if (written && ::fsync(file) != 0) written = cannot("write", fresh);
    ::close(file);
    if (!written) return written;
    if (::rename(fresh.c_str(), path.c_str()) != 0) return cannot("replace", path);
    return {};
}

Result<Identity> open_identity(const std::string& data_dir, const std::string& address,
                               const std::vector<std::string>& powerless, rt::Random& random) {
    Identity identity;
    const std::string& folder = data_dir;
    if (!folder.empty()) {
        identity.certificates = {read_file(folder + "/ca.crt"), read_file(folder + "/server.crt"),
                                 read_file(folder + "/server.key")};
        identity.admin_token = read_file(folder + "/token");
    }
    const bool good = still_good(identity.certificates, address);
    if (!good) {
        auto made = make_certificates(address, random);
        if (!made) return std::unexpected(made.error());
        identity.certificates = std::move(*made);
    }
    constexpr std::size_t kTokenBytes = 32;
    const bool has_token = identity.admin_token.size() == 2 * kTokenBytes;
    if (!has_token) identity.admin_token = random.hex(kTokenBytes);
    if (!folder.empty() && !(good && has_token)) {
        if (auto kept = save(identity, folder); !kept) return std::unexpected(kept.error());
    }
    identity.users[identity.admin_token] =
        User{"admin", "u1", {"system:masters", "system:authenticated"}, true};
    for (const std::string& name : powerless) {
        const std::string token = sha256_hex(identity.admin_token + "/" + name);
        identity.users[token] = User{name, name, {"system:authenticated"}, false};
    }
    return identity;
}

std::string kubeconfig_text(const std::string& server, const std::string& ca_pem,
                            const std::string& token, const std::string& default_namespace) {
    std::string text = "apiVersion: v1\nkind: Config\ncurrent-context: dsm\n";
    text += "clusters:\n- name: dsm\n  cluster:\n    server: " + server +
            "\n    certificate-authority-data: " + base64_encode(ca_pem) + "\n";
    text += "users:\n- name: dsm-admin\n  user:\n    token: " + token + "\n";
    text +=
        "contexts:\n- name: dsm\n  context:\n    cluster: dsm\n    user: dsm-admin\n"
        "    namespace: " +
        default_namespace + "\n";
    return text;
}

}  // namespace dsm::cluster
