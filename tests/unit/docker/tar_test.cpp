#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "docker/images/passwd.h"
#include "docker/runs/staging.h"
#include "docker/tar/tar_reader.h"
#include "docker/tar/tar_source.h"
#include "fakes/tar_builder.h"
#include "input_of_bytes.h"

namespace docker {
namespace {

using fakes::TarBuilder;
using fakes::TarHead;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::input;

class Recorder : public TarHandler {
 public:
  bool on_entry(const TarEntry& entry) override {
    static constexpr std::string_view words[] = {"file", "folder", "symlink", "hard_link", "other"};
    seen.push_back(std::string(words[static_cast<int>(entry.type)]) + " " + entry.path +
                   (entry.link.empty() ? "" : " -> " + entry.link));
    bytes.emplace_back();
    return seen.size() < most;
  }
  bool on_data(std::string_view data) override {
    bytes.back().append(data);
    return true;
  }
  bool on_entry_end() override {
    ++ended;
    return true;
  }
  std::vector<std::string> seen;
  std::vector<std::string> bytes;
  std::size_t ended = 0;
  std::size_t most = 1000;
};

struct Reading {
  Recorder recorder;
  TarReader reader{recorder};
  bool feed(const std::string& archive, std::size_t piece) {
    for (std::size_t at = 0; at < archive.size(); at += piece) {
      if (!reader.feed(std::string_view(archive).substr(at, piece))) return false;
    }
    return true;
  }
};

TEST(TarReader, ReadsEveryKindHoweverItIsCut) {
  const std::string path(300, 'p');
  TarHead prefixed;
  prefixed.name = "name";
  prefixed.prefix = "long/prefix";
  const auto archive = TarBuilder()
                           .folder("job")
                           .file("job/a", "hello")
                           .file("job/empty", "")
                           .file("job/block", std::string(512, 'b'))
                           .link("job/s", "../a")
                           .link("job/h", "job/a", '1')
                           .pax(TarBuilder::record("mtime", "1.5") + TarBuilder::record("path", path))
                           .file("short", "long")
                           .entry(prefixed, "")
                           .link("dev", "", '3')
                           .closed();
  for (const std::size_t piece : {1, 7, 511, 512, 513, 100000}) {
    Reading reading;
    ASSERT_TRUE(reading.feed(archive, piece)) << reading.reader.error();
    EXPECT_THAT(reading.recorder.seen,
                ElementsAre("folder job/", "file job/a", "file job/empty", "file job/block", "symlink job/s -> ../a",
                            "hard_link job/h -> job/a", "file " + path, "file long/prefix/name", "other dev"));
    EXPECT_EQ(reading.recorder.bytes[1], "hello");
    EXPECT_EQ(reading.recorder.bytes[3], std::string(512, 'b'));
    EXPECT_EQ(reading.recorder.bytes[6], "long");
    EXPECT_EQ(reading.recorder.ended, 9U);
    EXPECT_TRUE(reading.reader.ended());
  }
}

TEST(TarReader, UnderstandsLongNamesOfGnu) {
  const std::string path(200, 'n');
  const std::string target(150, 't');
  TarHead name;
  name.name = "././@LongLink";
  name.type = 'L';
  name.size = path.size() + 1;
  TarHead link = name;
  link.type = 'K';
  link.size = target.size() + 1;
  const auto archive = TarBuilder()
                           .entry(name, path + std::string(1, '\0'))
                           .entry(link, target + std::string(1, '\0'))
                           .link("cut", "cut")
                           .file("next", "")
                           .closed();
  Reading reading;
  ASSERT_TRUE(reading.feed(archive, 100)) << reading.reader.error();
  EXPECT_THAT(reading.recorder.seen, ElementsAre("symlink " + path + " -> " + target, "file next"));
}

TEST(TarReader, ReadsSizesOfPaxAndInBase256) {
  const auto by_pax =
      TarBuilder().pax(TarBuilder::record("size", "3")).entry({"a", '0', 0, 0644, 0, "", ""}, "abc").closed();
  Reading pax;
  ASSERT_TRUE(pax.feed(by_pax, 50));
  EXPECT_EQ(pax.recorder.bytes.front(), "abc");

  auto head = TarBuilder::raw({"a", '0', 0, 0644, 0, "", ""});
  const std::string size("\x80\0\0\0\0\0\0\0\0\0\0\x03", 12);
  head.replace(124, 12, size);
  head.replace(148, 8, "        ");
  unsigned sum = 0;
  for (const char c : head) sum += static_cast<unsigned char>(c);
  char text[9];
  std::snprintf(text, sizeof text, "%06o", sum);
  head.replace(148, 7, text, 7);
  Reading binary;
  ASSERT_TRUE(binary.feed(head + "abc" + std::string(509, '\0') + std::string(1024, '\0'), 50))
      << binary.reader.error();
  EXPECT_EQ(binary.recorder.bytes.front(), "abc");
}

TEST(TarReader, SparseFilesAreNotFiles) {
  Reading reading;
  ASSERT_TRUE(reading.feed(TarBuilder()
                               .pax(TarBuilder::record("GNU.sparse.major", "1"))
                               .file("a", "map")
                               .entry({"b", 'S', 3, 0644, 0, "", ""}, "map")
                               .closed(),
                           512));
  EXPECT_THAT(reading.recorder.seen, ElementsAre("other a", "other b"));
}

TEST(TarReader, RefusesWhatIsMalformed) {
  auto flipped = TarBuilder().file("a", "hello").closed();
  flipped[0] = 'b';
  auto huge = TarBuilder().entry({"x", 'x', 1U << 20U, 0644, 0, "", ""}, "").closed();
  struct Case {
    std::string archive;
    std::string why;
  };
  const Case cases[] = {
      {flipped, "checksum"},
      {std::string(512, 'x'), "checksum"},
      {huge, "an extension of 1048576 bytes"},
      {TarBuilder().pax("nonsense").file("a", "").closed(), "a bad extended header"},
      {TarBuilder().pax("99 path=a\n").file("a", "").closed(), "a bad extended header"},
      {TarBuilder().pax("5 ab\n").file("a", "").closed(), "a bad extended header"},
      {TarBuilder().pax(TarBuilder::record("size", "-1")).file("a", "").closed(), "an impossible size"},
      {TarBuilder().pax(TarBuilder::record("size", "99999999999999999999")).file("a", "").closed(),
       "an impossible size"},
      {TarBuilder().pax(TarBuilder::record("path", std::string(5000, 'a'))).file("a", "").closed(), "a bad name"},
      {TarBuilder().pax(TarBuilder::record("path", std::string("a\0b", 3))).file("a", "").closed(), "a bad name"},
      {TarBuilder().file("", "").closed(), "a bad name"},
      {std::string(512, '\0') + TarBuilder().file("a", "").closed(), "an entry after its end"},
  };
  for (const auto& [archive, why] : cases) {
    Reading reading;
    EXPECT_FALSE(reading.feed(archive, 300)) << why;
    EXPECT_THAT(reading.reader.error(), HasSubstr(why));
    EXPECT_FALSE(reading.reader.feed("more"));
  }
}

TEST(TarReader, StopsWhenNoMoreIsWanted) {
  Reading reading;
  reading.recorder.most = 1;
  EXPECT_FALSE(reading.feed(TarBuilder().file("a", "1").file("b", "2").closed(), 5000));
  EXPECT_EQ(reading.reader.error(), "");
  EXPECT_EQ(reading.recorder.seen.size(), 1U);
}

std::string read_all(TarSource& source, std::size_t piece) {
  std::string all;
  std::string buffer(piece, '\0');
  for (;;) {
    const auto count = source.read(buffer.data(), piece);
    if (!count.ok() || *count == 0) return all;
    all.append(buffer, 0, *count);
  }
}

TEST(TarSource, IsReadBackAsItWasMade) {
  const auto deep = "/work/job/" + std::string(150, 'd') + "/größe.bin";
  for (const std::size_t piece : {1U, 100U, 512U, 70000U}) {
    TarSource source(staging_items(
        {input("/work/job/a", std::string(2000, 'a'), 2000), input(deep, "deep", 4), input("/data/empty", "", 0)},
        {4321, 22}));
    const auto archive = read_all(source, piece);
    EXPECT_FALSE(source.error());
    EXPECT_EQ(archive.size(), source.size());
    Reading reading;
    ASSERT_TRUE(reading.feed(archive, 1000)) << reading.reader.error();
    EXPECT_TRUE(reading.reader.ended());
    EXPECT_THAT(reading.recorder.seen,
                ElementsAre("folder work/job/", "file work/job/a", "folder work/job/" + std::string(150, 'd') + "/",
                            "file " + deep.substr(1), "file data/empty"));
    EXPECT_EQ(reading.recorder.bytes[1], std::string(2000, 'a'));
    EXPECT_EQ(reading.recorder.bytes[3], "deep");
  }
}

TEST(TarSource, KeepsOwnersBeyondOctal) {
  TarSource source(staging_items({}, {2'000'000'000, 22}));
  const auto archive = read_all(source, 512);
  EXPECT_EQ(static_cast<unsigned char>(archive[108]), 0x80);
  EXPECT_EQ(archive.substr(112, 4), std::string("\x77\x35\x94\x00", 4));
  EXPECT_EQ(archive.substr(116, 8), std::string("0000026\0", 8));
}

TEST(TarSource, TellsWhyItStopped) {
  TarSource shorter(staging_items({input("/work/job/a", "abc", 10)}, {1, 1}));
  read_all(shorter, 512);
  ASSERT_TRUE(shorter.error());
  EXPECT_THAT(shorter.error()->message, HasSubstr("/work/job/a is shorter"));

  executor::InputFile broken{"/work/job/a", 10, []() -> util::Result<std::unique_ptr<util::ByteSource>> {
                               return util::Error::of(util::ErrorCode::not_found, "gone");
                             }};
  TarSource source(staging_items({broken}, {1, 1}));
  read_all(source, 512);
  ASSERT_TRUE(source.error());
  EXPECT_EQ(source.error()->message, "gone");
}

TEST(Staging, FoldersOfTheImageAreLeftAlone) {
  const auto items = staging_items({input("/usr/share/x/y", "", 0), input("/work/job/a/b/c", "", 0)}, {1, 2});
  std::vector<std::string> paths;
  for (const auto& item : items) paths.push_back(item.path + (item.is_folder ? "/" : ""));
  EXPECT_THAT(paths, ElementsAre("work/job/", "usr/share/x/y", "work/job/a/", "work/job/a/b/", "work/job/a/b/c"));
}

}  // namespace
}  // namespace docker
