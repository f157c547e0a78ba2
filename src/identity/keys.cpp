#include "identity/keys.h"

#include <algorithm>
#include <array>
#include <utility>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "data/node.h"
#include "util/text.h"

namespace identity {
namespace {

template <auto free_it>
struct Free {
  template <typename T>
  void operator()(T* it) const {
    free_it(it);
  }
};
using PublicKey = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Free<BN_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>>;

constexpr std::size_t most_keys = 100;
constexpr std::size_t most_tried = 4;  // keys that are tried for one token
constexpr std::size_t shortest_modulus = 2048 / 8;
constexpr std::size_t longest_modulus = 8192 / 8;
constexpr std::size_t longest_exponent = 4;  // a longer one makes verifying slower, but not stronger
constexpr data::Limits key_set_limits{.bytes = 1U << 20U, .depth = 8, .nodes = 10'000};

enum class KeyType { rsa, p256, p384, p521, ed25519 };

struct Curve {
  std::string_view name;  // crv
  KeyType type;
  const char* group;  // OpenSSL's name
  std::size_t field_bytes;
};
constexpr std::array<Curve, 3> curves{{{"P-256", KeyType::p256, "prime256v1", 32},
                                       {"P-384", KeyType::p384, "secp384r1", 48},
                                       {"P-521", KeyType::p521, "secp521r1", 66}}};

struct Algorithm {
  std::string_view name;
  KeyType type;
  const EVP_MD* (*digest)();  // null: the algorithm includes its digest
  bool pss = false;
};
constexpr std::array<Algorithm, 11> algorithms{{{"RS256", KeyType::rsa, EVP_sha256},
                                                {"RS384", KeyType::rsa, EVP_sha384},
                                                {"RS512", KeyType::rsa, EVP_sha512},
                                                {"PS256", KeyType::rsa, EVP_sha256, true},
                                                {"PS384", KeyType::rsa, EVP_sha384, true},
                                                {"PS512", KeyType::rsa, EVP_sha512, true},
                                                {"ES256", KeyType::p256, EVP_sha256},
                                                {"ES384", KeyType::p384, EVP_sha384},
                                                {"ES512", KeyType::p521, EVP_sha512},
                                                {"EdDSA", KeyType::ed25519, nullptr},
                                                {"Ed25519", KeyType::ed25519, nullptr}}};

const Algorithm* find_algorithm(std::string_view name) {
  const auto found =
      std::find_if(algorithms.begin(), algorithms.end(), [&](const Algorithm& known) { return known.name == name; });
  return found == algorithms.end() ? nullptr : &*found;
}

const Curve* curve_of(KeyType type) {
  const auto found = std::find_if(curves.begin(), curves.end(), [&](const Curve& curve) { return curve.type == type; });
  return found == curves.end() ? nullptr : &*found;
}

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::optional<std::string> bytes_of(const data::Node& object, std::string_view name) {
  const auto text = string_member(object, name);
  return text ? util::from_base64url(*text) : std::nullopt;
}

PublicKey make_key(const char* type, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) <= 0 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) <= 0) {
    return nullptr;
  }
  return PublicKey(key);
}

Number number_of(std::string_view bytes) {
  return Number(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

PublicKey rsa_key(const data::Node& jwk) {
  auto modulus = bytes_of(jwk, "n");
  auto exponent = bytes_of(jwk, "e");
  if (!modulus || !exponent) return nullptr;
  modulus->erase(0, modulus->find_first_not_of('\0'));
  exponent->erase(0, exponent->find_first_not_of('\0'));
  if (modulus->size() < shortest_modulus || modulus->size() > longest_modulus) return nullptr;
  if (exponent->empty() || exponent->size() > longest_exponent) return nullptr;
  const bool odd = (modulus->back() & 1) != 0 && (exponent->back() & 1) != 0;
  if (!odd || *exponent == "\x01") return nullptr;
  const Number n = number_of(*modulus);
  const Number e = number_of(*exponent);
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!n || !e || !builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return nullptr;
  }
  return make_key("RSA", builder.get());
}

/// Null for an invalid key: OpenSSL refuses a point that is not on the curve.
PublicKey ec_key(const data::Node& jwk, const Curve& curve) {
  const auto x = bytes_of(jwk, "x");
  const auto y = bytes_of(jwk, "y");
  if (!x || !y || x->size() != curve.field_bytes || y->size() != curve.field_bytes) return nullptr;
  const std::string point = "\x04" + *x + *y;  // uncompressed
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.group, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) {
    return nullptr;
  }
  return make_key("EC", builder.get());
}

/// RFC 8037 section 2.
PublicKey ed25519_key(const data::Node& jwk) {
  const auto x = bytes_of(jwk, "x");
  if (string_member(jwk, "crv") != "Ed25519" || !x) return nullptr;
  return PublicKey(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(*x), x->size()));
}

