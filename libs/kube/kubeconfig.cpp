// Kubeconfig: merging, contexts, and the refusal of what we cannot honour.
#include "libs/kube/kubeconfig.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "libs/base/digest.hpp"

namespace dsm::kube {
namespace {

namespace fs = std::filesystem;

/// A refusal on the way through a file; ends in access_from_kubeconfig.
struct Refusal {
    std::string message;
};

template <class... Args>
[[noreturn]] void refuse(fmt::format_string<Args...> text, Args&&... args) {
    throw Refusal{fmt::format(text, std::forward<Args>(args)...)};
}

/// A named cluster, context or user, and the file it came from.
struct Entry {
    YAML::Node body;
    std::string file;
    std::string what;  ///< "user dev"

    std::string text(const char* key) const {
        const YAML::Node value = body[key];
        if (!value || value.IsNull()) return {};
        if (!value.IsScalar()) refuse("{}: {} of {} is not a text", file, key, what);
        return value.Scalar();
    }

    bool flag(const char* key) const {
        const std::string value = text(key);
        if (value.empty() || value == "false") return false;
        if (value == "true") return true;
        refuse("{}: {} of {} is neither true nor false", file, key, what);
    }

    bool has(const char* key) const {
        const YAML::Node value = body[key];
        return value && !value.IsNull() && !(value.IsScalar() && value.Scalar().empty());
    }

    /// Relative paths start at the file that holds them.
    std::string path(const char* key) const {
        const std::string value = text(key);
        if (value.empty()) return {};
        return (fs::path(file).parent_path() / value).string();
    }

    /// PEM text from `{key}-data` or from the file that `key` names; empty if there is neither.
    std::string pem(const char* key) const {
        const std::string data_key = std::string(key) + "-data";
        const std::string data = text(data_key.c_str());
        if (!data.empty()) {
            std::string decoded = base64_decode(data);
            if (decoded.empty()) refuse("{}: {} of {} is not base64", file, data_key, what);
            return decoded;
        }
        const std::string from = path(key);
        if (from.empty()) return {};
        auto content = read_whole_file(from);
        if (!content) refuse("{}: {} of {}: {}", file, key, what, content.error().message);
        return std::move(*content);
    }
};

class MergedConfig {
public:
    explicit MergedConfig(const std::vector<std::string>& files) {
        for (const std::string& file : files) {
            auto text = read_whole_file(file);
            if (!text) refuse("{}", text.error().message);
            YAML::Node root;
            try {
                root = YAML::Load(*text);
            } catch (const YAML::Exception& error) {
                // The exception's own text may quote a line, and lines hold secrets.
                refuse("{} is not YAML (line {})", file, error.mark.line + 1);
            }
            if (root.IsNull()) continue;
            if (!root.IsMap()) refuse("{} is not a kubeconfig: it is no map", file);
            documents_.push_back({file, root});
        }
    }

    std::string current_context() const {
        for (const auto& [file, root] : documents_) {
            const YAML::Node value = root["current-context"];
            if (value && value.IsScalar() && !value.Scalar().empty()) return value.Scalar();
        }
        return {};
    }

    /// The entry `name` of `list` ("clusters"), whose body is under `key` ("cluster").
    std::optional<Entry> find(const char* list, const char* key, const std::string& name) const {
        for (const auto& [file, root] : documents_) {
            const YAML::Node entries = root[list];
            if (!entries || entries.IsNull()) continue;
            if (!entries.IsSequence()) refuse("{}: {} is not a list", file, list);
            for (const YAML::Node& entry : entries) {
                if (name_of(entry) != name) continue;
                YAML::Node body = entry[key];
                if (!body || body.IsNull()) body = YAML::Node(YAML::NodeType::Map);
                if (!body.IsMap()) refuse("{}: {} {} is not a map", file, key, name);
                return Entry{body, file, fmt::format("{} {}", key, name)};
            }
        }
        return std::nullopt;
    }

    std::vector<std::string> context_names() const {
        std::vector<std::string> names;
        for (const auto& [file, root] : documents_) {
            const YAML::Node entries = root["contexts"];
            if (!entries || !entries.IsSequence()) continue;
            for (const YAML::Node& entry : entries) names.push_back(name_of(entry));
        }
        return names;
    }

    std::string first_file() const { return documents_.empty() ? "" : documents_.front().first; }

private:
    static std::string name_of(const YAML::Node& entry) {
        if (!entry.IsMap()) return {};
        const YAML::Node name = entry["name"];
        return name && name.IsScalar() ? name.Scalar() : std::string();
    }

