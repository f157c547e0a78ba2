#include "docker/api/host_paths.h"

#include <gtest/gtest.h>

namespace docker {
namespace {

const std::string layer = "9a11a8dd03219cc21ca35505d02e201335a261d9f405a2fcad4b8701e4c6bc79";

TEST(HostPaths, AreShownAsTheContainerSeesThem) {
  EXPECT_EQ(without_host_paths("evalSymlinksInScope: too many links in /srv/docker/overlay2/" + layer +
                               "/merged/work/job/loop"),
            "evalSymlinksInScope: too many links in /work/job/loop");
  EXPECT_EQ(without_host_paths("lstat /var/lib/docker/overlay2/" + layer + "/merged/etc/passwd/x: not a directory"),
            "lstat /etc/passwd/x: not a directory");
  EXPECT_EQ(without_host_paths("mount \"/a/overlay/" + layer + "/merged\" failed"), "mount \"/\" failed");
  EXPECT_EQ(without_host_paths("SecureJoin /srv/volumes/duws-inst-job-1/_data/loop/: too many levels"),
            "SecureJoin /work/loop/: too many levels");
  EXPECT_EQ(without_host_paths("open /srv/volumes/archive/_data/m51.fits: no such file"),
            "open archive/m51.fits: no such file");
}

TEST(HostPaths, WhatIsTheEnginesOwnHasNoName) {
  EXPECT_EQ(without_host_paths("stat /var/lib/containers/storage/libpod/bolt_state.db: permission denied"),
            "stat (a file of the engine): permission denied");
  EXPECT_EQ(without_host_paths("lowerdir=/x/overlay2/" + layer + "/work,upperdir=/x/" + layer + ": busy"),
            "lowerdir=(a file of the engine),upperdir=(a file of the engine): busy");
}

TEST(HostPaths, OtherWordsAreLeftAsTheyAre) {
  for (const auto* words : {"", "exec: \"/no/such/command\": stat /no/such/command: no such file or directory",
                            "bind source path does not exist: /no/such/folder",
                            "Head \"https://registry.example/v2/a/manifests/1\": denied", "a / b", "and/or"}) {
    EXPECT_EQ(without_host_paths(words), words);
  }
}

}  // namespace
}  // namespace docker
