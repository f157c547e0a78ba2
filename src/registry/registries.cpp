#include "registry/registries.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "net/url.h"
#include "registry/challenge.h"
#include "registry/manifest.h"
#include "util/text.h"

namespace registry {
namespace {

using executor::ImageFacts;
using util::Error;
using util::ErrorCode;

constexpr std::chrono::seconds patience{5};  // the time limit of each request
constexpr std::size_t longest_token = 16U << 10U;

/// The host to connect to. The registry docker.io has another address than its name.
std::string address_of(const std::string& registry) {
  return registry == "docker.io" ? "registry-1.docker.io" : registry;
}

/// As engines do, this uses plain HTTP only for the loopback interface.
std::string origin_of(const std::string& registry) {
  const std::string address = address_of(registry);
  const std::string host = address.substr(0, address.rfind(':'));
  return (net::is_loopback(host) || net::is_loopback(address) ? "http://" : "https://") + address;
}

/// Scheme, host and port of a URL; empty if the text is not a URL.
std::string origin_in(const std::string& url) {
  const auto host = url.find("://");
  return host == url.npos ? std::string() : url.substr(0, url.find_first_of("/?#", host + 3));
}

std::string host_in(const std::string& origin) {
  const auto begin = origin.find("://");
  std::string host = begin == origin.npos ? origin : origin.substr(begin + 3);
  const auto port = host.rfind(':');
  if (port != host.npos && host.find(']', port) == host.npos) host.resize(port);
  return util::to_lower(host);
}

/// Whether both hosts are the same, or are below one parent domain that is not a top-level domain, such as
/// registry-1.docker.io and auth.docker.io.
bool are_of_one_site(const std::string& registry, const std::string& other) {
  if (registry == other) return true;
  const std::string parent = registry.substr(std::min(registry.size(), registry.find('.') + 1));
  if (registry.find('.') == registry.npos || parent.find('.') == parent.npos || net::is_loopback(registry))
    return false;
  return other == parent || other.ends_with("." + parent);
}

Error unavailable(const std::string& registry, const std::string& why) {
  return Error::of(ErrorCode::unavailable, "the registry " + registry + " cannot be asked: " + why);
}

/// One inspection of one image. It fetches the manifest, for a multi-platform image also that of our platform, and the
/// configuration. It gets a token if the registry demands one.
class ImageInspection : public std::enable_shared_from_this<ImageInspection> {
 public:
  ImageInspection(std::shared_ptr<const Options> options, net::Client& client,
                  std::shared_ptr<const net::AddressPolicy> policy, task::ImageReference image,
                  util::Callback<ImageFacts> done)
      : options_(std::move(options)),
        client_(client),
        policy_(std::move(policy)),
        image_(std::move(image)),
        done_(std::move(done)) {
    for (const task::RegistryLogin& login : options_->logins) {
      if (login.host == image_.registry) login_ = login;
    }
    is_trusted_ = login_ || options_->trusted_hosts.contains(image_.registry);
  }

  void begin() { fetch_manifest(image_.digest.empty() ? image_.tag : image_.digest); }

 private:
  using Take = void (ImageInspection::*)(const net::Response&);

  std::string resource(const std::string& kind, const std::string& reference) const {
    return origin_of(image_.registry) + "/v2/" + image_.repository + "/" + kind + "/" + reference;
  }

  void fetch_manifest(const std::string& reference) {
    reference_ = reference;
    get(resource("manifests", reference), std::string(manifest_types), &ImageInspection::on_manifest);
  }

  void get(const std::string& url, const std::string& accept, Take take) {
    net::Call call = call_to(url);
    call.headers.emplace_back("Accept", accept);
    if (!authorization_.empty()) call.headers.emplace_back("Authorization", authorization_);
    client_.start(std::move(call), [self = shared_from_this(), url, accept, take](util::Result<net::Response> answer) {
      if (!answer.ok()) return self->fail(answer.error());
      if (answer->status == 401) return self->on_challenge(*answer, url, accept, take);
      if (answer->status == 307 || answer->status == 302) return self->follow(*answer, take);
      if (answer->status != 200) return self->refuse(answer->status);
      ((*self).*take)(*answer);
    });
  }

  net::Call call_to(const std::string& url) const {
    net::Call call;
    call.url = url;
    call.timeout = patience;
    call.max_response_bytes = longest_document;
    if (!is_trusted_) call.policy = policy_;
    return call;
  }

  /// Follows one redirect. A registry may keep its blobs on another host. That host need not be trusted, as the content
  /// is checked against its digest; but the address policy must allow its address.
  void follow(const net::Response& answer, Take take) {
    const std::string* location = answer.header("location");
    if (location == nullptr || std::exchange(followed_, true)) return refuse(answer.status);
    const std::string own = origin_of(image_.registry);
    const bool is_here = location->starts_with('/') || origin_in(*location) == own;
    net::Call call = call_to(location->starts_with('/') ? own + *location : *location);
    if (!is_here) call.policy = policy_;
    client_.start(std::move(call), [self = shared_from_this(), take](util::Result<net::Response> found) {
      if (!found.ok()) return self->fail(found.error());
      if (found->status != 200) return self->refuse(found->status);
      ((*self).*take)(*found);
    });
  }

