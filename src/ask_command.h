// The command "docker-uws ask": sends one question to many planners and prints their answers. Called by main(), on its
// thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "settings.h"

struct AskCommand {
  std::string question;               // a file, or "-" for standard input
  std::vector<std::string> planners;  // URLs, in addition to the planners of the configuration
  std::vector<std::string> tags;
  std::string type;                    // the task type; given instead of a question file
  std::vector<std::string> info;       // name=value, members of taskinfo
  std::vector<std::string> resources;  // name=value, members of resources
  bool as_json = false;
};

/// Prints the answers as a table or as JSON. Returns EXIT_SUCCESS if at least one planner answers YES.
int ask(const AskCommand& command, const std::optional<Settings>& settings);
