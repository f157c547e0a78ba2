// The types of calls that are answered later. A function says on which thread it calls back.
#pragma once

#include <functional>

#include "util/result.h"

namespace util {

/// Is called once with the result or the error, unless the function that takes it says otherwise.
template <typename T>
using Callback = std::function<void(Result<T>)>;

using Task = std::function<void()>;

/// Passes a task to the thread to which the state that it uses belongs. Any thread may call it.
using Poster = std::function<void(Task)>;

}  // namespace util
