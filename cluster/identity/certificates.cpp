// OpenSSL's objects, each owned by a unique_ptr; any failure becomes one sentence.
#include "cluster/identity/certificates.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

namespace dsm::cluster {

namespace {

template <auto Free>
struct FreeWith {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;
using Bio = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;
using Extension = std::unique_ptr<X509_EXTENSION, FreeWith<X509_EXTENSION_free>>;

constexpr long kTenYearsSeconds = 10L * 365 * 24 * 3600;
constexpr long kDaySeconds = 24 * 3600;

std::string text_of(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
    const Bio bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(bio.get(), certificate);
    return text_of(bio.get());
}

std::string pem_of(EVP_PKEY* key) {
    const Bio bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    return text_of(bio.get());
}

Certificate read_certificate(const std::string& pem) {
    const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return Certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

Key read_key(const std::string& pem) {
    const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return Key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
}

bool add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

/// A certificate for `key` with name and validity set, not yet signed.
Certificate start_certificate(EVP_PKEY* key, const char* common_name, rt::Random& random) {
    Certificate certificate(X509_new());
    if (!certificate) return nullptr;
    X509_set_version(certificate.get(), X509_VERSION_3);
    constexpr std::uint64_t kTopBit = std::uint64_t{1} << 62;  // positive, and never short
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()),
                            random.below(kTopBit) | kTopBit);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kDaySeconds);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kTenYearsSeconds);
    X509_set_pubkey(certificate.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(common_name), -1, -1, 0);
    return certificate;
}

std::string alternative_names(const std::string& address) {
    std::string names =
        "DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,"
        "IP:127.0.0.1,IP:::1";
    if (address != "127.0.0.1" && address != "::1") names += ",IP:" + address;
    return names;
}

std::unexpected<Error> refused(const char* what) {
    const unsigned long code = ERR_get_error();
    char text[256] = "no reason given";
    if (code != 0) ERR_error_string_n(code, text, sizeof text);
    return fail(ErrorCode::kUnavailable, std::string("cannot make ") + what + ": " + text);
}

}  // namespace

Result<Certificates> make_certificates(const std::string& address, rt::Random& random) {
    const Key ca_key(EVP_EC_gen("P-256"));
    const Key server_key(EVP_EC_gen("P-256"));
    if (!ca_key || !server_key) return refused("a key");

    const Certificate ca =
        start_certificate(ca_key.get(), "dsm embedded cluster authority", random);
    if (!ca) return refused("the authority's certificate");
    X509_set_issuer_name(ca.get(), X509_get_subject_name(ca.get()));
    const bool ca_made =
        add_extension(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
        add_extension(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign") &&
        add_extension(ca.get(), ca.get(), NID_subject_key_identifier, "hash") &&
        X509_sign(ca.get(), ca_key.get(), EVP_sha256()) != 0;
    if (!ca_made) return refused("the authority's certificate");

    const Certificate server = start_certificate(server_key.get(), "dsm embedded cluster", random);
    if (!server) return refused("the server's certificate");
    X509_set_issuer_name(server.get(), X509_get_subject_name(ca.get()));
    const bool server_made =
        add_extension(server.get(), ca.get(), NID_basic_constraints, "critical,CA:FALSE") &&
        add_extension(server.get(), ca.get(), NID_key_usage, "critical,digitalSignature") &&
        add_extension(server.get(), ca.get(), NID_ext_key_usage, "serverAuth") &&
        add_extension(server.get(), ca.get(), NID_authority_key_identifier, "keyid") &&
        add_extension(server.get(), ca.get(), NID_subject_alt_name, alternative_names(address)) &&
        X509_sign(server.get(), ca_key.get(), EVP_sha256()) != 0;
    if (!server_made) return refused("the server's certificate");
    return Certificates{pem_of(ca.get()), pem_of(server.get()), pem_of(server_key.get())};
}

bool still_good(const Certificates& certificates, const std::string& address) {
    const Certificate ca = read_certificate(certificates.ca_pem);
    const Certificate server = read_certificate(certificates.server_pem);
    const Key key = read_key(certificates.server_key_pem);
    ERR_clear_error();
    if (!ca || !server || !key) return false;
    constexpr int kMonthDays = 30;
    int days = 0, seconds = 0;
    if (ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(server.get())) != 1) {
        return false;
    }
    const Key ca_key(X509_get_pubkey(ca.get()));
    const bool good = days >= kMonthDays && X509_check_private_key(server.get(), key.get()) == 1 &&
                      X509_check_ip_asc(server.get(), address.c_str(), 0) == 1 &&
                      X509_verify(server.get(), ca_key.get()) == 1;
    ERR_clear_error();
    return good;
}

}  // namespace dsm::cluster
