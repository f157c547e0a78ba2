#include <algorithm>
#include <exception>
#include <sstream>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "data/builder.h"
#include "data/node.h"
#include "util/text.h"

namespace data {
namespace {

struct Refused {};

Place place_of(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {static_cast<std::size_t>(mark.line) + 1, static_cast<std::size_t>(mark.column) + 1};
}

class YamlEvents : public YAML::EventHandler {
 public:
  explicit YamlEvents(Builder& builder) : builder_(builder) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (std::exchange(started_, true)) refuse("is a second document", "one document", mark);
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (builder_.wants_key()) refuse("is a key without a text", "a text as key", mark);
    value({}, mark, anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (builder_.wants_key()) refuse("is an alias as key", "a text as key", mark);
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) refuse("is an alias to what it stands in", "an alias to an earlier value", mark);
    require(builder_.copy(found->second, place_of(mark)));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    const bool quoted = tag == "!";
    if (!quoted) refuse_tag(tag, mark);
    if (!builder_.wants_key()) return value(Builder::scalar(quoted ? Kind::string : Kind::plain, text), mark, anchor);
    if (text == "<<" && !quoted) refuse("is a merge key, which is not understood here", "the members themselves", mark);
    if (anchor != YAML::NullAnchor) refuse("is an anchor on a key", "anchors on values", mark);
    require(builder_.key(text, place_of(mark)));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(Kind::array, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(Kind::object, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    YAML::anchor_t anchor;
    YAML::Mark mark;
  };

  static void require(bool accepted) {
    if (!accepted) throw Refused{};
  }

  void refuse(std::string reason, std::string accepted, const YAML::Mark& mark) {
    require(builder_.refuse(util::ErrorCode::invalid_argument, std::move(reason), std::move(accepted), place_of(mark)));
  }

  void refuse_tag(const std::string& tag, const YAML::Mark& mark) {
    if (tag != "?" && !tag.empty())
      refuse("has the tag '" + util::for_display(tag) + "'", "a value without a tag", mark);
  }

  void value(Node scalar, const YAML::Mark& mark, YAML::anchor_t anchor) {
    require(builder_.value(std::move(scalar), place_of(mark)));
    keep(anchor, mark);
  }

  void open(Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (builder_.wants_key()) refuse("is a list or mapping as key", "a text as key", mark);
    refuse_tag(tag, mark);
    require(builder_.open(kind, place_of(mark)));
    open_.push_back({anchor, mark});
  }

  void close() {
    const Open opened = open_.back();
    open_.pop_back();
    require(builder_.close());
    keep(opened.anchor, opened.mark);
  }

  void keep(YAML::anchor_t anchor, const YAML::Mark& mark) {
    if (anchor == YAML::NullAnchor) return;
    require(builder_.count(builder_.last(), place_of(mark)));
    anchors_[anchor] = builder_.last();
  }

  Builder& builder_;
  bool started_ = false;
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, Node> anchors_;
};

/// Checks the characters, because yaml-cpp accepts invalid UTF-8 and silently stops at U+0004.
bool accept_characters(Builder& builder, std::string_view text) {
  if (util::is_xml_text(text)) return true;
  std::size_t line = 1;
  for (const std::string_view piece : util::split(text, '\n')) {
    if (!util::is_xml_text(piece)) break;
    ++line;
  }
  return builder.refuse(util::ErrorCode::invalid_argument, "is not UTF-8, or holds a control character",
                        "text in UTF-8", {line, 1});
}

/// The text with a document end marker ("..."). Without it yaml-cpp accepts a quoted scalar that is never closed.
std::string ended(std::string_view text) {
  const bool whole_lines = text.empty() || text.back() == '\n';
  return std::string(text) + (whole_lines ? "...\n" : "\n...\n");
}

void parse(Builder& builder, std::string_view text) {
  if (!builder.accept_size(text.size()) || !accept_characters(builder, text)) return;
  const std::string document = ended(text);
  const auto syntax = [&](const std::string& reason, Place place) {
    const auto last_line = static_cast<std::size_t>(std::count(document.begin(), document.end(), '\n'));
    const bool cut = place.line >= last_line;
    builder.refuse(util::ErrorCode::invalid_argument,
                   "is not YAML: " + (cut ? "ends too early" : util::for_display(reason, 200)), "a YAML document",
                   place);
  };
  try {
    std::istringstream stream(document);
    YAML::Parser parser(stream);
    YamlEvents events(builder);
    while (parser.HandleNextDocument(events)) {
    }
  } catch (const Refused&) {
    return;  // the builder has the error
  } catch (const YAML::Exception& error) {
    syntax(error.msg, place_of(error.mark));
  } catch (const std::exception& error) {
    syntax(error.what(), {});
  }
}

}  // namespace

util::Result<Node> parse_yaml(std::string_view text, const Limits& limits, Place* failed_at) {
  Builder builder(limits);
  parse(builder, text);
  if (builder.failed()) {
    if (failed_at != nullptr) *failed_at = builder.failed_at();
    return builder.error();
  }
  return builder.take();
}

}  // namespace data
