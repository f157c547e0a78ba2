// All differences between the engines that share this API, each in one function.
//
// Messages are recognised by their text, behaviour depends on the kind of engine. docs/engines.md describes the
// differences. Computes only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/node.h"
#include "docker/api/api.h"
#include "docker/facts.h"
#include "executor/engine.h"

namespace docker {

// Recognising messages of the engine.

/// 20 for "20.10.24" in the answer to /version; absent if the version does not begin with a number.
std::optional<std::uint64_t> major_version(const data::Node& version);

/// True if a request to create something failed because its name is in use.
bool name_is_taken(const Answer& answer);

/// True if Podman failed because it still counts a mount of the container's storage that no longer exists.
bool is_lost_mount(const Answer& answer);

/// True if the answer to an archive request means that the path can never be read, so that a repetition is useless. A
/// run can cause this with a loop of symbolic links or, on Podman, by changing the user that the engine looks up.
bool is_unreadable_path(const Answer& answer);

/// True if Podman cannot find the image's user, which it looks up before any access to the container's files.
bool is_unknown_user(const Answer& answer);

/// Which rlimit, "nproc" or "nofile", the engine refused because it is above the engine's own limit; empty: neither.
std::string refused_rlimit(std::string_view words);

/// True if the message means that a port of the host is already in use.
bool is_port_clash(std::string_view words);

/// True if the message means that the engine's disk is full.
bool is_full_disk(std::string_view words);

/// Why a container was not started, from the engine's message and the exit code that Docker sets (0: none).
executor::EndCause cause_of_refused_start(std::string_view words, int exit_code);

/// Why an image could not be pulled.
executor::EndCause cause_of_failed_pull(std::string_view words, long status);

/// With `Init`, the engine starts a small init that runs the command. True if the exit code may mean that the init
/// could not run the command; the command itself may exit with the same code.
bool may_be_init_failure(Kind kind, int exit_code);

/// The cause, if `line`, which the container wrote, is the init's message that it could not run the command; else
/// nullopt.
std::optional<executor::EndCause> cause_of_init_failure(std::string_view line, int exit_code);

/// The command of an inspected container, without the init that runs it.
std::string command_of(const data::Node& container);

// Behaviour of the engine.

/// Configures a log driver that keeps logs byte for byte and has a size limit that leaves room for `log_bytes` of each
/// stream.
data::Node log_config(Kind kind, std::int64_t log_bytes);

/// The engine reports when a container's memory ran out. Then the absence of a report means that it did not.
bool reports_memory(Kind kind);

/// See LineMender.
bool loses_newlines(const Facts& facts);

/// A log that is followed while it grows quickly has gaps; a log that is read without following is complete.
bool loses_followed_lines(Kind kind);

/// Events about ends come up to a quarter of a second late, because the engine polls for ends at that interval.
bool reports_ends_late(Kind kind);

/// If the source of a bind mount is missing, the engine silently creates an empty folder on the host.
bool makes_missing_sources(Kind kind);

/// A bridge can neither isolate containers from each other nor publish ports of a container that has no way out. So
/// each run gets its own network.
bool has_network_per_run(Kind kind);

/// The host port is chosen when the container is created, so another port needs another container.
bool chooses_ports_at_create(Kind kind);

/// An archive request through an absolute symbolic link in a volume is answered as if the path were absent.
bool loses_links_in_volumes(Kind kind);

/// A new volume is filled with the image's files at its mount point, even if the mount says NoCopy. A bind of the
/// volume by its name, with `nocopy`, prevents that.
bool copies_into_mounts(Kind kind);

/// A request for `/volumes/a` may show or remove the volume `ab`.
bool finds_volumes_by_prefix(Kind kind);

// Probes when the engine is asked for its facts.

/// A request whose answer shows whether the engine has an init for containers (see is_missing_init()): it asks for a
/// container that cannot be created. nullopt: no probe is needed.
std::optional<Request> init_probe(Kind kind);
bool is_missing_init(const Answer& answer);

/// A request whose answer shows whether resource limits work on a rootless Podman. Its /info in the shared API
/// describes the machine, not the user. nullopt: no probe is needed.
std::optional<Request> delegation_probe(const Facts& facts);
/// Reads that answer: why no job may run on the engine, because limits would not work; nullopt: they work.
std::optional<std::string> refusal_of_delegation(const data::Node& shown);

/// Notes for the operator about an engine of this kind.
std::vector<std::string> notes_of_kind(const Facts& facts);

/// Why no job may run on an engine of this kind and version; nullopt: jobs may run.
std::optional<std::string> refusal_of_kind(const Facts& facts, const data::Node& version);

}  // namespace docker
