#include "data/schema.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "util/text.h"

namespace data {
namespace {

using util::Fault;

constexpr std::array<std::string_view, 7> types{"object", "array", "string", "integer", "number", "boolean", "null"};

bool is_of_type(const Node& value, std::string_view type) {
  const bool is_text = value.kind() == Kind::string || value.kind() == Kind::plain;
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array() || value.kind() == Kind::plain;
  if (type == "string") return is_text;
  if (type == "integer") return value.as_int().has_value();
  if (type == "number") return value.as_double().has_value();
  if (type == "boolean") return value.as_bool().has_value();
  return value.is_null();
}

std::string article(std::string_view type) {
  if (type == "null") return "null";
  const bool vowel = type.front() == 'a' || type.front() == 'i' || type.front() == 'o';
  if (type == "array") return "a list";
  if (type == "integer") return "a whole number";
  if (type == "boolean") return "true or false";
  return (vowel ? "an " : "a ") + std::string(type);
}

/// The types that a schema names, one or several.
std::vector<std::string_view> named_types(const Node& schema) {
  const Node* type = schema.find("type");
  if (type == nullptr) return {};
  std::vector<std::string_view> named;
  if (!type->is_array()) return {type->text()};
  for (const Node& item : type->items()) named.emplace_back(item.text());
  return named;
}

/// Compares numbers and booleans by value, other scalars by their text, arrays and objects by their contents.
bool equal(const Node& a, const Node& b) {
  if (a.is_array() || b.is_array()) {
    return a.is_array() && b.is_array() &&
           std::equal(a.items().begin(), a.items().end(), b.items().begin(), b.items().end(), equal);
  }
  if (a.is_object() || b.is_object()) {
    if (!a.is_object() || !b.is_object() || a.members().size() != b.members().size()) return false;
    return std::all_of(a.members().begin(), a.members().end(), [&](const auto& member) {
      const Node* other = b.find(member.first);
      return other != nullptr && equal(member.second, *other);
    });
  }
  if (a.is_null() || b.is_null()) return a.is_null() && b.is_null();
  if (const auto x = a.as_double(), y = b.as_double(); x && y) return *x == *y;
  if (const auto x = a.as_bool(), y = b.as_bool(); x || y) return x == y;
  return a.text() == b.text();
}

std::string list_of(const std::vector<Node>& values) {
  std::string text;
  for (const Node& value : values) text += (text.empty() ? "" : ", ") + to_json(value);
  return util::for_display(text, 300);
}

/// Checks a value and collects its faults.
class Validator {
 public:
  void check(const Node& schema, const Node& value, const std::string& pointer) {
    if (!check_type(schema, value, pointer)) return;
    check_values(schema, value, pointer);
    if (value.is_object()) check_object(schema, value, pointer);
    if (wants_array(schema, value)) check_array(schema, value, pointer);
    if (value.as_string()) check_string(schema, *value.as_string(), pointer);
    if (const auto number = value.as_double()) check_number(schema, *number, pointer);
  }

  std::vector<Fault> take() {
    if (beyond_ > 0) faults_.push_back({"", "has " + std::to_string(beyond_) + " more faults", "as said above"});
    return std::move(faults_);
  }

 private:
  static constexpr std::size_t most_faults = 100;
  static constexpr std::size_t most_compared = 1000;  // items of an array, as each is compared with each

  void fault(const std::string& pointer, std::string reason, std::string accepted) {
    if (faults_.size() == most_faults) {
      ++beyond_;
    } else {
      faults_.push_back({pointer, std::move(reason), std::move(accepted)});
    }
  }

  bool check_type(const Node& schema, const Node& value, const std::string& pointer) {
    const auto named = named_types(schema);
    if (named.empty()) return true;
    if (std::any_of(named.begin(), named.end(), [&](std::string_view type) { return is_of_type(value, type); })) {
      return true;
    }
    std::string accepted;
    for (const std::string_view type : named) accepted += (accepted.empty() ? "" : ", or ") + article(type);
    fault(pointer, "is not " + accepted, accepted);
    return false;
  }

