// docker-uws ask: one question to many planners, from the command line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "settings.h"

struct AskCommand {
  std::string question;               // a file, or "-"
  std::vector<std::string> planners;  // URLs, beside those of the configuration
  std::vector<std::string> tags;
  std::string type;                    // instead of a file
  std::vector<std::string> info;       // name=value, of the taskinfo
  std::vector<std::string> resources;  // likewise
  bool as_json = false;
};

/// Prints a table, or JSON. Success: at least one planner says YES.
int ask(const AskCommand& command, const std::optional<Settings>& settings);