bool is_for_signatures(const data::Node& jwk) {
  if (jwk.find("use") != nullptr && string_member(jwk, "use") != "sig") return false;
  const data::Node* operations = jwk.find("key_ops");
  return operations == nullptr ||
         std::any_of(operations->items().begin(), operations->items().end(),
                     [](const data::Node& operation) { return operation.as_string() == "verify"; });
}

/// Converts an ECDSA signature from r and s side by side (RFC 7518 section 3.4) to the ASN.1 sequence that OpenSSL
/// needs. Empty when `both` has the wrong size or OpenSSL fails.
std::string as_sequence(std::string_view both, std::size_t field_bytes) {
  if (both.size() != 2 * field_bytes) return {};
  Number r = number_of(both.substr(0, field_bytes));
  Number s = number_of(both.substr(field_bytes));
  const Signature signature(ECDSA_SIG_new());
  if (!r || !s || !signature || ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) return {};
  (void)r.release();  // `signature` owns both numbers now
  (void)s.release();
  unsigned char* begin = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &begin);
  if (size <= 0) return {};
  std::string sequence(reinterpret_cast<char*>(begin), static_cast<std::size_t>(size));
  OPENSSL_free(begin);
  return sequence;
}

bool set_padding(EVP_PKEY_CTX* context, const Algorithm& algorithm) {
  if (!algorithm.pss) return true;
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) > 0 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) > 0;
}

bool holds(EVP_PKEY* key, const Algorithm& algorithm, std::string_view text, const std::string& signature) {
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* of_key = nullptr;  // owned by `context`
  const bool good =
      context &&
      EVP_DigestVerifyInit(context.get(), &of_key, algorithm.digest ? algorithm.digest() : nullptr, nullptr, key) > 0 &&
      set_padding(of_key, algorithm) &&
      EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text), text.size()) == 1;
  ERR_clear_error();  // the error queue belongs to the thread: later OpenSSL calls must not find these errors
  return good;
}

}  // namespace

struct KeySet::Key {
  std::optional<std::string> id;
  std::optional<std::string> algorithm;  // if set, the only algorithm that the key may be used with
  KeyType type = KeyType::rsa;
  PublicKey key;

  static std::shared_ptr<const Key> parse(const data::Node& jwk) {
    auto key = std::make_shared<Key>();
    key->id = string_member(jwk, "kid");
    key->algorithm = string_member(jwk, "alg");
    if (!is_for_signatures(jwk)) return nullptr;
    const auto kind = string_member(jwk, "kty");
    if (kind == "RSA") {
      key->key = rsa_key(jwk);
    } else if (kind == "EC") {
      const auto name = string_member(jwk, "crv");
      const auto curve = std::find_if(curves.begin(), curves.end(), [&](const Curve& c) { return c.name == name; });
      if (curve == curves.end()) return nullptr;
      key->type = curve->type;
      key->key = ec_key(jwk, *curve);
    } else if (kind == "OKP") {
      key->type = KeyType::ed25519;
      key->key = ed25519_key(jwk);
    }
    ERR_clear_error();
    return key->key ? key : nullptr;
  }

  bool is_for(const Algorithm& wanted) const {
    return type == wanted.type && (!algorithm || *algorithm == wanted.name);
  }
};

util::Result<KeySet> KeySet::parse(std::string_view json) {
  ASSIGN_OR_RETURN(const data::Node document, data::parse_json(json, key_set_limits));
  KeySet set;
  if (const data::Node* keys = document.find("keys")) {
    for (const data::Node& jwk : keys->items()) {
      if (set.keys_.size() == most_keys) break;
      if (auto key = Key::parse(jwk)) set.keys_.push_back(std::move(key));
    }
  }
  if (!set.keys_.empty()) return set;
  return util::Error::of(
      util::ErrorCode::invalid_argument,
      util::Fault{"keys", "hold none that tokens could be verified with",
                  "RSA keys of 2048 bits or more, EC keys on P-256, P-384 or P-521, or Ed25519 keys"});
}

KeySet::Verdict KeySet::verify(const Token& token) const {
  const Algorithm* algorithm = find_algorithm(token.algorithm);
  if (algorithm == nullptr) return Verdict::refused;
  const Curve* curve = curve_of(algorithm->type);
  const std::string signature = curve == nullptr ? token.signature : as_sequence(token.signature, curve->field_bytes);
  std::size_t tried = 0;
  bool known = false;
  for (const auto& key : keys_) {
    if (token.key_id && key->id != token.key_id) continue;
    known = token.key_id.has_value();
    if (!key->is_for(*algorithm) || tried == most_tried) continue;
    ++tried;
    if (!signature.empty() && holds(key->key.get(), *algorithm, token.signed_text(), signature))
      return Verdict::verified;
  }
  return known ? Verdict::refused : Verdict::unknown_key;
}

bool is_known_algorithm(std::string_view name) { return find_algorithm(name) != nullptr; }

}  // namespace identity