  void check_values(const Node& schema, const Node& value, const std::string& pointer) {
    if (const Node* only = schema.find("const"); only != nullptr && !equal(*only, value)) {
      fault(pointer, "is not " + util::for_display(to_json(*only)), to_json(*only));
    }
    const Node* listed = schema.find("enum");
    if (listed == nullptr) return;
    const auto is_value = [&](const Node& one) { return equal(one, value); };
    if (std::any_of(listed->items().begin(), listed->items().end(), is_value)) return;
    fault(pointer, util::for_display(to_json(value)) + " is not in the list", "one of " + list_of(listed->items()));
  }

  void check_object(const Node& schema, const Node& value, const std::string& pointer) {
    const Node* properties = schema.find("properties");
    if (const Node* required = schema.find("required")) {
      for (const Node& name : required->items()) {
        if (value.find(name.text()) != nullptr) continue;
        const Node* property = properties != nullptr ? properties->find(name.text()) : nullptr;
        fault(child_pointer(pointer, name.text()), "is missing",
              property != nullptr ? described(*property) : "a value");
      }
    }
    const Node* others = schema.find("additionalProperties");
    const bool closed = others != nullptr && others->as_bool() == false;
    for (const auto& [name, member] : value.members()) {
      const Node* property = properties != nullptr ? properties->find(name) : nullptr;
      if (property != nullptr) {
        check(*property, member, child_pointer(pointer, name));
      } else if (closed) {
        fault(child_pointer(pointer, name), "is not known", names_of(properties));
      }
    }
  }

  static std::string names_of(const Node* properties) {
    std::string names;
    if (properties == nullptr) return "nothing here";
    for (const auto& [name, property] : properties->members()) names += (names.empty() ? "" : ", ") + name;
    return names;
  }

  static bool wants_array(const Node& schema, const Node& value) {
    if (value.is_array()) return true;
    const auto named = named_types(schema);
    return value.kind() == Kind::plain && std::find(named.begin(), named.end(), "array") != named.end();
  }

  void check_array(const Node& schema, const Node& value, const std::string& pointer) {
    const std::vector<Node> alone{value};
    const std::vector<Node>& items = value.is_array() ? value.items() : alone;
    check_count(schema, items.size(), pointer, "minItems", "maxItems", " values");
    const Node* unique = schema.find("uniqueItems");
    const bool is_unique = unique != nullptr && unique->as_bool() == true;
    if (is_unique && items.size() > most_compared) {
      fault(pointer, "has " + std::to_string(items.size()) + " values", "at most " + std::to_string(most_compared));
    } else if (is_unique) {
      for (std::size_t i = 1; i < items.size(); ++i) {
        const auto end = items.begin() + static_cast<std::ptrdiff_t>(i);
        const bool twice = std::any_of(items.begin(), end, [&](const Node& other) { return equal(other, items[i]); });
        if (twice) fault(child_pointer(pointer, i), "is in the list already", "each value once");
      }
    }
    if (const Node* item = schema.find("items")) {
      for (std::size_t i = 0; i < items.size(); ++i) {
        check(*item, items[i], value.is_array() ? child_pointer(pointer, i) : pointer);
      }
    }
  }

