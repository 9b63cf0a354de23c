// A certificate authority of a test's own, made with openssl where it is run.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>

#include "libs/testing/process.hpp"

namespace dsm::testing {

class Authority {
public:
    Authority() {
        openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-keyout", key_, "-out", root(), "-subj", "/CN=authority", "-days", "30"});
    }

    /// The file with its own certificate.
    std::string root() const { return folder_.file("root.crt"); }

    struct Signed {
        std::string certificate;  ///< a file, as is the key
        std::string key;
    };
    /// For the user, or the host, of this name. With -1 `days` it expired yesterday.
    Signed sign(const std::string& name, int days = 30) const {
        const Signed made{folder_.file(name + ".crt"), folder_.file(name + ".key")};
        const std::string request = folder_.file(name + ".csr");
        openssl({"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                 made.key, "-out", request, "-subj", "/CN=" + name, "-addext",
                 "subjectAltName=DNS:" + name});
        openssl({"x509", "-req", "-in", request, "-CA", root(), "-CAkey", key_, "-CAcreateserial",
                 "-copy_extensions", "copy", "-days", std::to_string(days), "-out",
                 made.certificate});
        return made;
    }

private:
    static void openssl(Arguments arguments) {
        arguments.insert(arguments.begin(), "openssl");
        const auto done = run_process(arguments);
        if (done.exit_code != 0) throw std::runtime_error("openssl: " + done.err);
    }

    TemporaryFolder folder_;
    const std::string key_ = folder_.file("root.key");
};

}  // namespace dsm::testing
