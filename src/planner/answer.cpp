#include "planner/answer.h"

#include <string_view>
#include <utility>

#include "util/text.h"

namespace planner {
namespace {

using data::Node;

// The published note misspells these two words. Answers have both the note's spelling and the correct one.
constexpr std::string_view word_published = "reponseword";
constexpr std::string_view word_meant = "responseword";
constexpr std::string_view info_published = "reponseinfo";
constexpr std::string_view info_meant = "responseinfo";

constexpr std::size_t most_reasons = 1000;  // that are read from another planner's answer

Node interfaces_of(const Answer& answer) {
  Node list = Node::array();
  for (const Interface& interface : answer.interfaces) {
    Node node = Node::object();
    node.set("servicetype", Node::string(interface.servicetype));
    node.set("serviceinfo", interface.serviceinfo);
    if (!interface.platform.empty()) node.set("platform", Node::string(interface.platform));
    list.push(std::move(node));
  }
  return list;
}

Node reasons_of(const Answer& answer) {
  Node list = Node::array();
  for (const Reason& reason : answer.reasons) {
    Node node = Node::object();
    if (reason.httpcode != 0) node.set("httpcode", Node::number(std::int64_t{reason.httpcode}));
    node.set("text", Node::string(reason.text));
    if (!reason.path.empty()) node.set("path", Node::string(reason.path));
    list.push(std::move(node));
  }
  Node info = Node::object();
  info.set("reasons", std::move(list));
  return info;
}

const Node* either(const Node& document, std::string_view meant, std::string_view published) {
  const Node* node = document.find(meant);
  return node != nullptr ? node : document.find(published);
}

std::string text_at(const Node& node, std::string_view key) {
  const Node* value = node.find(key);
  return value != nullptr ? value->text() : std::string();
}

Interface interface_of(const Node& node) {
  Interface interface;
  interface.servicetype = text_at(node, "servicetype");
  interface.platform = text_at(node, "platform");
  if (const Node* info = node.find("serviceinfo"); info != nullptr && info->is_object()) interface.serviceinfo = *info;
  return interface;
}

}  // namespace

Reason reason_of(int httpcode, const util::Fault& fault) {
  std::string text = fault.reason;
  if (!fault.accepted.empty()) text += " (accepted: " + fault.accepted + ")";
  return {httpcode, std::move(text), fault.input};
}

Node to_node(const Answer& answer) {
  Node node = Node::object();
  const std::string word = answer.is_yes ? "YES" : "NO";
  node.set(std::string(word_meant), Node::string(word));
  node.set(std::string(word_published), Node::string(word));
  node.set("tasktype", Node::string(answer.tasktype));
  if (answer.is_yes && !answer.interfaces.empty()) {
    node.set("servicetype", Node::string(answer.interfaces.front().servicetype));
    node.set("serviceinfo", answer.interfaces.front().serviceinfo);
  }
  node.set("interfaces", interfaces_of(answer));
  if (!answer.resources.members().empty()) node.set("resources", answer.resources);
  if (!answer.is_yes) {
    node.set(std::string(info_meant), reasons_of(answer));
    node.set(std::string(info_published), reasons_of(answer));
  }
  if (!answer.notes.empty()) node.set("notes", Node::strings(answer.notes));
  return node;
}

util::Result<Answer> answer_of(const Node& document) {
  const auto bad = [](std::string pointer, std::string reason, std::string accepted) {
    return util::Error::of(util::ErrorCode::invalid_argument,
                           util::Fault{std::move(pointer), std::move(reason), std::move(accepted)});
  };
  if (!document.is_object()) return bad("", "is no planner's answer", "an object with responseword");
  const Node* word = either(document, word_meant, word_published);
  const std::string said = word != nullptr ? word->text() : std::string();
  if (said != "YES" && said != "NO") {
    return bad("/responseword", "is " + (said.empty() ? std::string("missing") : "'" + util::for_display(said) + "'"),
               "YES or NO");
  }
  Answer answer;
  answer.is_yes = said == "YES";
  answer.tasktype = text_at(document, "tasktype");
  if (const Node* list = document.find("interfaces"); list != nullptr && list->is_array()) {
    for (const Node& item : list->items()) answer.interfaces.push_back(interface_of(item));
    std::erase_if(answer.interfaces, [](const Interface& interface) { return interface.servicetype.empty(); });
  }
  if (answer.interfaces.empty() && document.find("servicetype") != nullptr) {
    answer.interfaces.push_back(interface_of(document));
  }
  if (answer.is_yes && answer.interfaces.empty()) {
    return bad("/interfaces", "is empty, and the answer is YES", "at least one interface with its servicetype");
  }
  const Node* info = either(document, info_meant, info_published);
  if (const Node* reasons = info != nullptr ? info->find("reasons") : nullptr; reasons != nullptr) {
    for (const Node& item : reasons->items()) {
      if (answer.reasons.size() == most_reasons) break;
      const Node* code = item.find("httpcode");
      const auto httpcode = code != nullptr ? code->as_int().value_or(0) : 0;
      answer.reasons.push_back({static_cast<int>(httpcode), text_at(item, "text"), text_at(item, "path")});
    }
  }
  if (const Node* notes = document.find("notes"); notes != nullptr) {
    for (const Node& note : notes->items()) answer.notes.push_back(note.text());
  }
  if (const Node* resources = document.find("resources"); resources != nullptr && resources->is_object()) {
    answer.resources = *resources;
  }
  return answer;
}

}  // namespace planner
