#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include <unistd.h>

#include "config/section.h"

namespace config {
namespace {

class ConfigFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string folder = (std::filesystem::temp_directory_path() / "duws-config-XXXXXX").string();
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string written(const std::string& text) const {
    const std::string name = (folder_ / "config.yaml").string();
    std::ofstream(name, std::ios::binary) << text;
    return name;
  }

  std::filesystem::path folder_;
  Faults faults_;
};

TEST_F(ConfigFile, IsReadWhole) {
  const auto file = read_file(written("http:\n  port: 80\n"), faults_);
  ASSERT_TRUE(file);
  EXPECT_TRUE(faults_.empty());
  EXPECT_EQ(file->section().child("http").child("port").line(), 2U);
  EXPECT_EQ(file->section().child("http").child("port").path(), "/http/port");
}

TEST_F(ConfigFile, AnEmptyOneSetsNothing) {
  const auto file = read_file(written(""), faults_);
  ASSERT_TRUE(file);
  EXPECT_FALSE(file->section().present());
}

TEST_F(ConfigFile, OneThatIsNotThereIsAFault) {
  EXPECT_FALSE(read_file((folder_ / "none.yaml").string(), faults_));
  ASSERT_EQ(faults_.size(), 1U);
  EXPECT_EQ(to_string(faults_[0], "none.yaml"),
            "none.yaml: cannot be read: No such file or directory (accepted: a readable file)");
}

TEST_F(ConfigFile, AFolderIsAFault) {
  EXPECT_FALSE(read_file(folder_.string(), faults_));
  ASSERT_EQ(faults_.size(), 1U);
  EXPECT_EQ(faults_[0].reason, "cannot be read: Is a directory");
}

TEST_F(ConfigFile, ASyntaxErrorHasItsLine) {
  EXPECT_FALSE(read_file(written("a: 1\nb: 'x\n"), faults_));
  ASSERT_EQ(faults_.size(), 1U);
  EXPECT_GE(faults_[0].line, 2U);
  EXPECT_NE(faults_[0].reason.find("is not YAML"), std::string::npos);
}

TEST_F(ConfigFile, ADuplicateKeyHasItsLineAndPath) {
  EXPECT_FALSE(read_file(written("http:\n  port: 1\n  port: 2\n"), faults_));
  ASSERT_EQ(faults_.size(), 1U);
  EXPECT_EQ(to_string(faults_[0], "config.yaml"),
            "config.yaml:3: line 3, column 3, /http/port: is given twice (accepted: each key once)");
}

TEST_F(ConfigFile, MoreThanOneMebibyteIsAFault) {
  const std::string remark = "a: 1\n#";
  EXPECT_TRUE(read_file(written(remark + std::string((1U << 20U) - remark.size(), 'x')), faults_));
  EXPECT_TRUE(faults_.empty());
  EXPECT_FALSE(read_file(written(std::string((1U << 20U) + 1, '#')), faults_));
  ASSERT_EQ(faults_.size(), 1U);
  EXPECT_EQ(faults_[0].accepted, "at most 1048576 bytes");
}

}  // namespace
}  // namespace config
