#include "http/router.h"

#include <stdexcept>
#include <utility>

#include "util/text.h"

namespace http {

struct Router::Branch {
  struct Leaf {
    Route route;
    std::vector<std::string> names;  // the names in braces of the pattern, in order
  };
  std::map<std::string, std::unique_ptr<Branch>, std::less<>> literals;
  std::unique_ptr<Branch> any;
  std::map<Method, Leaf> leaves;

  /// Searches depth first, literal segments before braces; the first branch with any route wins.
  const Branch* find(const std::vector<std::string>& segments, std::size_t at, std::vector<std::string>& values) const {
    if (at == segments.size()) return leaves.empty() ? nullptr : this;
    const std::string& segment = segments[at];
    if (const auto literal = literals.find(segment); literal != literals.end()) {
      if (const Branch* found = literal->second->find(segments, at + 1, values)) return found;
    }
    if (!any || segment.empty()) return nullptr;
    values.push_back(segment);
    if (const Branch* found = any->find(segments, at + 1, values)) return found;
    values.pop_back();
    return nullptr;
  }
};

Router::Router() : root_(std::make_unique<Branch>()) {}
Router::~Router() = default;

void Router::add(Method method, std::string_view pattern, Route route) {
  Branch* branch = root_.get();
  Branch::Leaf leaf;
  for (const std::string_view segment : util::split(pattern, '/')) {
    if (segment.empty()) continue;
    const bool braces = segment.front() == '{' && segment.back() == '}';
    if (braces) leaf.names.emplace_back(segment.substr(1, segment.size() - 2));
    std::unique_ptr<Branch>& next = braces ? branch->any : branch->literals[std::string(segment)];
    if (!next) next = std::make_unique<Branch>();
    branch = next.get();
  }
  leaf.route = std::move(route);
  meters_.push_back(std::make_unique<Meter>(std::string(to_string(method)), std::string(pattern)));
  leaf.route.meter = meters_.back().get();
  if (!branch->leaves.emplace(method, std::move(leaf)).second) {
    throw std::logic_error("two routes for one method and path: " + std::string(pattern));
  }
}

Router::Match Router::match(Method method, const std::vector<std::string>& segments) const {
  Match match;
  std::vector<std::string> values;
  const Branch* branch = root_->find(segments, 0, values);
  if (branch == nullptr) return match;
  for (const auto& [allowed, leaf] : branch->leaves) {
    match.allowed.push_back(allowed);
    const bool has_head = leaf.route.answers_head && !branch->leaves.contains(Method::head);
    if (allowed == Method::get && has_head) match.allowed.push_back(Method::head);
  }
  if (!branch->leaves.contains(Method::options)) match.allowed.push_back(Method::options);
  auto found = branch->leaves.find(method);
  if (found == branch->leaves.end() && method == Method::head) {
    found = branch->leaves.find(Method::get);
    if (found != branch->leaves.end() && !found->second.route.answers_head) found = branch->leaves.end();
  }
  if (found == branch->leaves.end()) return match;
  match.route = &found->second.route;
  for (std::size_t i = 0; i < values.size(); ++i) match.values.emplace(found->second.names[i], std::move(values[i]));
  return match;
}

}  // namespace http
