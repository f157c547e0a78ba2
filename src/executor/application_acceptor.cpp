#include "executor/application_acceptor.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "util/part_reference.h"
#include "util/text.h"

namespace executor {
namespace {

using task::Application;
using task::Declaration;
using util::Error;
using util::ErrorCode;
using util::Fault;
using uws::Parameter;

/// As a form would give it; to JSON Schema 7.0 is the integer 7.
std::string text_of(const data::Node& value) {
  if (value.kind() != data::Kind::number || value.as_int()) return value.text();
  const double number = value.as_double().value_or(0);
  const data::Node written = data::Node::number(number);
  return written.as_int() ? written.text() : value.text();
}

struct Expanded {
  std::vector<Parameter> parameters;
  std::vector<std::string> emptied;  // names that an empty list sets to nothing
};

/// A document is an object of the parameters, as the application's schema says; a list gives one name several values.
util::Result<Expanded> expand(const uws::Document& document) {
  ASSIGN_OR_RETURN(const data::Node node, task::parse_document(document.text, document.media_type));
  Expanded expanded;
  std::vector<Fault> faults;
  if (!node.is_object()) faults.push_back({"", "the document is not an object", "an object of parameters"});
  const auto add = [&](const std::string& name, const data::Node& value, const std::string& pointer) {
    if (value.is_scalar()) {
      expanded.parameters.push_back({name, text_of(value), false, {}, {}, 0});
    } else {
      faults.push_back({pointer, "is not a value", "a string, a number, true or false"});
    }
  };
  for (const auto& [name, value] : node.members()) {
    const std::string pointer = data::child_pointer("", name);
    if (!value.is_array()) {
      add(name, value, pointer);
      continue;
    }
    if (value.items().empty()) expanded.emptied.push_back(name);
    for (std::size_t i = 0; i < value.items().size(); ++i) add(name, value.items()[i], data::child_pointer(pointer, i));
  }
  if (!faults.empty()) return Error::of(ErrorCode::invalid_argument, std::move(faults));
  return expanded;
}

/// One answer in the making.
class Accepting {
 public:
  explicit Accepting(const Application& application) : application_(application) {}

  /// After all that was given: a former value stays unless something took its place.
  void keep(const Parameter& parameter) {
    const Declaration* declared = application_.declaration(parameter.name);
    const std::string& name = declared != nullptr ? declared->name : parameter.name;
    const bool replaced = set_.contains(name);
    if (replaced) return;
    if (declared != nullptr && declared->accumulate && !parameter.by_reference)
      return keep_beside(parameter, *declared);
    add(parameter, declared);
  }

  void give(const Parameter& parameter) {
    const Declaration* declared = application_.declaration(parameter.name);
    if (parameter.by_reference) return give_upload(parameter, declared);
    if (declared == nullptr) {
      if (!application_.ignore_unknown) {
        refuse(task::unknown_parameter(application_, parameter.name, uws::control_parameters()));
      }
      return;
    }
    if (application_.empty_is_absent && parameter.value.empty()) return void(set_.insert(declared->name));
    const bool later = application_.judge == task::JudgeAt::run;
    auto fault = later ? task::judge_text(*declared, parameter.value) : task::judge(*declared, parameter.value);
    if (fault) return refuse(*std::move(fault));
    // NAME=param:NAME with a part of that name: the part alone says it.
    const auto parts = task::parts_of(*declared, parameter.value);
    const bool itself =
        parts.size() == 1 && util::iequals(parts.front(), declared->name) && is_fresh_upload(declared->name);
    if (!itself && !is_said(parameter, *declared)) add(parameter, declared);
    if (!declared->accumulate) set_.insert(declared->name);
  }

  /// Its former values go.
  void empty(const std::string& name) {
    const Declaration* declared = application_.declaration(name);
    if (declared != nullptr) return void(set_.insert(declared->name));
    if (!application_.ignore_unknown) refuse(task::unknown_parameter(application_, name, uws::control_parameters()));
  }

  void announce(const std::vector<Parameter>& given) {
    for (const Parameter& parameter : given) {
      const Declaration* declared = application_.declaration(parameter.name);
      if (parameter.by_reference) fresh_uploads_.insert(declared != nullptr ? declared->name : parameter.name);
    }
  }

  util::Result<std::vector<Parameter>> finish() {
    for (auto& [name, former] : former_) {
      auto& own = values_[name];
      own.insert(own.begin(), std::make_move_iterator(former.begin()), std::make_move_iterator(former.end()));
    }
    add_defaults();
    check_counts();
    tidy_uploads();
    if (!faults_.empty()) return Error::of(ErrorCode::invalid_argument, std::move(faults_));
    std::vector<Parameter> all;
    for (const Declaration& declared : application_.parameters) {
      const auto& own = values_[declared.name];
      all.insert(all.end(), own.begin(), own.end());
    }
    for (auto& [name, upload] : uploads_) all.push_back(std::move(upload));
    return all;
  }

 private:
  void refuse(Fault fault) { faults_.push_back(std::move(fault)); }
  bool is_fresh_upload(const std::string& name) const { return fresh_uploads_.contains(name); }

