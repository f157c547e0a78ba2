// Fuzzes the parsers of bearer tokens and of key sets. A token may be parsed but must never be verified, as nobody has
// the private key. If the input has a line break, its two parts are also used as header and payload before base64url.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "identity/keys.h"
#include "identity/token.h"
#include "util/text.h"

namespace {

std::string base64url(std::string_view bytes) {
  std::string text = util::to_base64(bytes);
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

/// A key set whose private key does not exist any more.
const identity::KeySet& keys() {
  static const auto set = identity::KeySet::parse(
      R"({"keys":[{"kty":"EC","kid":"k","crv":"P-256","x":"skaDSM69fzBaO4XgymShGTR-f7unDarKi2F4nubWWmI",)"
      R"("y":"cInGJrdS18ib6_FZNLCNUHfanwAvv9aNIaYFHeC3xmE"}]})");
  return set.value();
}

void judge(std::string_view text) {
  const auto token = identity::parse_token(text);
  if (!token.ok()) return;
  if (keys().verify(*token) == identity::KeySet::Verdict::verified) std::abort();
  const util::Instant now{std::chrono::seconds(1'000'000)};
  const auto until = identity::check_claims(token->claims, {"https://iam", {"us"}, std::chrono::seconds(60)}, now);
  if (until.ok() && *until <= now) std::abort();
  (void)identity::find_claim(token->claims, "/realm_access/roles");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  judge(text);
  if (const auto end = text.find('\n'); end != std::string_view::npos) {
    judge(base64url(text.substr(0, end)) + "." + base64url(text.substr(end + 1)) + "." +
          base64url(std::string(64, 'x')));
  }
  (void)identity::KeySet::parse(text);
  return 0;
}
