// Makes parameters of jobs, as a JobAcceptor gets them.
#pragma once

#include <string>
#include <utility>

#include "uws/core/job.h"

namespace executor {

inline uws::Parameter value(std::string name, std::string text) {
  return {std::move(name), std::move(text), false, "", "", 0};
}
inline uws::Parameter upload(std::string name) { return {std::move(name), "", true, "blob", "application/fits", 7}; }

}  // namespace executor