  void check_string(const Node& schema, const std::string& text, const std::string& pointer) {
    const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };  // in UTF-8
    const auto characters = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins));
    check_count(schema, characters, pointer, "minLength", "maxLength", " characters");
  }

  void check_count(const Node& schema, std::size_t count, const std::string& pointer, std::string_view least,
                   std::string_view most, const std::string& unit) {
    const auto limit = [&](std::string_view word) {
      const Node* node = schema.find(word);
      return node != nullptr ? node->as_int() : std::nullopt;
    };
    const auto size = static_cast<std::int64_t>(count);
    if (const auto minimum = limit(least); minimum && size < *minimum) {
      fault(pointer, "has " + std::to_string(size) + unit, "at least " + std::to_string(*minimum));
    }
    if (const auto maximum = limit(most); maximum && size > *maximum) {
      fault(pointer, "has " + std::to_string(size) + unit, "at most " + std::to_string(*maximum));
    }
  }

  void check_number(const Node& schema, double number, const std::string& pointer) {
    const Node* minimum = schema.find("minimum");
    const Node* maximum = schema.find("maximum");
    const bool too_small = minimum != nullptr && number < minimum->as_double().value_or(number);
    const bool too_large = maximum != nullptr && number > maximum->as_double().value_or(number);
    if (!too_small && !too_large) return;
    std::string accepted = "a number";
    if (minimum != nullptr) accepted += " from " + minimum->text();
    if (maximum != nullptr) accepted += (minimum != nullptr ? " to " : " up to ") + maximum->text();
    fault(pointer, too_small ? "is too small" : "is too large", accepted);
  }

  static std::string described(const Node& schema) {
    if (const Node* listed = schema.find("enum")) return "one of " + list_of(listed->items());
    const auto named = named_types(schema);
    std::string text = named.empty() ? "a value" : article(named.front());
    if (const Node* description = schema.find("description"))
      text += ": " + util::for_display(description->text(), 200);
    return text;
  }

  std::vector<Fault> faults_;
  std::size_t beyond_ = 0;
};

/// Checks a schema and collects its faults: unknown keywords and wrong values.
class SchemaReader {
 public:
  void read(const Node& schema, const std::string& pointer) {
    if (!schema.is_object()) return fault(pointer, "is no schema", "a mapping");
    for (const auto& [word, value] : schema.members()) {
      const std::string at = child_pointer(pointer, word);
      const auto known =
          std::find_if(words().begin(), words().end(), [&word = word](const auto& w) { return w.first == word; });
      if (known == words().end()) {
        fault(at, "is not understood in a schema here", all_words());
      } else {
        (this->*(known->second))(value, at);
      }
    }
  }

  std::vector<Fault> take() { return std::move(faults_); }

 private:
  using Rule = void (SchemaReader::*)(const Node&, const std::string&);

  static const std::vector<std::pair<std::string_view, Rule>>& words() {
    static const std::vector<std::pair<std::string_view, Rule>> all{
        {"type", &SchemaReader::type},        {"enum", &SchemaReader::list},
        {"const", &SchemaReader::anything},   {"properties", &SchemaReader::properties},
        {"required", &SchemaReader::strings}, {"additionalProperties", &SchemaReader::boolean},
        {"items", &SchemaReader::read},       {"minItems", &SchemaReader::count},
        {"maxItems", &SchemaReader::count},   {"uniqueItems", &SchemaReader::boolean},
        {"minLength", &SchemaReader::count},  {"maxLength", &SchemaReader::count},
        {"minimum", &SchemaReader::number},   {"maximum", &SchemaReader::number},
        {"title", &SchemaReader::anything},   {"description", &SchemaReader::anything},
        {"default", &SchemaReader::anything}, {"examples", &SchemaReader::anything},
        {"$schema", &SchemaReader::anything}, {"$id", &SchemaReader::anything},
    };
    return all;
  }

  static std::string all_words() {
    std::string text;
    for (const auto& [word, rule] : words()) text += (text.empty() ? "" : ", ") + std::string(word);
    return text;
  }

  void fault(const std::string& pointer, std::string reason, std::string accepted) {
    faults_.push_back({pointer, std::move(reason), std::move(accepted)});
  }

