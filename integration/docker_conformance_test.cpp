// The conformance suite on a real Docker Engine. Run by integration/with-docker.
#include "docker_bench.h"

namespace executor::conformance {
namespace {

INSTANTIATE_TEST_SUITE_P(Docker, EngineConformance,
                         ::testing::Values(EngineCase{"docker",
                                                      [] { return std::make_unique<docker::testing::DockerBench>(); }}),
                         case_name);

}  // namespace
}  // namespace executor::conformance
