#include "task/image_reference.h"

#include <gtest/gtest.h>

namespace task {
namespace {

const std::string digest = "sha256:" + std::string(64, 'a');

TEST(ImageReference, IsQualifiedAsEveryEngineReadsIt) {
  const std::pair<std::string, std::string> cases[] = {
      {"hello-world", "docker.io/library/hello-world:latest"},
      {"docker://hello-world", "docker.io/library/hello-world:latest"},
      {"astro/sextractor:2.25", "docker.io/astro/sextractor:2.25"},
      {"docker.io/example:1.0", "docker.io/library/example:1.0"},
      {"index.docker.io/example", "docker.io/library/example:latest"},
      {"localhost/x", "localhost/x:latest"},
      {"localhost:5000/x/y:t", "localhost:5000/x/y:t"},
      {"registry.example.org:5000/a/b/c", "registry.example.org:5000/a/b/c:latest"},
      {"x@" + digest, "docker.io/library/x@" + digest},
      {"x:t@" + digest, "docker.io/library/x:t@" + digest},
      {"a__b/c-d.e_f---g", "docker.io/a__b/c-d.e_f---g:latest"},
  };
  for (const auto& [text, qualified] : cases) {
    const auto image = ImageReference::parse(text);
    ASSERT_TRUE(image.ok()) << text;
    EXPECT_EQ(image->to_string(), qualified);
  }
}

TEST(ImageReference, RefusesWhatIsNotAName) {
  const std::string cases[] = {"",
                               "UPPER",
                               "a//b",
                               "/a",
                               "a/",
                               "-a",
                               "a-",
                               "a..b",
                               "a___b",
                               "a:b:c",
                               "a:",
                               "a:.tag",
                               "a b",
                               "a@sha256:1",
                               "a@md5:x",
                               "../../etc",
                               "a/../b",
                               "docker://",
                               "a:t@",
                               "http://x",
                               "host.org:99999/a",
                               "\x01",
                               "h\xC3\xA9",
                               "host.-x.org/a",
                               std::string(300, 'a'),
                               "a:" + std::string(129, 'b')};
  for (const std::string& text : cases) {
    const auto image = ImageReference::parse(text);
    ASSERT_FALSE(image.ok()) << text;
    EXPECT_EQ(image.error().code, util::ErrorCode::invalid_argument);
    EXPECT_EQ(image.error().faults.front().input, "IMAGE");
  }
}

}  // namespace
}  // namespace task