  void type(const Node& value, const std::string& at) {
    const auto one = [&](const Node& name) {
      if (std::find(types.begin(), types.end(), name.text()) == types.end()) {
        fault(at, "'" + util::for_display(name.text()) + "' is no type",
              "object, array, string, integer, number, boolean, null");
      }
    };
    if (!value.is_array()) return one(value);
    for (const Node& name : value.items()) one(name);
  }
  void list(const Node& value, const std::string& at) {
    if (!value.is_array() || value.items().empty()) fault(at, "is no list of values", "a list of at least one");
  }
  void strings(const Node& value, const std::string& at) {
    const auto is_name = [](const Node& name) { return name.as_string().has_value(); };
    if (value.is_array() && std::all_of(value.items().begin(), value.items().end(), is_name)) return;
    fault(at, "is no list of names", "a list of names");
  }
  void properties(const Node& value, const std::string& at) {
    if (!value.is_object()) return fault(at, "is not a mapping", "a mapping from names to schemas");
    for (const auto& [name, schema] : value.members()) read(schema, child_pointer(at, name));
  }
  void boolean(const Node& value, const std::string& at) {
    if (!value.as_bool()) fault(at, "is not true or false", "true or false");
  }
  void count(const Node& value, const std::string& at) {
    if (!value.as_int() || *value.as_int() < 0) fault(at, "is not a count", "a whole number from 0");
  }
  void number(const Node& value, const std::string& at) {
    if (!value.as_double()) fault(at, "is not a number", "a number");
  }
  void anything(const Node& /*value*/, const std::string& /*at*/) {}

  std::vector<Fault> faults_;
};

}  // namespace

util::Result<Schema> Schema::compile(const Node& schema, const std::string& pointer) {
  SchemaReader reading;
  reading.read(schema, pointer);
  if (auto faults = reading.take(); !faults.empty()) {
    return util::Error::of(util::ErrorCode::invalid_argument, std::move(faults));
  }
  return Schema(std::make_shared<const Node>(schema));
}

std::vector<Fault> Schema::check(const Node& value, const std::string& pointer) const {
  Validator checking;
  checking.check(*source_, value, pointer);
  return checking.take();
}

Node Schema::with_defaults(Node value) const {
  const Node* properties = source_->find("properties");
  if (properties == nullptr || !value.is_object()) return value;
  for (const auto& [name, property] : properties->members()) {
    const Node* given = property.find("default");
    if (given != nullptr && value.find(name) == nullptr) value.set(name, *given);
  }
  return value;
}

namespace {

Node coerced_by(const Node& schema, const Node& value) {
  const auto named = named_types(schema);
  const auto wants = [&](std::string_view type) { return std::find(named.begin(), named.end(), type) != named.end(); };
  const Node* items = schema.find("items");
  if (value.kind() == Kind::plain && !wants("string") && wants("array")) {
    Node list = Node::array();
    list.push(items != nullptr ? coerced_by(*items, value) : value);
    return list;
  }
  const bool is_other = wants("number") || wants("integer") || wants("boolean");
  if (value.kind() == Kind::plain && wants("string") && !is_other) return Node::string(value.text());
  if (value.is_array() && items != nullptr) {
    Node list = Node::array();
    for (const Node& item : value.items()) list.push(coerced_by(*items, item));
    return list;
  }
  const Node* properties = value.is_object() ? schema.find("properties") : nullptr;
  if (properties == nullptr) return value;
  Node object = value;
  for (const auto& [name, property] : properties->members()) {
    if (const Node* member = value.find(name)) object.set(name, coerced_by(property, *member));
  }
  return object;
}

}  // namespace

Node Schema::coerced(const Node& value) const { return coerced_by(*source_, value); }

std::vector<std::string> Schema::unnamed_members(const Node& value) const {
  const Node* properties = source_->find("properties");
  std::vector<std::string> unnamed;
  for (const auto& [name, member] : value.members()) {
    if (properties == nullptr || properties->find(name) == nullptr) unnamed.push_back(name);
  }
  return unnamed;
}

}  // namespace data
