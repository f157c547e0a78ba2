// An engine of the configuration file, before it is made. The room of each kind of engine implements this; the table of
// kinds is in settings.cpp.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/section.h"
#include "executor/engine.h"
#include "net/client.h"
#include "task/registry_login.h"
#include "util/event_loop.h"

namespace executor {

/// What an engine is made with. All of it must outlive the engine, and the client's thread must stop before the loop is
/// destroyed. The engine is used and destroyed on the loop's thread, or while the loop does not run.
struct EngineContext {
  std::string installation;  // from the database
  net::Client& client;
  util::EventLoop& loop;
};

class ConfiguredEngine {
 public:
  virtual ~ConfiguredEngine() = default;

  virtual std::unique_ptr<Engine> make(const EngineContext& context) const = 0;
  /// The logins with which the engine pulls images.
  virtual std::vector<task::RegistryLogin> registry_logins() const { return {}; }
  /// False: only images that the engine has can run.
  virtual bool pulls_images() const = 0;
  /// The path of the unix socket at which the engine is reached, if there is one.
  virtual std::optional<std::string> socket() const { return std::nullopt; }
};

/// Reads one item of `engines`. The other keys of the item, which the executor reads itself, are in `other_keys`.
using ReadEngine = std::shared_ptr<const ConfiguredEngine> (*)(const config::Section& section,
                                                               const std::vector<std::string>& other_keys,
                                                               config::Faults& faults);

}  // namespace executor
