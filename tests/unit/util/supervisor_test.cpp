#include "util/supervisor.h"

#include <array>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <unistd.h>

#include "fakes/temp_folder.h"

namespace util {
namespace {

class Supervisor : public testing::Test {
 protected:
  void TearDown() override {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }
};

TEST_F(Supervisor, IsToldOnItsSocket) {
  const fakes::TempFolder folder;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = folder.path() + "/notify";
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  EXPECT_TRUE(notify_supervisor("READY=1\nSTATUS=serving"));
  std::array<char, 100> text{};
  const auto length = ::recv(socket, text.data(), text.size(), 0);
  EXPECT_EQ(std::string(text.data(), static_cast<std::size_t>(length)), "READY=1\nSTATUS=serving");
  ::close(socket);
  EXPECT_FALSE(notify_supervisor("STOPPING=1")) << "nobody listens";
}

TEST_F(Supervisor, ThatIsNoneIsNotTold) {
  EXPECT_FALSE(notify_supervisor("READY=1"));
  for (const char* name : {"", "/", "relative", "@"}) {
    ::setenv("NOTIFY_SOCKET", name, 1);
    EXPECT_FALSE(notify_supervisor("READY=1")) << name;
  }
  ::setenv("NOTIFY_SOCKET", ("/" + std::string(200, 'x')).c_str(), 1);
  EXPECT_FALSE(notify_supervisor("READY=1"));
}

TEST_F(Supervisor, MayWatchThisProcess) {
  EXPECT_FALSE(watchdog_interval());
  ::setenv("WATCHDOG_USEC", "2000000", 1);
  EXPECT_EQ(watchdog_interval(), std::chrono::seconds(2));
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  EXPECT_EQ(watchdog_interval(), std::chrono::seconds(2));
  ::setenv("WATCHDOG_PID", "1", 1);
  EXPECT_FALSE(watchdog_interval()) << "another process";
  ::unsetenv("WATCHDOG_PID");
  ::setenv("WATCHDOG_USEC", "soon", 1);
  EXPECT_FALSE(watchdog_interval());
}

}  // namespace
}  // namespace util
