#include "http/reply.h"

#include "http/problem.h"

namespace http {

void Reply::send(const Request& request, const util::Error& error) const { send(problem(request, error)); }

}  // namespace http
