// Runs the conformance suite on a real engine.
#include "engine_bench.h"

namespace executor::conformance {
namespace {

INSTANTIATE_TEST_SUITE_P(Real, EngineConformance,
                         ::testing::Values(EngineCase{"engine",
                                                      [] { return std::make_unique<docker::testing::EngineBench>(); }}),
                         case_name);

}  // namespace
}  // namespace executor::conformance
