// Documents that may be JSON or YAML.
#include "data/node.h"
#include "util/text.h"

namespace data {

util::Result<Language> language_of(std::string_view text, std::string_view media_type) {
  const bool json = media_type == "application/json" || media_type == "text/json" || media_type.ends_with("+json");
  const bool yaml = media_type.find("yaml") != std::string_view::npos;
  const bool unsaid = media_type.empty() || media_type == "text/plain" || media_type == "application/octet-stream";
  if (!json && !yaml && !unsaid) {
    return util::Error::of(
        util::ErrorCode::unsupported_media,
        util::Fault{"Content-Type", "'" + util::for_display(media_type) + "' is no document of a task",
                    "application/json, application/yaml, or a form"});
  }
  const bool as_json = json || (unsaid && util::trim(text).starts_with('{'));
  return as_json ? Language::json : Language::yaml;
}

util::Result<Node> parse_document(std::string_view text, std::string_view media_type, const Limits& limits) {
  ASSIGN_OR_RETURN(const Language language, language_of(text, media_type));
  return language == Language::json ? parse_json(text, limits) : parse_yaml(text, limits);
}

}  // namespace data