  /// The same value once more, where one is taken.
  bool is_said(const Parameter& parameter, const Declaration& declared) {
    const auto& given = values_[declared.name];
    return !declared.multiple && std::any_of(given.begin(), given.end(), [&](const Parameter& other) {
      return !other.by_reference && other.value == parameter.value;
    });
  }

  /// What is given now is added to it, or to what of it has not been given anew.
  void keep_beside(Parameter former, const Declaration& declared) {
    for (const Parameter& later : values_[declared.name]) {
      if (declared.passing.folder.empty()) break;
      former.value = task::without_files_of(declared, former.value, later.value);
    }
    if (former.value.empty()) return;
    for (const std::string& part : task::parts_of(declared, former.value)) {
      const auto fresh = util::find_part(fresh_uploads_, part, [](const std::string& name) { return name; });
      if (fresh == fresh_uploads_.end()) continue;
      refuse({declared.name, "the part '" + util::shown(part) + "' is what a former value refers to",
              "another name for the new part"});
    }
    former_[declared.name].push_back(std::move(former));
  }

  void give_upload(const Parameter& upload, const Declaration* declared) {
    if (declared != nullptr && declared->passing.file.empty()) {
      return refuse({declared->name, "was uploaded, and is not taken as a file", task::accepted_values(*declared)});
    }
    add(upload, declared);
    set_.insert(declared != nullptr ? declared->name : upload.name);
  }

  void add(Parameter parameter, const Declaration* declared) {
    if (declared == nullptr) {
      uploads_[parameter.name] = std::move(parameter);
    } else {
      parameter.name = declared->name;
      values_[declared->name].push_back(std::move(parameter));
    }
  }

  void add_defaults() {
    for (const Declaration& declared : application_.parameters) {
      auto& own = values_[declared.name];
      if (own.empty() && declared.default_value)
        own.push_back({declared.name, *declared.default_value, false, {}, {}, 0});
    }
  }

  void check_counts() {
    for (const Declaration& declared : application_.parameters) {
      const std::size_t count = values_[declared.name].size();
      if (count > 1 && !declared.multiple) {
        refuse({declared.name, "is given " + std::to_string(count) + " times", "one value"});
      }
    }
  }

  /// Drops former uploads that no value speaks of any more; a fresh one that none speaks of is a fault.
  void tidy_uploads() {
    std::set<std::string> spoken_of;
    for (const Declaration& declared : application_.parameters) {
      for (const Parameter& value : values_[declared.name]) {
        for (const std::string& part : task::parts_of(declared, value.value)) {
          const auto upload =
              util::find_part(uploads_, part, [](const auto& item) { return std::string_view(item.first); });
          if (upload != uploads_.end()) spoken_of.insert(upload->first);
        }
      }
    }
    for (auto upload = uploads_.begin(); upload != uploads_.end();) {
      if (spoken_of.contains(upload->first)) {
        ++upload;
        continue;
      }
      if (is_fresh_upload(upload->first) && !application_.ignore_unknown) {
        Fault fault = task::unknown_parameter(application_, upload->first);
        fault.reason = "was uploaded, and no parameter refers to it";
        refuse(std::move(fault));
      }
      upload = uploads_.erase(upload);
    }
  }

  const Application& application_;
  std::map<std::string, std::vector<Parameter>> values_;  // by declared name
  std::map<std::string, std::vector<Parameter>> former_;  // that were given earlier, and are added to
  std::map<std::string, Parameter> uploads_;              // what is no declared parameter itself
  std::set<std::string> set_;                             // names that this request sets
  std::set<std::string> fresh_uploads_;
  std::vector<Fault> faults_;
};

}  // namespace

util::Result<uws::AcceptedTask> ApplicationAcceptor::accept(const uws::Owner&, const std::vector<Parameter>& present,
                                                            const uws::JobRequest& given) const {
  std::vector<Parameter> fresh = given.parameters;
  std::vector<std::string> emptied;
  if (given.document) {
    const auto plain = std::find_if(fresh.begin(), fresh.end(), [](const Parameter& p) { return !p.by_reference; });
    if (plain != fresh.end()) {
      return Error::of(ErrorCode::invalid_argument, Fault{util::shown(plain->name), "is given together with a document",
                                                          "either a document, or parameters"});
    }
    ASSIGN_OR_RETURN(const Expanded expanded, expand(*given.document));
    fresh.insert(fresh.end(), expanded.parameters.begin(), expanded.parameters.end());
    emptied = expanded.emptied;
  }
  Accepting accepting(application_);
  for (const std::string& name : emptied) accepting.empty(name);
  accepting.announce(fresh);
  for (const Parameter& parameter : fresh) accepting.give(parameter);
  for (const Parameter& parameter : present) accepting.keep(parameter);
  ASSIGN_OR_RETURN(std::vector<Parameter> parameters, accepting.finish());

  const auto task = admission_.task_of(application_.name, parameters);
  if (!task.ok()) {
    if (application_.judge == task::JudgeAt::given) return task.error();
    return uws::AcceptedTask{std::move(parameters)};  // RUN will say what is wrong
  }
  if (auto faults = admission_.refusals(application_.name, *task); !faults.empty()) {
    return Error::of(ErrorCode::forbidden, std::move(faults));
  }
  return uws::AcceptedTask{std::move(parameters)};
}

}  // namespace executor
