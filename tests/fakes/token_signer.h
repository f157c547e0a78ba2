// Makes keys and tokens for tests, in which the test acts as the issuer of tokens, or as an attacker who forges them.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "util/text.h"

namespace fakes {

inline std::string base64url(std::string_view bytes) {
  std::string text = util::to_base64(bytes);
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

/// A private key that signs tokens.
class Signer {
 public:
  /// `kind`: "RSA", "ED25519", or the name of an elliptic curve, such as "P-256". `bits`: the size of an RSA key.
  explicit Signer(std::string kid, const std::string& kind = "P-256", std::size_t bits = 2048)
      : kid_(std::move(kid)),
        kind_(kind),
        key_(kind == "RSA"       ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", bits)
             : kind == "ED25519" ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                                 : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", kind.c_str()),
             &EVP_PKEY_free) {
    if (!key_) throw std::runtime_error("no key");
  }

  const std::string& kid() const { return kid_; }

  /// The public key as a JSON Web Key. `more`: further members, such as R"(,"alg":"RS256")".
  std::string jwk(const std::string& more = "") const {
    const std::string head = R"({"kid":")" + kid_ + '"' + more;
    if (kind_ == "RSA") {
      return head + R"(,"kty":"RSA","n":")" + number(OSSL_PKEY_PARAM_RSA_N) + R"(","e":")" +
             number(OSSL_PKEY_PARAM_RSA_E) + "\"}";
    }
    if (kind_ == "ED25519") {
      std::array<unsigned char, 32> bytes{};
      std::size_t size = bytes.size();
      EVP_PKEY_get_raw_public_key(key_.get(), bytes.data(), &size);
      return head + R"(,"kty":"OKP","crv":"Ed25519","x":")" + base64url(std::string(bytes.begin(), bytes.end())) +
             "\"}";
    }
    return head + R"(,"kty":"EC","crv":")" + kind_ + R"(","x":")" + number(OSSL_PKEY_PARAM_EC_PUB_X, field_bytes()) +
           R"(","y":")" + number(OSSL_PKEY_PARAM_EC_PUB_Y, field_bytes()) + "\"}";
  }

  /// A signed token. `algorithm`: the JWS algorithm, such as "ES256". The token's header names the algorithm and the
  /// key, and has the further members in `more`.
  std::string token(const std::string& algorithm, const std::string& claims, const std::string& more = "") const {
    return sign(algorithm, R"({"alg":")" + algorithm + R"(","kid":")" + kid_ + '"' + more + "}", claims);
  }

  std::string sign(const std::string& algorithm, const std::string& header, const std::string& claims) const {
    const std::string text = base64url(header) + "." + base64url(claims);
    const EVP_MD* digest = kind_ == "ED25519"           ? nullptr
                           : algorithm.ends_with("384") ? EVP_sha384()
                           : algorithm.ends_with("512") ? EVP_sha512()
                                                        : EVP_sha256();
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    EVP_PKEY_CTX* of_key = nullptr;
    EVP_DigestSignInit(context.get(), &of_key, digest, nullptr, key_.get());
    if (algorithm.starts_with("PS")) {
      EVP_PKEY_CTX_set_rsa_padding(of_key, RSA_PKCS1_PSS_PADDING);
      EVP_PKEY_CTX_set_rsa_pss_saltlen(of_key, RSA_PSS_SALTLEN_DIGEST);
    }
    std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())), '\0');
    std::size_t size = signature.size();
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, text.size()) !=
        1) {
      throw std::runtime_error("not signed");
    }
    signature.resize(size);
    return text + "." + base64url(kind_.starts_with("P-") ? side_by_side(signature) : signature);
  }

  /// The public key as PEM. An attacker may use this text as the secret of an HS256 signature.
  std::string public_pem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_PUBKEY(memory.get(), key_.get());
    char* begin = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &begin);
    return {begin, static_cast<std::size_t>(size)};
  }

 private:
  using Number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;

  std::size_t field_bytes() const { return kind_ == "P-256" ? 32 : kind_ == "P-384" ? 48 : 66; }

  static std::string bytes_of(const BIGNUM* number, std::size_t size) {
    std::string bytes(std::max(size, static_cast<std::size_t>(BN_num_bytes(number))), '\0');
    BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    return bytes;
  }
  std::string number(const char* name, std::size_t size = 0) const {
    BIGNUM* raw = nullptr;
    EVP_PKEY_get_bn_param(key_.get(), name, &raw);
    const Number value(raw, &BN_free);
    return base64url(bytes_of(value.get(), size));
  }
  std::string side_by_side(const std::string& sequence) const {
    const auto* begin = reinterpret_cast<const unsigned char*>(sequence.data());
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> signature(
        d2i_ECDSA_SIG(nullptr, &begin, static_cast<long>(sequence.size())), &ECDSA_SIG_free);
    return bytes_of(ECDSA_SIG_get0_r(signature.get()), field_bytes()) +
           bytes_of(ECDSA_SIG_get0_s(signature.get()), field_bytes());
  }

  std::string kid_;
  std::string kind_;
  std::shared_ptr<EVP_PKEY> key_;
};

/// A token with an HMAC signature (HS256), which uses a shared secret.
inline std::string hmac_token(const std::string& header, const std::string& claims, const std::string& secret) {
  const std::string text = base64url(header) + "." + base64url(claims);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  return text + "." + base64url({reinterpret_cast<const char*>(digest), size});
}

inline std::string key_set(const std::vector<std::string>& jwks) {
  std::string text = R"({"keys":[)";
  for (const std::string& jwk : jwks) text += (text.back() == '[' ? "" : ",") + jwk;
  return text + "]}";
}

}  // namespace fakes
