// Host names of the tests, in place of a name server: getaddrinfo() of this program answers for ".test" itself.
//   loop.test      127.0.0.1
//   inner.test     127.0.0.2
//   both.test      127.0.0.2, then 127.0.0.1
//   metadata.test  169.254.169.254
//   slow.test      answers after three seconds, or when release_slow_names() is called
//   other .test    not known
#pragma once

namespace net::testing {

void release_slow_names();

}  // namespace net::testing
