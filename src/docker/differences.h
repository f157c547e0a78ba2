// Where engines that speak this API differ, each question answered for all of them in one place.
//
// What an engine says is known by its words, what it does by its kind; docs/engines.md tells it to readers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/node.h"
#include "docker/api.h"
#include "docker/facts.h"
#include "executor/engine.h"

namespace docker {

// What it says.

/// 20 of "20.10.24", in its answer to /version; absent when it does not begin with a number.
std::optional<std::uint64_t> major_version(const data::Node& version);

/// Creating something: there is one of that name already.
bool name_is_taken(const Answer& answer);

/// Podman counts a mount of the container's storage that is gone.
bool tells_of_lost_mount(const Answer& answer);

/// Of an archive: what the run left there cannot be read by anybody, however often it is asked for. So can a path that
/// leads in a circle, or, on Podman, a run that changed the user that its engine looks up.
bool tells_of_unreadable_path(const Answer& answer);

/// The image's user is not there to be found: Podman looks it up before it does anything with the container's files.
bool tells_of_unknown_user(const Answer& answer);

/// Which of the two limits that we set, "nproc" or "nofile", is more than the engine itself may have; empty: neither.
std::string refused_rlimit(std::string_view words);

/// Docker's and Podman's words for a port of the host that somebody else has.
bool is_port_clash(std::string_view words);

/// The engine's own disk.
bool tells_of_full_disk(std::string_view words);

/// Why a container was not started: from the engine's words, and from the exit code that Docker leaves (0: none).
executor::EndCause cause_of_refused_start(std::string_view words, int exit_code);

/// Why an image could not be pulled.
executor::EndCause cause_of_failed_pull(std::string_view words, long status);

/// With `Init` the engine starts its own small init, which then fails to run the command, and ends with such a code. A
/// command may end with it too.
bool may_be_init_failure(Kind kind, int exit_code);

/// `line` is what a container wrote whose init failed; nullopt when the init did not write it.
std::optional<executor::EndCause> cause_of_init_failure(std::string_view line, int exit_code);

/// The command that the init was to run, of an inspected container.
std::string command_of(const data::Node& container);

// What it does.

/// The log is kept byte for byte, and not without bound, up to `log_bytes` of each stream.
data::Node log_config(Kind kind, std::int64_t log_bytes);

/// Of a container's memory that ran out: then silence means that it did not.
bool tells_of_memory(Kind kind);

/// See LineMender.
bool loses_newlines(const Facts& facts);

/// A log that is followed while it grows quickly comes with gaps; read as it stands it is whole.
bool loses_followed_lines(Kind kind);

/// Events come up to a quarter of a second late: it looks for them only that often.
bool tells_ends_late(Kind kind);

/// A bind whose source is missing: makes an empty folder of that name on the host, and says nothing.
bool makes_missing_sources(Kind kind);

/// Bridges cannot keep containers apart, nor give ports to one that has no way out: each run gets its own.
bool has_network_per_run(Kind kind);

/// A port of the host is chosen when the container is made: another one needs another container.
bool chooses_ports_at_create(Kind kind);

/// Below a volume, a link that leads elsewhere by its absolute path is told as absent.
bool loses_links_in_volumes(Kind kind);

/// Fills a new volume with what the image has at its place, whatever a mount's options say; not where it is bound by
/// name.
bool copies_into_mounts(Kind kind);

/// `/volumes/a` may show, and remove, the volume `ab`.
bool finds_volumes_by_prefix(Kind kind);

// What is asked of it at first.

/// Is there an init for containers? It is asked by a container that cannot be made; see is_missing_init().
std::optional<Request> init_probe(Kind kind);
bool is_missing_init(const Answer& answer);

/// Whether limits hold where the engine is an ordinary user's: Podman's /info tells of the machine, not of the user.
std::optional<Request> delegation_probe(const Facts& facts);
/// What cannot be limited, of the answer.
std::optional<std::string> refusal_of_delegation(const data::Node& shown);

/// What an operator should know of an engine of this kind.
std::vector<std::string> notes_of_kind(const Facts& facts);

/// Why nothing may run there, where that follows from who it is.
std::optional<std::string> refusal_of_kind(const Facts& facts, const data::Node& version);

}  // namespace docker
