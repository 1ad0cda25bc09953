#include "machine/control/qmp/qmp_schema.h"

#include <string>
#include <utility>

namespace vireo {
namespace {

// Types go by their place in the list, as nobody may rely on their names; built-in ones and
// their lists are called as QEMU calls them.
class Schema {
 public:
  Schema() {
    for (const auto& [name, kind] : {std::pair("str", "string"), std::pair("int", "int"),
                                     std::pair("bool", "boolean"), std::pair("any", "value")}) {
      rows_.push_back({{"name", name}, {"meta-type", "builtin"}, {"json-type", kind}});
    }
    rows_.push_back({{"name", "[any]"},
                     {"meta-type", "array"},
                     {"json-type", "array"},
                     {"element-type", "any"}});
    nothing_ = object(Json::array());
  }

  void add(const QmpCommand& command) {
    rows_.push_back({{"name", command.name},
                     {"meta-type", "command"},
                     {"arg-type", type_of(command.parameters)},
                     {"ret-type", type_of(command.returns)},
                     {"allow-oob", false}});
  }
  void add(const QmpEventForm& event) {
    rows_.push_back({{"name", event.name},
                     {"meta-type", "event"},
                     {"arg-type", type_of(event.members)}});
  }
  Json take() { return std::move(rows_); }

 private:
  std::string object(Json members) {
    std::string name = std::to_string(rows_.size());
    rows_.push_back({{"name", name}, {"meta-type", "object"}, {"members", std::move(members)}});
    return name;
  }

  // A member that may be left out has a default that nobody tells.
  std::string type_of(std::span<const QmpParameter> parameters) {
    if (parameters.empty()) return nothing_;
    Json members = Json::array();
    for (const QmpParameter& parameter : parameters) {
      Json member = {{"name", parameter.name}, {"type", type_of(parameter.type)}};
      if (parameter.optional) member["default"] = nullptr;
      members.push_back(std::move(member));
    }
    return object(std::move(members));
  }
  static std::string type_of(QmpType type) {
    switch (type) {
      case QmpType::kText:
        return "str";
      case QmpType::kNumber:
        return "int";
      case QmpType::kFlag:
        return "bool";
      case QmpType::kArray:
        return "[any]";
      case QmpType::kObject:
        break;
    }
    return "any";
  }
  std::string type_of(QmpReturns returns) const {
    switch (returns) {
      case QmpReturns::kNothing:
        return nothing_;
      case QmpReturns::kList:
        return "[any]";
      case QmpReturns::kText:
        return "str";
      case QmpReturns::kObject:
        break;
    }
    return "any";
  }

  Json rows_ = Json::array();
  std::string nothing_;  // an object without members
};

}  // namespace

Json qmp_schema(const std::vector<const QmpCommand*>& commands,
                std::span<const QmpEventForm> events) {
  constexpr QmpParameter kEnable[] = {{"enable", QmpType::kArray, true}};
  Schema schema;
  schema.add(QmpCommand{"qmp_capabilities", kEnable, nullptr});
  for (const QmpCommand* command : commands) schema.add(*command);
  for (const QmpEventForm& event : events) schema.add(event);
  return schema.take();
}

}  // namespace vireo
