// Host names for tests, without a name server: this program has a getaddrinfo() of its own, which resolves names that
// end in ".test" as follows.
//   loop.test        127.0.0.1
//   inner.test       127.0.0.2
//   both.test        127.0.0.2, then 127.0.0.1
//   metadata.test    169.254.169.254
//   slow.test        resolved after three seconds, or when release_slow_names() is called
//   any other .test  unknown
#pragma once

namespace net::testing {

void release_slow_names();

}  // namespace net::testing