  void on_challenge(const net::Response& answer, const std::string& url, const std::string& accept, Take take) {
    const std::string* field = answer.header("www-authenticate");
    const auto challenge = field != nullptr ? parse_challenge(*field) : std::nullopt;
    if (!challenge || std::exchange(challenged_, true)) return refuse(401);
    if (!challenge->is_bearer) {
      if (!login_) return refuse(401);
      authorization_ = basic();
      return get(url, accept, take);
    }
    const std::string scope = challenge->scope.empty() ? "repository:" + image_.repository + ":pull" : challenge->scope;
    const char separator = challenge->realm.find('?') == std::string::npos ? '?' : '&';
    const std::string origin = origin_in(challenge->realm);
    const std::string host = host_in(origin);
    const bool is_safe = origin.starts_with("https://") || (origin.starts_with("http://") && net::is_loopback(host));
    if (!is_safe) return done_(unavailable(image_.registry, "it wants a token from a place without TLS"));
    net::Call call = call_to(challenge->realm + separator + "service=" + util::percent_encode(challenge->service) +
                             "&scope=" + util::percent_encode(scope));
    const bool is_own = are_of_one_site(host_in(origin_of(image_.registry)), host);
    if (!is_own) call.policy = policy_;
    if (login_) call.headers.emplace_back("Authorization", basic());
    client_.start(std::move(call), [self = shared_from_this(), url, accept, take](util::Result<net::Response> given) {
      if (!given.ok()) return self->fail(given.error());
      if (given->status != 200) return self->refuse(given->status == 403 ? 403 : 401);
      self->on_token(given->body, url, accept, take);
    });
  }

  void on_token(const std::string& body, const std::string& url, const std::string& accept, Take take) {
    const auto document = data::parse_json(body);
    const data::Node* token = nullptr;
    if (document.ok() && document->is_object()) {
      token = document->find("token");
      if (token == nullptr) token = document->find("access_token");
    }
    if (token == nullptr || token->text().empty() || token->text().size() > longest_token) return refuse(401);
    authorization_ = "Bearer " + token->text();
    get(url, accept, take);
  }

  std::string basic() const { return "Basic " + util::to_base64(login_->username + ":" + login_->password); }

  void on_manifest(const net::Response& answer) {
    const std::string digest = digest_of(answer.body);
    if (reference_.starts_with("sha256:") && reference_ != digest) {
      return fail(unavailable(image_.registry, "it sent another manifest than the one of that digest"));
    }
    auto manifest = read_manifest(answer.body);
    if (!manifest.ok()) return fail(manifest.error());
    if (facts_.digest.empty()) facts_.digest = digest;
    if (!manifest->choices.empty()) return choose(manifest->choices);
    facts_.size_bytes = manifest->layer_bytes;
    facts_.id = manifest->config_digest;
    followed_ = false;
    get(resource("blobs", manifest->config_digest), "*/*", &ImageInspection::on_configuration);
  }

  /// Fetches the manifest for our platform. If there is none, fetches the first one: its platform then shows the caller
  /// that the image is not made for ours.
  void choose(const std::vector<Choice>& choices) {
    if (std::exchange(chosen_, true))
      return fail(unavailable(image_.registry, "its list of manifests leads to a list"));
    for (const Choice& choice : choices) {
      if (choice.os != "unknown") facts_.platforms.push_back(choice.os + "/" + choice.architecture);
    }
    const auto ours = std::find_if(choices.begin(), choices.end(), [&](const Choice& choice) {
      return choice.os == options_->os && choice.architecture == options_->architecture;
    });
    fetch_manifest((ours != choices.end() ? *ours : choices.front()).digest);
  }

  void on_configuration(const net::Response& answer) {
    if (digest_of(answer.body) != facts_.id) {
      return fail(unavailable(image_.registry, "it sent another configuration than the manifest's"));
    }
    auto read = read_configuration(answer.body);
    if (!read.ok()) return fail(read.error());
    read->digest = facts_.digest;
    read->id = facts_.id;
    read->size_bytes = facts_.size_bytes;
    read->platforms = facts_.platforms;
    done_(*std::move(read));
  }

  void refuse(long status) {
    const std::string image = image_.to_string();
    switch (status) {
      case 404:
        return done_(Error::of(ErrorCode::not_found, "the registry has no image " + image));
      case 401:
      case 403:
        return done_(Error::of(ErrorCode::forbidden, "the registry does not show " + image +
                                                         " to us: it is not there, or other credentials are wanted"));
      default:
        return done_(unavailable(image_.registry, "it answers with status " + std::to_string(status)));
    }
  }

  /// Every failure here is `unavailable` and never `not_found`: the registry has not said that there is no such image,
  /// and an engine may still be able to pull it.
  void fail(const Error& error) { done_(unavailable(image_.registry, error.message)); }

  const std::shared_ptr<const Options> options_;
  net::Client& client_;
  const std::shared_ptr<const net::AddressPolicy> policy_;
  const task::ImageReference image_;
  const util::Callback<ImageFacts> done_;
  std::optional<task::RegistryLogin> login_;
  bool is_trusted_ = false;
  std::string authorization_;
  std::string reference_;
  bool challenged_ = false;
  bool followed_ = false;
  bool chosen_ = false;
  ImageFacts facts_;
};

}  // namespace

Registries::Registries(Options options, net::Client& client, std::shared_ptr<const net::AddressPolicy> policy)
    : options_(std::make_shared<const Options>(std::move(options))), client_(client), policy_(std::move(policy)) {}

void Registries::find(const task::ImageReference& image, util::Callback<ImageFacts> done) const {
  std::make_shared<ImageInspection>(options_, client_, policy_, image, std::move(done))->begin();
}

}  // namespace registry
