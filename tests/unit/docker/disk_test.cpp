// Tests reading the disk space that engines report.
#include "docker/runs/disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/node.h"

namespace docker {
namespace {

using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

const executor::RunId ours{"inst", "job", 1};
const executor::RunId others{"inst", "job", 11};

data::Node parse_disk(const std::string& text) { return *data::parse_json(text); }

TEST(Disk, ARunsContainerAndItsVolumeCount) {
  const auto shown = parse_disk(R"({"Containers":[{"Names":["/duws-inst-job-1"],"SizeRw":1000},
                                             {"Names":["/duws-inst-job-11"]}, {"Names":["/stranger"],"SizeRw":5}],
                               "Volumes":[{"Name":"duws-inst-job-1","UsageData":{"Size":234,"RefCount":1}},
                                          {"Name":"duws-inst-job-11","UsageData":{"Size":-1,"RefCount":-1}},
                                          {"Name":"stranger","UsageData":{"Size":7}}]})");
  EXPECT_THAT(disk_use_of(shown, {ours, others}), UnorderedElementsAre(Pair(ours, 1234U), Pair(others, 0U)));
}

TEST(Disk, WhatTheEngineDoesNotTellIsLeftOut) {
  EXPECT_THAT(disk_use_of(parse_disk("{}"), {ours}), IsEmpty());
  EXPECT_THAT(disk_use_of(parse_disk(R"({"Containers":null,"Volumes":null})"), {ours}), IsEmpty());
  EXPECT_THAT(disk_use_of(parse_disk(R"({"Containers":[{"Names":[]},{}],"Volumes":[{}]})"), {ours}), IsEmpty());
}

TEST(Disk, IsSeenWhereTheEngineIsHereOrWhereItIsSaidToBe) {
  Facts facts;
  facts.data_root = "/var/lib/docker";
  Options options;
  EXPECT_EQ(data_root_of(facts, options), "/var/lib/docker");
  facts.description.is_here = false;
  EXPECT_EQ(data_root_of(facts, options), "");
  options.data_root = "/mnt/docker";
  EXPECT_EQ(data_root_of(facts, options), "/mnt/docker");
}

}  // namespace
}  // namespace docker