    std::vector<std::pair<std::string, YAML::Node>> documents_;
};

void read_cluster(const Entry& cluster, InsecureTls insecure, Access& access) {
    access.server = cluster.text("server");
    while (access.server.ends_with('/')) access.server.pop_back();
    if (!access.server.starts_with("https://") && !access.server.starts_with("http://")) {
        refuse("{}: the server of {} must begin with https:// or http://", cluster.file,
               cluster.what);
    }
    if (cluster.has("proxy-url")) {
        refuse(
            "{}: {} has a proxy-url, which is not supported: use a context that reaches its "
            "server directly",
            cluster.file, cluster.what);
    }
    if (cluster.flag("insecure-skip-tls-verify")) {
        if (insecure == InsecureTls::kRefuse) {
            refuse(
                "{}: {} has insecure-skip-tls-verify, which is refused because anyone could "
                "answer for that server: give its certificate-authority, or allow it explicitly",
                cluster.file, cluster.what);
        }
        access.tls.insecure_skip_verify = true;
    }
    access.tls.ca_pem = cluster.pem("certificate-authority");
    access.tls.server_name = cluster.text("tls-server-name");
}

void refuse_unsupported(const Entry& user) {
    for (const char* key : {"as", "as-uid", "as-groups", "as-user-extra", "act-as", "act-as-uid",
                            "act-as-groups", "act-as-user-extra"}) {
        if (!user.has(key)) continue;
        refuse("{}: {} impersonates ({}), which is not supported: use the account itself",
               user.file, user.what, key);
    }
    if (user.has("token") || user.has("tokenFile")) return;  // as client-go: exec is not run then
    for (const char* key : {"exec", "auth-provider"}) {
        if (!user.has(key)) continue;
        refuse(
            "{}: {} signs in with {}, which is not supported: give it a token, a tokenFile or a "
            "client certificate (kubectl create token makes one)",
            user.file, user.what, key);
    }
    for (const char* key : {"username", "password"}) {
        if (!user.has(key)) continue;
        refuse(
            "{}: {} signs in with {}, which Kubernetes no longer takes: give it a token or a "
            "client certificate",
            user.file, user.what, key);
    }
}

void read_user(const Entry& user, Access& access) {
    refuse_unsupported(user);
    access.tls.client_certificate_pem = user.pem("client-certificate");
    access.tls.client_key_pem = user.pem("client-key");
    if (access.tls.client_certificate_pem.empty() != access.tls.client_key_pem.empty()) {
        refuse("{}: {} has only one of client-certificate and client-key", user.file, user.what);
    }
    access.token = user.text("token");
    access.token_file = user.path("tokenFile");
    if (access.token_file.empty()) return;
    auto readable = read_whole_file(access.token_file);
    if (!readable)
        refuse("{}: tokenFile of {}: {}", user.file, user.what, readable.error().message);
}

Access read_access(const std::vector<std::string>& files, std::string context_name,
                   InsecureTls insecure) {
    const MergedConfig config(files);
    if (context_name.empty()) context_name = config.current_context();
    const std::string known = fmt::format("{}", fmt::join(config.context_names(), ", "));
    if (context_name.empty()) {
        refuse("{} has no current-context: name one of its contexts ({})", config.first_file(),
               known);
    }
    const auto context = config.find("contexts", "context", context_name);
    if (!context) {
        refuse("{} has no context {} (it has: {})", config.first_file(), context_name, known);
    }
    Access access;
    const std::string cluster_name = context->text("cluster");
    const auto cluster = config.find("clusters", "cluster", cluster_name);
    if (!cluster) {
        refuse("{}: context {} names the cluster \"{}\", which is not there", context->file,
               context_name, cluster_name);
    }
    read_cluster(*cluster, insecure, access);
    const std::string user_name = context->text("user");
    const auto user = config.find("users", "user", user_name);
    if (!user && !user_name.empty()) {
        refuse("{}: context {} names the user \"{}\", who is not there", context->file,
               context_name, user_name);
    }
    if (user) read_user(*user, access);
    const std::string name_space = context->text("namespace");
    if (!name_space.empty()) access.name_space = name_space;
    access.source = fmt::format("context {} of {}", context_name, context->file);
    // This context, also when the file's current one is another by then.
    access.read_again = [files, context_name, insecure] {
        return access_from_kubeconfig(files, context_name, insecure);
    };
    return access;
}

}  // namespace

Result<std::string> read_whole_file(const std::string& path) {
    std::error_code error;
    if (fs::is_directory(path, error)) {
        return fail(ErrorCode::kInvalid, fmt::format("{} is a folder", path));
    }
    std::ifstream in(path, std::ios::binary);
    if (!in)
        return fail(ErrorCode::kInvalid,
                    fmt::format("cannot read {}: {}", path, std::strerror(errno)));
    return std::string{std::istreambuf_iterator<char>(in), {}};
}

Result<Access> access_from_kubeconfig(const std::vector<std::string>& files,
                                      const std::string& context, InsecureTls insecure) {
    try {
        return read_access(files, context, insecure);
    } catch (const Refusal& refusal) {
        return fail(ErrorCode::kInvalid, refusal.message);
    } catch (const YAML::Exception& error) {
        return fail(ErrorCode::kInvalid, fmt::format("{} is not a kubeconfig (line {})",
                                                     fmt::join(files, ":"), error.mark.line + 1));
    }
}

}  // namespace dsm::kube
