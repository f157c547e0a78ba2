// The labels that this service sets on every container, volume and network that it creates, and compares exactly.
#pragma once

#include <string>
#include <string_view>

#include "data/node.h"
#include "executor/engine.h"

namespace docker::labels {

inline constexpr std::string_view installation = "org.docker-uws.installation";
inline constexpr std::string_view job = "org.docker-uws.job";
inline constexpr std::string_view attempt = "org.docker-uws.attempt";
/// The image's digest when the container was created.
inline constexpr std::string_view digest = "org.docker-uws.image-digest";
inline constexpr std::string_view note = "org.docker-uws.note";  // about its image, for jobInfo
/// Prefix of the labels for the names of ports, followed by the port: "8888/tcp".
inline constexpr std::string_view port_name = "org.docker-uws.port.";

/// The labels of a run, as an object.
inline data::Node of(const executor::RunId& run) {
  auto node = data::Node::object();
  node.set(std::string(installation), data::Node::string(run.installation));
  node.set(std::string(job), data::Node::string(run.job));
  node.set(std::string(attempt), data::Node::string(std::to_string(run.attempt)));
  return node;
}

inline bool has(const data::Node* labels, std::string_view name, std::string_view value) {
  const auto* label = labels == nullptr ? nullptr : labels->find(name);
  return label != nullptr && label->as_string() == value;
}

/// True if these are the labels of exactly this run.
inline bool are_of(const data::Node* labels, const executor::RunId& run) {
  return has(labels, installation, run.installation) && has(labels, job, run.job) &&
         has(labels, attempt, std::to_string(run.attempt));
}

}  // namespace docker::labels
